/** Credentials issued and revoked: each act is logged as evidence in the transaction that does it. */
import { randomInt, randomUUID } from "node:crypto";
import type { JWK } from "jose";
import { calculateJwkThumbprint } from "jose";
import type { CredentialSummary } from "@zhiwei/api/credential";
import { problem } from "@zhiwei/core/basics";
import { claimsOf, disclosureGroups } from "@zhiwei/core/credential";
import { type Db, type Tx, serializable } from "../db/index.ts";
import { sha256 } from "../evidence/keys.ts";
import { logRecords, recordAbout } from "../evidence/records.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import type { Platform } from "../platform.ts";
import { type Actor, OPERATOR } from "../access/actor.ts";
import { permitRead } from "../consent/index.ts";
import { profileOf } from "../profile/index.ts";
import { scoreOf } from "../scorecard/score.ts";
import { LIST_SIZE, type Issuer, listUri, vcIssuer } from "./issuer.ts";

/** A credential is good for so many days; what it says is of its as-of day, which every presentation shows. */
const VALID_DAYS = 90;

const seconds = (instant: Date): number => Math.floor(instant.getTime() / 1000);
export const hexOf = (text: string): string => Buffer.from(sha256(Buffer.from(text))).toString("hex");

type Row = {
  readonly id: string;
  readonly sha256: string;
  readonly profile_sha256: string;
  readonly as_of: string;
  readonly issued_at: string;
  readonly expires_at: string;
  readonly issued_by: string;
  readonly revoked_at: string | null;
  readonly reason: string | null;
};
const instant = (text: string): string => new Date(text).toISOString();
const summaryOf = (row: Row, now: Date): CredentialSummary => ({
  id: row.id,
  sha256: row.sha256,
  profileSha256: row.profile_sha256,
  asOf: row.as_of,
  issuedAt: instant(row.issued_at),
  expiresAt: instant(row.expires_at),
  issuedBy: row.issued_by,
  state: row.revoked_at !== null ? "revoked" : new Date(row.expires_at) <= now ? "expired" : "valid",
  revokedAt: row.revoked_at === null ? null : instant(row.revoked_at),
  reason: row.reason,
});

export const listCredentials = async (db: Db, enterprise: string, now: Date): Promise<CredentialSummary[]> => {
  const rows = await db
    .selectFrom("credential")
    .selectAll()
    .where("enterprise_id", "=", enterprise)
    .orderBy("issued_at", "desc")
    .orderBy("id")
    .execute();
  return rows.map((row) => summaryOf(row, now));
};

/** A free place in the newest list, at random; a list that is half full is followed by a new one. */
const freePlace = async (tx: Tx): Promise<{ list: number; index: number }> => {
  const newest = await tx
    .selectFrom("credential")
    .select(({ fn }) => ["status_list", fn.countAll<number>().as("count")])
    .groupBy("status_list")
    .orderBy("status_list", "desc")
    .limit(1)
    .executeTakeFirst();
  const list = newest ? newest.status_list + (newest.count >= LIST_SIZE / 2 ? 1 : 0) : 0;
  for (;;) {
    const index = randomInt(LIST_SIZE);
    const taken = await tx
      .selectFrom("credential")
      .select("id")
      .where("status_list", "=", list)
      .where("status_index", "=", index)
      .executeTakeFirst();
    if (!taken) return { list, index };
  }
};

/**
 * Issues a credential of the enterprise's profile, as of the last day of its records, to the key of its holder. `claim` marks in the
 * same transaction whatever entitles to it as used. Throws a Refusal where there is no profile.
 */
export const issueCredential = async (
  platform: Platform,
  issuer: Issuer,
  { enterprise, holder, by, log }: { enterprise: string; holder: JWK; by: string; log: string },
  claim: (tx: Tx, id: string) => Promise<void>,
  now: Date,
): Promise<{ readonly id: string; readonly credential: string }> => {
  // Whoever holds the offer's code acts for the one who made the offer: the enterprise, which carries its own data away, or the
  // operator, whose hand then stands in the trace that the enterprise sees.
  const holding: Actor = by === OPERATOR.party ? OPERATOR : { party: `enterprise:${enterprise}`, kind: "enterprise", enterprise, name: by };
  const permit = await permitRead(platform.db, holding, { enterprise, classes: ["profile"], what: "credential" }, now);
  const stated = await profileOf(platform, permit);
  if (!stated.ok) throw new Refusal(409, stated.error);
  const { profile, sha256: profileSha256 } = stated.value;
  const { score } = await scoreOf(platform, permit, profile.asOf);
  const thumbprint = await calculateJwkThumbprint(holder);
  return serializable(platform.db, async (tx) => {
    const id = randomUUID();
    // A profile is logged when it is made; one that was kept before there was a log, now: credential and log are to meet.
    const position =
      (await recordAbout(tx, "profile", profileSha256))?.position ??
      (await logRecords(
        tx,
        [
          {
            kind: "profile",
            subject: enterprise,
            content: { asOf: profile.asOf, method: profile.used.method, sha256: profileSha256 },
            about: profileSha256,
          },
        ],
        now,
      ));
    const { asOf, claims } = claimsOf({
      profile,
      profileSha256,
      score: score && { score: score.score, grade: score.grade, scorecard: { id: score.model.id, sha256: score.model.sha256 } },
      evidence: { log, position },
    });
    const { list, index } = await freePlace(tx);
    const iat = seconds(now);
    const exp = iat + VALID_DAYS * 24 * 3600;
    const credential = await vcIssuer(issuer).issue(
      {
        iss: issuer.url,
        iat,
        exp,
        vct: issuer.vct,
        cnf: { jwk: holder },
        status: { status_list: { idx: index, uri: listUri(issuer, list) } },
        asOf,
        ...claims,
      },
      Object.fromEntries(Object.entries(disclosureGroups()).map(([group, names]) => [group, { _sd: names }])) as never,
      { header: { kid: issuer.jwk.kid } },
    );
    const hash = hexOf(credential.slice(0, credential.indexOf("~")));
    await tx
      .insertInto("credential")
      .values({
        id,
        enterprise_id: enterprise,
        sha256: hash,
        profile_sha256: profileSha256,
        as_of: asOf,
        holder: thumbprint,
        status_list: list,
        status_index: index,
        issued_at: now.toISOString(),
        expires_at: new Date(exp * 1000).toISOString(),
        issued_by: by,
      })
      .execute();
    await claim(tx, id);
    await logRecords(
      tx,
      [
        {
          kind: "credential",
          subject: enterprise,
          content: { act: "issued", credential: id, sha256: hash, profile: profileSha256, expires: new Date(exp * 1000).toISOString(), by },
          about: hash,
        },
      ],
      now,
    );
    return { id, credential };
  });
};

/** Revokes a credential for good. The bit in the status list and the record of evidence are one transaction. */
export const revokeCredential = async (
  db: Db,
  enterprise: string,
  id: string,
  { by, reason }: { by: string; reason: string },
  now: Date,
): Promise<CredentialSummary> =>
  serializable(db, async (tx) => {
    const found = await tx
      .selectFrom("credential")
      .selectAll()
      .where("id", "=", id)
      .where("enterprise_id", "=", enterprise)
      .forUpdate()
      .executeTakeFirst();
    if (!found) throw notFound({ zh: "凭证", en: "credential" }, id);
    if (found.revoked_at !== null)
      throw new Refusal(
        409,
        problem(
          "already-revoked",
          "这张凭证已经吊销。",
          "This credential is revoked already.",
          "无须再做什么；需要新的凭证时请重新领取。",
          "There is nothing left to do; fetch a new one when you need it.",
        ),
      );
    const revoked = { revoked_at: now.toISOString(), revoked_by: by, reason };
    await tx.updateTable("credential").set(revoked).where("id", "=", id).execute();
    await logRecords(
      tx,
      [
        {
          kind: "credential",
          subject: enterprise,
          content: { act: "revoked", credential: id, sha256: found.sha256, by, reason },
          about: found.sha256,
        },
      ],
      now,
    );
    return summaryOf({ ...found, ...revoked }, now);
  });
