import { type IsoDate, type Problem, type Result, addMonths, canonicalJson, err, ok, problem } from "@zhiwei/core/basics";
import {
  type Profile,
  type ProfileBatch,
  type ProfileEnterprise,
  PROFILE_METHOD,
  TREND_MONTHS,
  buildProfile,
  raisedFlags,
  roundValues,
  sectionOfEnterprise,
  sizeOf,
} from "@zhiwei/core/profile";
import type { Permit } from "../consent/index.ts";
import { logRecords, recordAbout } from "../evidence/records.ts";
import { type Context, beginFeatures, ensureFeatures } from "../features/index.ts";
import { revisionOf } from "../db/revision.ts";
import { lastDay } from "../system/as-of.ts";
import { type Day, PeerMemory } from "./peers.ts";
import { countBehind } from "./behind.ts";
import { openOwnInvoices, readBatches, readOwnRecords } from "./records.ts";
import { summaryRow, writeSummaries } from "./summary.ts";
import { sha256Hex as sha256 } from "../system/hash.ts";

export type StatedProfile = {
  readonly profile: Profile;
  /** Of `canonical` in UTF-8, lower-case hex. */
  readonly sha256: string;
  /** The document in canonical JSON (RFC 8785): the bytes that are hashed. */
  readonly canonical: string;
};

/** Peers in memory, a memory for each database: they are found again by their fingerprint, never trusted blindly. */
const memories = new WeakMap<object, PeerMemory>();
export const peerMemory = (context: Context): PeerMemory => {
  let memory = memories.get(context.db);
  if (!memory) memories.set(context.db, (memory = new PeerMemory()));
  return memory;
};

const noRecords: Problem = problem(
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
const stand = (enterprise: ProfileEnterprise, now: Day, then: Day) => {
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
export const profileOf = async (from: Context, permit: Permit<"profile">, asOf?: IsoDate): Promise<Result<StatedProfile, Problem>> => {
  const { db } = from;
  const { enterprise: enterpriseId, revision } = permit;
  const [enterprise, last] = await Promise.all([readEnterprise(from, enterpriseId), lastDay(db)]);
  if (!enterprise) return err(unknownEnterprise(enterpriseId));
  const day = asOf ?? last;
  if (day === null) return err(noRecords);
  const state = (context: Context, batches: readonly ProfileBatch[]) => stateProfile(context, enterprise, day, batches, day === last);
  // What is remembered of the permit's revision is good for batches of the same one: nothing may have come between, before or after.
  const holds = async () => revision !== null && (await revisionOf(db)).records === revision.records;
  const first = await readBatches(db, enterpriseId, day);
  if (await holds()) {
    const stated = await state({ ...from, revision }, first);
    if (await holds()) return ok(stated);
  }
  for (;;) {
    const batches = await readBatches(db, enterpriseId, day);
    const stated = await state({ ...from, revision: null }, batches);
    // An import that committed in between would leave figures of two states side by side: then it is done again.
    if (canonicalJson(await readBatches(db, enterpriseId, day)) === canonicalJson(batches)) return ok(stated);
  }
};

const stateProfile = async (
  context: Context,
  enterprise: ProfileEnterprise,
  day: IsoDate,
  batches: readonly ProfileBatch[],
  listed: boolean,
): Promise<StatedProfile> => {
  const kept = await context.db
    .selectFrom("profile")
    .select(["document", "sha256", "inputs"])
    .where("enterprise_id", "=", enterprise.id)
    .where("as_of", "=", day)
    .executeTakeFirst();
  // Its own records are read while its features are computed, where it is plain already that both will be needed.
  const current = kept && canonicalJson((kept.document as Profile).used.batches) === canonicalJson(batches);
  const opening = current ? null : openOwnInvoices(context, enterprise.id);
  opening?.catch(() => {}); // awaited below, unless something else fails first
  // A profile that was kept for other batches: its features have to be made anew, so that is begun at once.
  if (kept && opening) beginFeatures(context, enterprise.id, day).catch(() => {}); // ensureFeatures meets the same failure, and tells it
  const earlier = addMonths(day, -TREND_MONTHS);
  const [catalogue] = await Promise.all([ensureFeatures(context, day), ensureFeatures(context, earlier)]);
  const memory = peerMemory(context);
  const [now, then] = await Promise.all([memory.day(context, day, catalogue), memory.day(context, earlier, catalogue)]);
  const { values, placed, before, raised } = stand(enterprise, now, then);
  // Features of the graph are those of the last whole run, whose records are cited by their own hash.
  const trade = now.peers.get(enterprise.id)?.inputs.split(".")[1] ?? null;
  const inputs = sha256(
    canonicalJson([
      PROFILE_METHOD,
      day,
      enterprise,
      catalogue,
      now.peers.get(enterprise.id)?.digest ?? null,
      trade,
      then.peers.get(enterprise.id)?.digest ?? null,
      placed.sha256,
      before?.sha256 ?? null,
      batches,
    ]),
  );
  if (kept?.inputs === inputs) {
    void opening?.then(
      (rows) => rows.close(),
      () => {},
    );
    const profile = kept.document as Profile;
    return { profile, sha256: kept.sha256, canonical: canonicalJson(profile) };
  }

  const rows = await (opening ?? openOwnInvoices(context, enterprise.id));
  const [own, evidence] = await Promise.all([
    readOwnRecords(context, rows, enterprise.id, day),
    countBehind(context, rows, enterprise.id, day, raised),
  ]).finally(() => rows.close());
  const profile = buildProfile({
    enterprise,
    asOf: day,
    values,
    group: placed.group,
    peersSha256: placed.sha256,
    comparison: placed.comparison,
    before,
    evidence,
    ...own,
    batches,
    catalogue,
    trade,
  });
  const canonical = canonicalJson(profile);
  const stated = { profile, sha256: sha256(canonical), canonical };
  await Promise.all([
    keep(context, stated, inputs),
    listed ? writeSummaries(context.db, [summaryRow(enterprise, day, values, placed, raised, own.sources)]) : null,
  ]);
  return stated;
};

const keep = async ({ db }: Context, { profile, sha256, canonical }: StatedProfile, inputs: string): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto("profile")
      .values({ enterprise_id: profile.enterprise.id, as_of: profile.asOf, inputs, sha256, document: canonical })
      .onConflict((conflict) => conflict.columns(["enterprise_id", "as_of"]).doUpdateSet({ inputs, sha256, document: canonical }))
      .execute();
    // A document that was logged before is the same document.
    if (await recordAbout(tx, "profile", sha256)) return;
    const { enterprise, asOf } = profile;
    await logRecords(
      tx,
      [{ kind: "profile", subject: enterprise.id, content: { asOf, method: PROFILE_METHOD, sha256 }, about: sha256 }],
      new Date(),
    );
  });
};
