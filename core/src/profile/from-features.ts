import { type Fen, type IsoDate, type Text, addMonths, daysBetween, isoDate, monthIndex } from "../basics/index.ts";
import {
  type IndustryCode,
  type SizeResult,
  industryCode,
  industryName,
  region,
  sectionName,
  sectionOf,
  sizeClass,
  sizeClassText,
} from "../enterprise/index.ts";
import { type FeatureValues, featureById } from "../features/index.ts";
import { dimensions, levelOf, levels } from "./dimensions.ts";
import { raisedFlags } from "./flags.ts";
import { type Comparison, type PeerGroup, type Standing, roundTo } from "./peers.ts";
import {
  type ConfidenceLevel,
  PROFILE_METHOD,
  PROFILE_SCHEMA,
  type Profile,
  type ProfileBatch,
  type ProfileDimension,
  type ProfileMonth,
  type SourceKind,
} from "./profile.ts";
import { strengthsOf } from "./strengths.ts";

/** What the register says of an enterprise; nothing that a bank made of it. */
export type ProfileEnterprise = {
  readonly id: string;
  readonly name: string;
  readonly kind: "company" | "sole-trader";
  readonly uscc: string | null;
  readonly industryCode: string | null;
  readonly industrySource: "stated" | "inferred-from-name" | null;
  readonly regionCode: string | null;
  readonly persons: number | null;
  readonly revenueFen: Fen | null;
  readonly assetsFen: Fen | null;
  readonly foundedOn: string | null;
};

export type SourceRows = {
  readonly kind: SourceKind;
  readonly rows: number;
  readonly firstOn: string | null;
  readonly lastOn: string | null;
};

export type ProfileInputs = {
  readonly enterprise: ProfileEnterprise;
  readonly asOf: IsoDate;
  /** Of the day, rounded by `roundValues`. */
  readonly values: FeatureValues;
  readonly group: PeerGroup;
  /** Hash over the group's members and the inputs of their features. */
  readonly peersSha256: string;
  /** `compare(group.members)`, which can be kept for all members of a group. */
  readonly comparison: Comparison;
  /** The same enterprise and the same members of the group twelve months before; null where it is not known. */
  readonly before: { readonly values: FeatureValues; readonly comparison: Comparison } | null;
  /** Rows behind each raised flag, by the flag's id. */
  readonly evidence: Readonly<Record<string, { readonly rows: number; readonly sumFen: Fen }>>;
  /** Calendar months with an invoice up to the as-of day; missing ones are filled with zeros. */
  readonly months: readonly Omit<ProfileMonth, "partial">[];
  /** All rows up to the as-of day, void ones included. */
  readonly sources: readonly SourceRows[];
  readonly batches: readonly ProfileBatch[];
  readonly catalogue: string;
  /** Hash of everybody's trade that the features of the graph were made from; null where there is none. */
  readonly trade: string | null;
};

/** How far back the position is compared for the trend, and from which change on it is one. */
export const TREND_MONTHS = 12;
const TREND_POINTS = 10;

/**
 * Size class from what the enterprise states; where it states no revenue, net invoiced sales of twelve months stand
 * in for it, provided that the invoices go back so far.
 */
export const sizeOf = (
  enterprise: Pick<ProfileEnterprise, "industryCode" | "persons" | "revenueFen" | "assetsFen">,
  values: FeatureValues,
  asOf: IsoDate,
): SizeResult & { readonly revenueSource: "stated" | "invoiced-sales" | null } => {
  const code = enterprise.industryCode === null ? null : industryCode(enterprise.industryCode);
  const invoiced = (values["history_months"] ?? 0) >= 12 ? (values["net_sales_12m"] ?? null) : null;
  const revenueFen = enterprise.revenueFen ?? invoiced;
  const result = sizeClass(code, { persons: enterprise.persons, revenueFen, assetsFen: enterprise.assetsFen }, asOf);
  return { ...result, revenueSource: revenueFen === null ? null : enterprise.revenueFen === null ? "invoiced-sales" : "stated" };
};

/** The section of an enterprise's industry, by which it is grouped with peers. */
export const sectionOfEnterprise = (code: string | null): string | null => {
  const read = code === null ? null : industryCode(code);
  return read && sectionOf(read);
};

const level = (position: number | null) => {
  if (position === null) return null;
  const id = levelOf(position);
  return { id, name: levels.find((each) => each.id === id)!.name };
};

/**
 * Confidence 0–1 of a dimension: 0.35 × months of history (of 24) + 0.25 × invoices of 12 months (logarithmic, full at 200) +
 * 0.25 × share of the dimension's features with a value + 0.15 × peers (of 50). 0 where there is no position.
 */
const confidence = (standing: Standing, values: FeatureValues, peers: number): ProfileDimension["confidence"] => {
  const invoiceCount = (values["sale_invoices_12m"] ?? 0) + (values["purchase_invoices_12m"] ?? 0);
  const history = roundTo(Math.min(1, (values["history_months"] ?? 0) / 24), 2);
  const invoices = roundTo(Math.min(1, Math.log1p(invoiceCount) / Math.log1p(200)), 2);
  const coverage = roundTo(standing.coverage, 2);
  const peerShare = roundTo(Math.min(1, peers / 50), 2);
  const value = standing.position === null ? 0 : roundTo(0.35 * history + 0.25 * invoices + 0.25 * coverage + 0.15 * peerShare, 2);
  const name: ConfidenceLevel = value >= 0.75 ? "high" : value >= 0.5 ? "medium" : "low";
  return { value, level: name, history, invoices, coverage, peers: peerShare };
};

const monthName = (index: number): string =>
  `${String(Math.floor(index / 12)).padStart(4, "0")}-${String((index % 12) + 1).padStart(2, "0")}`;

/** Every calendar month from the first with an invoice to that of the as-of day. */
const fullMonths = (months: ProfileInputs["months"], asOf: IsoDate): ProfileMonth[] => {
  const byMonth = new Map(months.map((month) => [month.month, month]));
  const first = months.map((month) => month.month).toSorted()[0];
  if (!first) return [];
  const end = monthIndex(asOf);
  const partial = addMonths(`${asOf.slice(0, 7)}-01` as IsoDate, 1) > addDay(asOf);
  const from = monthIndex(`${first}-01` as IsoDate);
  return Array.from({ length: end - from + 1 }, (_, at) => {
    const month = monthName(from + at);
    const found = byMonth.get(month);
    return {
      month,
      partial: partial && from + at === end,
      salesFen: found?.salesFen ?? 0,
      purchasesFen: found?.purchasesFen ?? 0,
      saleInvoices: found?.saleInvoices ?? 0,
      purchaseInvoices: found?.purchaseInvoices ?? 0,
    };
  });
};
const addDay = (day: IsoDate) => Temporal.PlainDate.from(day).add({ days: 1 }).toString() as IsoDate;

const gapsOf = (months: readonly ProfileMonth[]) => {
  const gaps: { from: string; to: string; months: number }[] = [];
  let start: number | null = null;
  for (const [at, month] of months.entries()) {
    const empty = month.saleInvoices + month.purchaseInvoices === 0;
    // A month that has only begun is no gap yet.
    if (empty && !month.partial) start ??= at;
    else if (start !== null) {
      gaps.push({ from: months[start]!.month, to: months[at - 1]!.month, months: at - start });
      start = null;
    }
  }
  if (start !== null) gaps.push({ from: months[start]!.month, to: months.at(-1)!.month, months: months.length - start });
  return gaps;
};

const SOURCES: readonly (readonly [kind: SourceKind, points: number])[] = [
  ["sales-invoices", 35],
  ["purchase-invoices", 25],
  ["bank-transactions", 20],
];

const completenessOf = (inputs: ProfileInputs, months: readonly ProfileMonth[]): Profile["completeness"] => {
  const sources = SOURCES.map(([kind]) => {
    const found = inputs.sources.find((source) => source.kind === kind);
    return { kind, present: (found?.rows ?? 0) > 0, rows: found?.rows ?? 0, firstOn: day(found?.firstOn), lastOn: day(found?.lastOn) };
  });
  const monthsCovered = months.filter((month) => month.saleInvoices + month.purchaseInvoices > 0).length;
  const points = SOURCES.reduce((sum, [, worth], at) => sum + (sources[at]!.present ? worth : 0), 0);
  return {
    score: Math.round(points + 20 * Math.min(1, monthsCovered / 24)),
    sources,
    monthsCovered,
    monthsSpan: months.length,
    gaps: gapsOf(months),
  };
};
const day = (text: string | null | undefined): IsoDate | null => (text ? isoDate(text) : null);

const freshnessOf = (sources: readonly SourceRows[], asOf: IsoDate): Profile["freshness"] => {
  const lastRecordOn = day(
    sources
      .flatMap((source) => source.lastOn ?? [])
      .toSorted()
      .at(-1),
  );
  if (lastRecordOn === null) return { lastRecordOn, days: null, level: "none" };
  const days = daysBetween(lastRecordOn, asOf);
  return { lastRecordOn, days, level: days <= 31 ? "fresh" : days <= 92 ? "ageing" : "stale" };
};

const dimensionsOf = ({ values, comparison, before, group, asOf }: ProfileInputs): ProfileDimension[] =>
  dimensions.map((dimension) => {
    const standing = comparison.standing(dimension, values);
    const then = before ? before.comparison.standing(dimension, before.values).position : null;
    const change = standing.position === null || then === null ? null : roundTo(standing.position - then, 1);
    return {
      id: dimension.id,
      name: dimension.name,
      meaning: dimension.meaning,
      position: standing.position,
      level: level(standing.position),
      trend: {
        direction: change === null ? "unknown" : change >= TREND_POINTS ? "up" : change <= -TREND_POINTS ? "down" : "flat",
        asOf: addMonths(asOf, -TREND_MONTHS),
        position: then,
        change,
      },
      confidence: confidence(standing, values, group.members.length - 1),
      features: standing.features.map(({ id, value, percentile, weight, aim }) => ({
        id,
        name: featureName(id),
        value,
        percentile,
        weight,
        aim,
      })),
    };
  });

const featureName = (id: string): Text => featureById(id)?.name ?? { zh: id, en: id };

/**
 * The credit profile as of a day. Pure: equal inputs give an equal document, whose canonical JSON has equal bytes.
 * Every stated figure is an integer or rounded to the decimals that docs/profile.md gives.
 */
export const buildProfile = (inputs: ProfileInputs): Profile => {
  const { enterprise, asOf, values, group, comparison } = inputs;
  const size = sizeOf(enterprise, values, asOf);
  const code: IndustryCode | null = enterprise.industryCode === null ? null : industryCode(enterprise.industryCode);
  const found = enterprise.regionCode === null ? null : region(enterprise.regionCode);
  const months = fullMonths(inputs.months, asOf);
  const overall = comparison.overall(values);
  const dimensionList = dimensionsOf(inputs);
  return {
    schema: PROFILE_SCHEMA,
    asOf,
    enterprise: {
      id: enterprise.id,
      name: enterprise.name,
      kind: enterprise.kind,
      uscc: enterprise.uscc,
      industry: code && {
        code,
        name: industryName(code),
        section: sectionOf(code),
        sectionName: sectionName(code),
        source: enterprise.industrySource ?? "stated",
      },
      sizeClass: { ...size, name: size.class && sizeClassText[size.class] },
      region: found && { code: found.code, name: found.fullName },
      foundedOn: day(enterprise.foundedOn),
    },
    peers: { kind: group.kind, name: group.name, count: group.members.length - 1, tried: group.tried, sha256: inputs.peersSha256 },
    overall: { position: overall, level: level(overall) },
    dimensions: dimensionList,
    flags: raisedFlags(values, comparison).map((flag) => {
      const evidence = inputs.evidence[flag.id];
      if (!evidence) throw new Error(`the rows behind flag ${flag.id} were not counted`);
      return { ...flag, evidence };
    }),
    strengths: strengthsOf(values, dimensionList),
    completeness: completenessOf(inputs, months),
    freshness: freshnessOf(inputs.sources, asOf),
    monthly: months,
    features: Object.fromEntries(
      Object.entries(values).map(([id, value]) => {
        const rank = comparison.percentile(id, value);
        return [id, { value, percentile: rank === null ? null : roundTo(rank, 1) }];
      }),
    ),
    used: {
      method: PROFILE_METHOD,
      catalogue: inputs.catalogue,
      trade: inputs.trade,
      batches: inputs.batches.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
    },
  };
};
