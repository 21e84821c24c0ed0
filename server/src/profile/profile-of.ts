import { createHash } from "node:crypto";
import { type IsoDate, type Problem, type Result, addMonths, canonicalJson, err, ok, problem } from "@zhiwei/core/basics";
import {
  type Profile,
  type ProfileEnterprise,
  PROFILE_METHOD,
  TREND_MONTHS,
  buildProfile,
  raisedFlags,
  roundValues,
  sectionOfEnterprise,
  sizeOf,
} from "@zhiwei/core/profile";
import { ensureFeatures } from "../features/index.ts";
import { lastDay } from "../system/as-of.ts";
import { type Day, PeerMemory } from "./peers.ts";
import { countBehind } from "./behind.ts";
import { type Context, readBatches, readOwnRecords } from "./records.ts";
import { summaryRow, writeSummaries } from "./summary.ts";

export type StatedProfile = {
  readonly profile: Profile;
  /** Of `canonical` in UTF-8, lower-case hex. */
  readonly sha256: string;
  /** The document in canonical JSON (RFC 8785): the bytes that are hashed. */
  readonly canonical: string;
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Peers in memory, a memory for each database: they are found again by their fingerprint, never trusted blindly. */
const memories = new WeakMap<object, PeerMemory>();
export const peerMemory = (context: Context): PeerMemory => {
  let memory = memories.get(context.db);
  if (!memory) memories.set(context.db, (memory = new PeerMemory()));
  return memory;
};

export const noRecords: Problem = problem(
  "no-records",
  "数据湖中还没有任何记录，无法确定观察日。",
  "The lake holds no record yet, so there is no day to look back from.",
  "请先导入发票或银行流水。",
  "Import invoices or bank transactions first.",
);

const unknownEnterprise = (id: string): Problem =>
  problem(
    "enterprise-unknown",
    `没有编号为“${id}”的企业。`,
    `There is no enterprise "${id}".`,
    "请在企业名录中核对编号。",
    "Look the id up in the list of enterprises.",
  );

const readEnterprise = async ({ db }: Context, id: string): Promise<ProfileEnterprise | null> => {
  const row = await db.selectFrom("enterprise").selectAll().where("id", "=", id).executeTakeFirst();
  return row
    ? {
        id: row.id,
        name: row.name,
        kind: row.kind,
        uscc: row.uscc,
        industryCode: row.industry_code,
        industrySource: row.industry_source,
        regionCode: row.region_code,
        persons: row.persons_employed,
        revenueFen: row.revenue_fen,
        assetsFen: row.assets_fen,
        foundedOn: row.founded_on,
      }
    : null;
};

/** Where an enterprise stands on a day, and where it stood twelve months before among the same peers. */
export const stand = (enterprise: ProfileEnterprise, now: Day, then: Day) => {
  const values = now.peers.get(enterprise.id)?.values ?? roundValues({});
  const placed = now.place({
    id: enterprise.id,
    sizeClass: sizeOf(enterprise, values, now.asOf).class,
    section: sectionOfEnterprise(enterprise.industryCode),
    values,
  });
  const earlier = then.peers.get(enterprise.id);
  return {
    values,
    placed,
    before: earlier ? { values: earlier.values, ...then.earlier(placed.group) } : null,
    raised: raisedFlags(values, placed.comparison),
  };
};

/**
 * The credit profile of an enterprise as of a day (by default the last day of the records). It is computed from what it
 * cites, and kept: as long as register, features, peers and batches are the same, the kept document is given.
 */
export const profileOf = async (context: Context, enterpriseId: string, asOf?: IsoDate): Promise<Result<StatedProfile, Problem>> => {
  const enterprise = await readEnterprise(context, enterpriseId);
  if (!enterprise) return err(unknownEnterprise(enterpriseId));
  const last = await lastDay(context.db);
  const day = asOf ?? last;
  if (day === null) return err(noRecords);
  const catalogue = await ensureFeatures(context, day);
  await ensureFeatures(context, addMonths(day, -TREND_MONTHS));
  const memory = peerMemory(context);
  const now = await memory.day(context.db, day, catalogue);
  const then = await memory.day(context.db, addMonths(day, -TREND_MONTHS), catalogue);
  const { values, placed, before, raised } = stand(enterprise, now, then);
  // Features of the graph are those of the last whole run, whose records are cited by their own hash.
  const trade = now.peers.get(enterpriseId)?.inputs.split(".")[1] ?? null;
  const batches = await readBatches(context.db, enterpriseId, day);

  const inputs = sha256(
    canonicalJson([
      PROFILE_METHOD,
      day,
      enterprise,
      catalogue,
      now.peers.get(enterpriseId)?.digest ?? null,
      trade,
      then.peers.get(enterpriseId)?.digest ?? null,
      placed.sha256,
      before?.sha256 ?? null,
      batches,
    ]),
  );
  const kept = await context.db
    .selectFrom("profile")
    .select(["document", "sha256"])
    .where("enterprise_id", "=", enterpriseId)
    .where("as_of", "=", day)
    .where("inputs", "=", inputs)
    .executeTakeFirst();
  if (kept) {
    const canonical = canonicalJson(kept.document as never);
    return ok({ profile: kept.document as Profile, sha256: kept.sha256, canonical });
  }

  const own = await readOwnRecords(context, enterpriseId, day);
  const profile = buildProfile({
    enterprise,
    asOf: day,
    values,
    group: placed.group,
    peersSha256: placed.sha256,
    comparison: placed.comparison,
    before,
    evidence: await countBehind(context, enterpriseId, day, raised),
    ...own,
    batches,
    catalogue,
    trade,
  });
  const canonical = canonicalJson(profile);
  const stated = { profile, sha256: sha256(canonical), canonical };
  await keep(context, stated, inputs);
  if (day === last) await writeSummaries(context.db, [summaryRow(enterprise, day, values, placed, raised, own.sources)]);
  return ok(stated);
};

const keep = async ({ db }: Context, { profile, sha256, canonical }: StatedProfile, inputs: string): Promise<void> => {
  await db
    .insertInto("profile")
    .values({ enterprise_id: profile.enterprise.id, as_of: profile.asOf, inputs, sha256, document: canonical })
    .onConflict((conflict) => conflict.columns(["enterprise_id", "as_of"]).doUpdateSet({ inputs, sha256, document: canonical }))
    .execute();
};
