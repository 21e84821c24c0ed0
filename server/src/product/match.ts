/** Matching on the rim: reads what is known of an enterprise, compiles the live catalogue for a day, and answers with reasons. */
import type { Output } from "@zhiwei/api/route";
import type { BriefMatchingDocument, MatchingDocument, listFits, listShares, matchRequest, tryProduct } from "@zhiwei/api/product";
import { type IsoDate, type Json, canonicalJson, isoDate, monthsBefore, problem } from "@zhiwei/core/basics";
import {
  type Catalogue,
  type FactRow,
  type FactValues,
  type Known,
  type MatchOptions,
  type Outcome,
  type PassRates,
  type Product,
  type Ranking,
  type RepaymentMethod,
  type Served,
  compileCatalogue,
  compileProduct,
  factRow,
  factsOf,
  factsOfProfile,
  factsOfRequest,
  factsText,
  fitsOf,
  matchAll,
  matchBriefly,
  missingOf,
  outcomeFor,
  passRatesOf,
  servedBy,
  shareOf,
  withFacts,
} from "@zhiwei/core/product";
import { raisedFlags } from "@zhiwei/core/profile";
import { demoProducts } from "../../../demo/products.ts";
import type { Actor } from "../access/actor.ts";
import { partyOf } from "../access/parties.ts";
import { type ListPermit, type Permit, permitList, permitted, traceShown } from "../consent/index.ts";
import type { Db } from "../db/index.ts";
import { type Revision, remembering, revisionOf } from "../db/revision.ts";
import { type Context, ensureFeatures } from "../features/index.ts";
import { Refusal, badRequest, notFound } from "../http/refusal.ts";
import { profileOf } from "../profile/index.ts";
import { peerMemory } from "../profile/profile-of.ts";
import { modelsInUse } from "../scorecard/registry.ts";
import { storedFeatures } from "../scorecard/sample.ts";
import { scoreEnterprise } from "../scorecard/score.ts";
import { asOfDay, lastDay, today } from "../system/as-of.ts";
import { sha256Hex } from "../system/hash.ts";
import { type KeptProduct, liveProducts, ownProduct } from "./store.ts";

/** The catalogue compiled for a day. `demonstration`: no product was entered, so it is of those that come along. */
type Offered = {
  readonly catalogue: Catalogue;
  readonly sha256: string;
  /** Hash of each product's document, by id. */
  readonly of: ReadonlyMap<string, string>;
  readonly demonstration: boolean;
};

let shipped: readonly KeptProduct[] | null = null;
const shippedProducts = (): readonly KeptProduct[] =>
  (shipped ??= demoProducts().map((product) => ({ product, sha256: sha256Hex(canonicalJson(product as unknown as Json)) })));

const offeredOn = remembering<Offered>(["products"], 8);

/** The live products; where none was ever entered, those that come with the demonstration region, and said so. */
const catalogueOf = (db: Db, on: IsoDate, revision: Revision): Promise<Offered> =>
  offeredOn(db, revision, on, async () => {
    const { products, entered } = await liveProducts(db, revision);
    const kept = entered ? products : shippedProducts();
    const catalogue = compileCatalogue(
      kept.map(({ product }) => product),
      on,
    );
    const hashes = kept.map((each) => each.sha256);
    return {
      catalogue,
      sha256: sha256Hex(canonicalJson(hashes)),
      of: new Map(kept.map((each) => [each.product.id, each.sha256])),
      demonstration: !entered,
    };
  });

// ── The region: what is known of every enterprise, for the pass rates of rules and for shadow runs ──

type RegionRow = { readonly enterprise: string; readonly name: string; readonly row: FactRow };
export type Region = {
  readonly asOf: IsoDate;
  readonly enterprises: number;
  /** Every `step`-th enterprise, the first one first. What is known of each is put together when it is first asked for. */
  rows(step?: number): readonly RegionRow[];
};

const regions = new WeakMap<object, Map<string, Region>>();
const rates = new WeakMap<Region, Map<string, PassRates>>();

/** Enough to tell a share within two points; more of a large region would only take longer. */
const RATED = 2000;

/**
 * Facts of every enterprise as of a day, as far as features, peers, flags and the champion give them; documents of profiles, which are
 * made one by one, are not read. Kept while features and model are the same.
 */
export const regionOf = async (context: Context, asOf: IsoDate): Promise<Region> => {
  const { db, revision } = context;
  const day = await peerMemory(context).day(context, asOf, await ensureFeatures(context, asOf));
  const { champion } = await modelsInUse(db, revision);
  const model = champion?.summary.applies ? champion : null;
  let known = regions.get(day);
  if (!known) regions.set(day, (known = new Map()));
  const key = model?.summary.sha256 ?? "";
  const kept = known.get(key);
  if (kept) return kept;
  const enterprises = await db
    .selectFrom("enterprise")
    .select(["id", "name", "kind", "industry_code", "region_code", "persons_employed", "revenue_fen", "assets_fen", "founded_on"])
    .orderBy("id")
    .execute();
  const stored = new Map(model ? (await storedFeatures(context, asOf)).map(({ id, values }) => [id, values]) : []);
  const present = enterprises.filter(({ id }) => day.peers.has(id));
  const rows: RegionRow[] = [];
  const rowOf = (at: number): RegionRow => {
    const each = present[at]!;
    const peer = day.peers.get(each.id)!;
    const { comparison } = day.place(peer);
    const values = stored.get(each.id);
    const facts = factsOf({
      kind: each.kind,
      region: each.region_code,
      industry: each.industry_code,
      sizeClass: peer.sizeClass,
      ageMonths: each.founded_on === null ? null : monthsBefore(asOf, each.founded_on as IsoDate),
      persons: each.persons_employed,
      revenueFen: each.revenue_fen,
      assetsFen: each.assets_fen,
      features: peer.values,
      position: comparison.overall(peer.values),
      flags: raisedFlags(peer.values, comparison),
      score: model && values ? scoreEnterprise(model, each.id, values) : null,
    });
    return { enterprise: each.id, name: each.name, row: factRow(facts) };
  };
  const region: Region = {
    asOf,
    enterprises: present.length,
    rows: (step = 1) => Array.from({ length: Math.ceil(present.length / step) }, (_, i) => (rows[i * step] ??= rowOf(i * step))),
  };
  known.set(key, region);
  return region;
};

const ratesOf = (region: Region, { catalogue, sha256 }: Offered): PassRates => {
  let known = rates.get(region);
  if (!known) rates.set(region, (known = new Map()));
  const key = `${catalogue.day} ${sha256}`;
  let found = known.get(key);
  if (!found) {
    const some = region.rows(Math.max(1, Math.ceil(region.enterprises / RATED))).map(({ row }) => row);
    known.set(key, (found = passRatesOf(catalogue.products, some)));
  }
  return found;
};

const served = new WeakMap<Region, Map<string, readonly { readonly enterprise: string; readonly served: Served }[]>>();

/** Who can serve each enterprise of the region, and who best; kept like the pass rates. */
const servedIn = (region: Region, { catalogue, sha256 }: Offered) => {
  let known = served.get(region);
  if (!known) served.set(region, (known = new Map()));
  const key = `${catalogue.day} ${sha256}`;
  let found = known.get(key);
  if (!found) {
    for (const oldest of known.keys()) if (known.size >= 4) known.delete(oldest);
    known.set(key, (found = region.rows().map(({ enterprise, row }) => ({ enterprise, served: servedBy(catalogue, row) }))));
  }
  return found;
};

const idsOf = async (db: Db, permit: ListPermit<"profile">): Promise<ReadonlySet<string>> =>
  new Set((await db.selectFrom("enterprise").select("id").where(permitted(permit)).execute()).map(({ id }) => id));

// ── One enterprise, or one request ──

type Wanted = {
  readonly request?: Readonly<Record<string, unknown>>;
  readonly ranking?: Ranking;
  readonly method?: RepaymentMethod;
  readonly on?: string;
};

const dayOfOffer = (text: string | undefined): IsoDate => {
  if (text === undefined) return today();
  const day = isoDate(text);
  if (!day) throw badRequest("on 不是日历上的一天（应为 YYYY-MM-DD）。", "on is not a day of the calendar (YYYY-MM-DD).");
  return day;
};

const stated = (request: Wanted["request"], withProfile: boolean): FactValues => {
  const { facts, faults } = factsOfRequest(request ?? {}, withProfile);
  const [first] = faults;
  if (!first) return facts;
  const field = first.field.slice(0, 100);
  throw new Refusal(
    422,
    first.code === "no-such-field"
      ? problem(
          "no-such-field",
          withProfile ? `申请中不能填写“${field}”。` : `没有可填写的指标“${field}”。`,
          withProfile ? `A request cannot state "${field}".` : `There is no fact "${field}" to be stated.`,
          "可填写的指标见 /products/facts；企业已有画像时，只能填写 request 与 rights 两类。",
          "What can be stated is listed at /products/facts; beside a profile, only request and rights can.",
        )
      : problem(
          "wrong-value",
          `“${field}”的取值不符合要求。`,
          `The value of "${field}" does not fit.`,
          "类型与可选的词见 /products/facts。",
          "Types and words are listed at /products/facts.",
        ),
  );
};

/** What a matching was made from, and of whom. */
type MadeFrom = Pick<MatchingDocument, "enterprise" | "on" | "asOf" | "inputs">;

/** What is matched: the catalogue, the facts, and how matches are to be ranked. */
type Question = {
  readonly offered: Offered;
  readonly row: FactRow;
  readonly options: MatchOptions;
  readonly from: MadeFrom;
};

const questionOf = (
  offered: Offered,
  row: FactRow,
  passRates: PassRates | undefined,
  wanted: Wanted,
  source: {
    readonly enterprise: string | null;
    readonly asOf: IsoDate | null;
    readonly profile: string | null;
    readonly model: string | null;
  },
): Question => ({
  offered,
  row,
  options: {
    ...(wanted.ranking === undefined ? {} : { ranking: wanted.ranking }),
    ...(wanted.method === undefined ? {} : { method: wanted.method }),
    ...(passRates === undefined ? {} : { rates: passRates }),
  },
  from: {
    enterprise: source.enterprise,
    on: offered.catalogue.day,
    asOf: source.asOf,
    inputs: {
      profile: source.profile,
      model: source.model,
      facts: sha256Hex(factsText(row)),
      catalogue: offered.sha256,
      demonstration: offered.demonstration,
    },
  },
});

const inFull = ({ offered, row, options, from }: Question): MatchingDocument => {
  const matches = matchAll(offered.catalogue, row, options);
  return {
    ...from,
    matches: matches.map((each) => ({ ...each, sha256: offered.of.get(each.product)! })),
    missing: missingOf(matches),
  } as unknown as MatchingDocument;
};

const inBrief = ({ offered, row, options, from }: Question): BriefMatchingDocument => {
  const { matches, ...rest } = matchBriefly(offered.catalogue, row, options);
  return {
    ...from,
    ...rest,
    matches: matches.map((each) => ({ ...each, sha256: offered.of.get(each.product)! })),
  } as unknown as BriefMatchingDocument;
};

/** What is known of an enterprise, and what says so. */
type KnownFacts = {
  readonly row: FactRow;
  readonly asOf: IsoDate;
  /** SHA-256 of the profile, and of the scorecard where one is in use. */
  readonly profile: string;
  readonly model: string | null;
};

const ownFacts = remembering<KnownFacts>(["records", "features", "profiles", "models"], 20_000);

const readOwnFacts = async (from: Context, permit: Permit<"profile">, day: IsoDate | undefined): Promise<KnownFacts> => {
  const { enterprise, revision } = permit;
  const context: Context = { ...from, revision };
  const { db } = context;
  const found = await profileOf(context, permit, day);
  if (!found.ok) throw new Refusal(409, found.error);
  const { profile, sha256 } = found.value;
  const register = await db
    .selectFrom("enterprise")
    .select(["persons_employed", "revenue_fen", "assets_fen"])
    .where("id", "=", enterprise)
    .executeTakeFirstOrThrow();
  const { champion } = await modelsInUse(db, revision);
  const model = champion?.summary.applies ? champion : null;
  const [own] = model ? await storedFeatures(context, profile.asOf, enterprise) : [];
  const score: Known["score"] = model && own ? scoreEnterprise(model, enterprise, own.values) : null;
  const facts = factsOfProfile(
    profile,
    { persons: register.persons_employed, revenueFen: register.revenue_fen, assetsFen: register.assets_fen },
    score,
  );
  return { row: factRow(facts), asOf: profile.asOf, profile: sha256, model: score ? model!.summary.sha256 : null };
};

/** The facts of an enterprise from profile, register and score, with those of the request. */
export const knownFacts = async (
  context: Context,
  permit: Permit<"profile">,
  wanted: { readonly request?: Wanted["request"]; readonly asOf?: string },
): Promise<KnownFacts> => {
  const request = stated(wanted.request, true);
  const day = wanted.asOf === undefined ? undefined : await asOfDay(context.db, wanted.asOf);
  const known = await ownFacts(context.db, permit.revision, `${day ?? ""} ${permit.enterprise}`, () => readOwnFacts(context, permit, day));
  return { ...known, row: withFacts(known.row, request) };
};

const ask = async (context: Context, permit: Permit<"profile">, wanted: Wanted & { readonly asOf?: string }): Promise<Question> => {
  const revision = permit.revision ?? (await revisionOf(context.db));
  const on = dayOfOffer(wanted.on);
  const { row, ...source } = await knownFacts(context, permit, wanted);
  const offered = await catalogueOf(context.db, on, revision);
  const passRates = ratesOf(await regionOf({ ...context, revision }, source.asOf), offered);
  return questionOf(offered, row, passRates, wanted, { enterprise: permit.enterprise, ...source });
};

export const matchOf = async (...asked: Parameters<typeof ask>): Promise<MatchingDocument> => inFull(await ask(...asked));
export const briefMatchOf = async (...asked: Parameters<typeof ask>): Promise<BriefMatchingDocument> => inBrief(await ask(...asked));

/** On the stated fields alone. How the region keeps each rule is known as of its last day, where there is one. */
export const matchStated = async (context: Context, wanted: Wanted): Promise<Output<typeof matchRequest>> => {
  const facts = stated(wanted.request, false);
  const revision = await revisionOf(context.db);
  const offered = await catalogueOf(context.db, dayOfOffer(wanted.on), revision);
  const asOf = await lastDay(context.db);
  const passRates = asOf === null ? undefined : ratesOf(await regionOf({ ...context, revision }, asOf), offered);
  return inFull(questionOf(offered, factRow(facts), passRates, wanted, { enterprise: null, asOf: null, profile: null, model: null }));
};

const notOfferedThen = new Refusal(
  409,
  problem(
    "not-offered-then",
    "该产品在这一天不受理。",
    "The product is not offered on that day.",
    "请改受理期，或换一天。",
    "Change when it is offered, or try another day.",
  ),
);

const MOST_CHANGED = 1000;

/** A document that is not published beside the live one, over every enterprise that the permit covers. Those named are traced. */
export const trialOf = async (
  context: Context,
  permit: ListPermit<"profile">,
  draft: Product,
  live: Product | null,
  on: string | undefined,
): Promise<Output<typeof tryProduct>> => {
  const day = dayOfOffer(on);
  const after = compileProduct(draft, day);
  if (!after) throw notOfferedThen;
  const before = live && compileProduct(live, day);
  const asOf = await asOfDay(context.db, undefined);
  const ids = await idsOf(context.db, permit);
  const rows = (await regionOf(context, asOf)).rows().filter(({ enterprise }) => ids.has(enterprise));
  const tally = () => ({ pass: 0, near: 0, unknown: 0, fail: 0 }) as Record<Outcome, number>;
  const [drafted, lived] = [tally(), tally()];
  const changed: Output<typeof tryProduct>["changed"] = [];
  let changes = 0;
  for (const { enterprise, name, row } of rows) {
    const next = outcomeFor(after, row);
    drafted[next.outcome]++;
    if (!before) continue;
    const was = outcomeFor(before, row);
    lived[was.outcome]++;
    if (was.outcome === next.outcome && was.limit.highFen === next.limit.highFen) continue;
    changes++;
    if (changed.length < MOST_CHANGED)
      changed.push({
        enterprise,
        name,
        before: was.outcome,
        after: next.outcome,
        beforeFen: was.limit.highFen,
        afterFen: next.limit.highFen,
      });
  }
  const shown = await traceShown(
    context.db,
    permit,
    changed.map(({ enterprise }) => enterprise),
  );
  const counts = passRatesOf(
    [after],
    rows.map(({ row }) => row),
  );
  return {
    asOf,
    on: day,
    enterprises: rows.length,
    draft: drafted,
    live: before ? lived : null,
    rules: after.rules.map(({ rule }) => ({ rule: rule.id, title: rule.title, ...counts.get(`${draft.id} ${rule.id}`)! })),
    changed: changed.filter(({ enterprise }) => shown.has(enterprise)),
    changes,
  };
};

/**
 * For a live product, the enterprises under the permit that fit it, or may, and never applied for it. Those on the page are traced.
 * Refuses 404 where no such product is live, 403 `not-your-product` to another institution, 409 `not-offered-then`.
 */
export const fitsFor = async (
  context: Context,
  permit: ListPermit<"profile">,
  id: string,
  { on, page = 1, pageSize = 25 }: { readonly on?: string; readonly page?: number; readonly pageSize?: number },
): Promise<Output<typeof listFits>> => {
  const { db } = context;
  const { products } = await liveProducts(db);
  const live = products.find(({ product }) => product.id === id);
  if (!live) throw notFound({ zh: "在售产品", en: "live product" }, id);
  ownProduct(permit.actor, live.product.provider.id);
  const compiledProduct = compileProduct(live.product, dayOfOffer(on));
  if (!compiledProduct) throw notOfferedThen;
  const region = await regionOf(context, await asOfDay(db, undefined));
  const ids = await idsOf(db, permit);
  const applied = await db.selectFrom("application").select("enterprise_id").distinct().where("product_id", "=", id).execute();
  const rows = region.rows().filter(({ enterprise }) => ids.has(enterprise));
  const fits = fitsOf(compiledProduct, rows, new Set(applied.map(({ enterprise_id }) => enterprise_id)));
  const shown = fits.slice((page - 1) * pageSize, page * pageSize);
  const traced = await traceShown(
    db,
    permit,
    shown.map(({ enterprise }) => enterprise),
  );
  const names = new Map(rows.map(({ enterprise, name }) => [enterprise, name]));
  return {
    asOf: region.asOf,
    on: compiledProduct.day,
    version: live.product.version,
    sha256: live.sha256,
    enterprises: rows.length,
    pass: fits.filter(({ outcome }) => outcome === "pass").length,
    application: fits.filter(({ waitsFor }) => waitsFor === "application").length,
    items: shown.filter(({ enterprise }) => traced.has(enterprise)).map((each) => ({ ...each, name: names.get(each.enterprise)! })),
    total: fits.length,
    page,
    pageSize,
  };
};

/**
 * Each provider's part of the enterprises that consented to it, in numbers alone; the operator gets all, an institution itself. "Best"
 * is against everything that is offered on that day, by all-in annual cost.
 */
export const sharesFor = async (context: Context, actor: Actor, on: string | undefined): Promise<Output<typeof listShares>> => {
  const { db } = context;
  const revision = await revisionOf(db);
  const catalogue = await catalogueOf(db, dayOfOffer(on), revision);
  const region = await regionOf({ ...context, revision }, await asOfDay(db, undefined));
  const population = servedIn(region, catalogue);
  const offered = Map.groupBy(catalogue.catalogue.products, ({ product }) => product.provider.id);
  const providers: Output<typeof listShares>["providers"] = [];
  for (const [provider, products] of [...offered].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (actor.kind !== "operator" && actor.party !== provider) continue;
    const kind = (await partyOf(db, provider))?.kind ?? "bank";
    const permit = permitList<"profile">(
      { party: provider, kind, enterprise: null, name: actor.name },
      { classes: ["profile"], what: "match" },
    );
    const ids = await idsOf(db, permit);
    const applied = await db.selectFrom("application").select("enterprise_id").distinct().where("provider", "=", provider).execute();
    const share = shareOf(
      provider,
      population.filter(({ enterprise }) => ids.has(enterprise)),
      new Set(applied.map(({ enterprise_id }) => enterprise_id)),
    );
    providers.push({ provider, name: products[0]!.product.provider.name, products: products.length, ...share });
  }
  return { asOf: region.asOf, on: catalogue.catalogue.day, providers };
};
