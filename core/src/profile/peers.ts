import type { Text } from "../basics/index.ts";
import { type SizeClass, type IndustryCode, sectionName, sizeClassText } from "../enterprise/index.ts";
import { type FeatureValues, type Unit, featureById } from "../features/index.ts";
import { type Aim, type Dimension, type DimensionId, dimensions } from "./dimensions.ts";

/** An enterprise as a peer of others. */
export type Peer = {
  readonly id: string;
  readonly sizeClass: SizeClass | null;
  /** Section of GB/T 4754 (a letter); null where the industry is not known. */
  readonly section: string | null;
  /** Rounded by `roundValues`. */
  readonly values: FeatureValues;
};

export type PeerGroupKind = "size-and-industry" | "size" | "industry" | "all";
export type PeerGroup = {
  readonly kind: PeerGroupKind;
  readonly sizeClass: SizeClass | null;
  readonly section: string | null;
  readonly name: Text;
  /** The enterprise itself among them. */
  readonly members: readonly Peer[];
  /** The groups that were looked at, with how many peers (the enterprise itself not counted) each had. */
  readonly tried: readonly { readonly kind: PeerGroupKind; readonly count: number }[];
};

/** With fewer peers than these a position says little, and the next wider group is taken. */
export const PEERS_WANTED = 20;

const groupName = (kind: PeerGroupKind, sizeClass: SizeClass | null, section: string | null): Text => {
  const size = sizeClass ? sizeClassText[sizeClass] : null;
  const industry = section ? sectionName(section as IndustryCode) : null;
  if (kind === "size-and-industry") return { zh: `${size!.zh}、${industry!.zh}`, en: `${size!.en} enterprises of "${industry!.en}"` };
  if (kind === "size") return { zh: `${size!.zh}，各行业`, en: `${size!.en} enterprises of all industries` };
  if (kind === "industry") return { zh: `${industry!.zh}，各规模`, en: `enterprises of "${industry!.en}" of all sizes` };
  return { zh: "全部企业", en: "all enterprises" };
};

/**
 * The peers of an enterprise: of the same size class and section of industry; where those are fewer than 20, of the
 * same size; then of the same industry; then all. `everyone` holds the enterprise itself.
 */
export const peerGroup = (subject: Pick<Peer, "sizeClass" | "section">, everyone: readonly Peer[]): PeerGroup => {
  const { sizeClass, section } = subject;
  const kinds: [PeerGroupKind, (peer: Peer) => boolean][] = [];
  if (sizeClass && section) kinds.push(["size-and-industry", (peer) => peer.sizeClass === sizeClass && peer.section === section]);
  if (sizeClass) kinds.push(["size", (peer) => peer.sizeClass === sizeClass]);
  if (section) kinds.push(["industry", (peer) => peer.section === section]);
  kinds.push(["all", () => true]);
  const tried: { kind: PeerGroupKind; count: number }[] = [];
  for (const [kind, belongs] of kinds) {
    const members = everyone.filter(belongs);
    tried.push({ kind, count: Math.max(0, members.length - 1) });
    if (members.length - 1 >= PEERS_WANTED || kind === "all")
      return {
        kind,
        sizeClass: kind === "all" || kind === "industry" ? null : sizeClass,
        section: kind === "all" || kind === "size" ? null : section,
        name: groupName(kind, sizeClass, section),
        members,
        tried,
      };
  }
  throw new Error("the group of all is always taken");
};

/** Decimals of a stated value, by its unit. Everything after them is noise of floating point, not information. */
const DECIMALS: Readonly<Record<Unit, number>> = { fen: 0, ratio: 6, count: 3, months: 3, days: 3, "per-month": 6 };

/** Rounds half away from zero for positive numbers as `Math.round` does; never gives −0. */
export const roundTo = (value: number, decimals: number): number => {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale + 0;
};

/** The values as the profile states and compares them: rounded by unit, unknown ids dropped, ids in order. */
export const roundValues = (values: FeatureValues): FeatureValues => {
  const rounded: Record<string, number | null> = {};
  for (const id of Object.keys(values).sort()) {
    const feature = featureById(id);
    const value = values[id] ?? null;
    if (feature) rounded[id] = value === null || !Number.isFinite(value) ? null : roundTo(value, DECIMALS[feature.unit]);
  }
  return rounded;
};

/** Mid-rank percentile, 0 to 100: the share of values below, and half of those equal. `sorted` must not be empty. */
export const midRank = (sorted: Float64Array, value: number): number => {
  const bound = (after: boolean) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const at = (low + high) >>> 1;
      if (after ? sorted[at]! <= value : sorted[at]! < value) low = at + 1;
      else high = at;
    }
    return low;
  };
  const below = bound(false);
  return (100 * (below + (bound(true) - below) / 2)) / sorted.length;
};

/** A percentile turned so that 100 is best. Near the middle: 100 at the median, 0 at either end. */
const goodness = (percentile: number, aim: Aim): number =>
  aim === "higher" ? percentile : aim === "lower" ? 100 - percentile : 100 - 2 * Math.abs(percentile - 50);

/** A dimension needs at least this share of its features' weight, or it has no position. */
const COVERAGE_WANTED = 0.5;

/** What one enterprise looks like against a group. */
export type Standing = {
  readonly position: number | null;
  /** Share of the dimension's weight whose features have a value. */
  readonly coverage: number;
  readonly features: readonly {
    readonly id: string;
    readonly value: number | null;
    readonly percentile: number | null;
    readonly weight: number;
    readonly aim: Aim;
  }[];
};

export type Comparison = {
  readonly size: number;
  /** Mid-rank percentile of a value among the group, whatever the direction; null without value or group. */
  percentile(feature: string, value: number | null): number | null;
  standing(dimension: Dimension, values: FeatureValues): Standing;
  /** Position of the weighted mean of the dimensions' positions. */
  overall(values: FeatureValues): number | null;
};

/**
 * Sorts a group once, so that each of its members is placed in logarithmic time. The enterprise that is placed belongs to
 * the group: the mean position of a group without gaps is exactly 50.
 *
 *   percentile p_f = 100 × (below + equal / 2) / n
 *   combination c_d = Σ w_f × goodness(p_f) / Σ w_f over the features with a value
 *   position_d = the mid-rank percentile of c_d among the combinations of the group
 */
export const compare = (members: readonly Peer[]): Comparison => {
  const sorted = new Map<string, Float64Array>();
  const sortedOf = (feature: string): Float64Array => {
    let values = sorted.get(feature);
    if (!values) {
      values = Float64Array.from(members.flatMap((member) => member.values[feature] ?? [])).sort();
      sorted.set(feature, values);
    }
    return values;
  };
  const percentile = (feature: string, value: number | null) => {
    const values = sortedOf(feature);
    return value === null || values.length === 0 ? null : midRank(values, value);
  };

  /** The combination of a dimension, or NaN where too little is known; six decimals, so that equal ones compare equal. */
  const combine = (dimension: Dimension, values: FeatureValues): number => {
    let sum = 0;
    let known = 0;
    let weight = 0;
    for (const feature of dimension.features) {
      weight += feature.weight;
      const rank = percentile(feature.id, values[feature.id] ?? null);
      if (rank === null) continue;
      known += feature.weight;
      sum += feature.weight * goodness(rank, feature.aim);
    }
    return known < COVERAGE_WANTED * weight ? Number.NaN : roundTo(sum / known, 6);
  };
  /** Combinations of all members, in their order and sorted. */
  const combinations = new Map<DimensionId, { readonly own: Float64Array; readonly sorted: Float64Array }>();
  const combinationsOf = (dimension: Dimension) => {
    let found = combinations.get(dimension.id);
    if (!found) {
      const own = Float64Array.from(members, (member) => combine(dimension, member.values));
      combinations.set(dimension.id, (found = { own, sorted: own.filter((value) => !Number.isNaN(value)).sort() }));
    }
    return found;
  };
  const positionOf = (dimension: Dimension, combination: number): number | null => {
    const { sorted } = combinationsOf(dimension);
    return Number.isNaN(combination) || sorted.length === 0 ? null : roundTo(midRank(sorted, combination), 1);
  };

  /** The weighted mean of the positions; NaN where dimensions of too little weight have one. */
  const mean = (combinationIn: (dimension: Dimension) => number): number => {
    let sum = 0;
    let weight = 0;
    for (const dimension of dimensions) {
      const position = positionOf(dimension, combinationIn(dimension));
      if (position === null) continue;
      sum += dimension.weight * position;
      weight += dimension.weight;
    }
    return weight < OVERALL_WEIGHT_WANTED ? Number.NaN : roundTo(sum / weight, 6);
  };
  let means: Float64Array | null = null;

  return {
    size: members.length,
    percentile,
    standing: (dimension, values) => {
      const features = dimension.features.map((feature) => {
        const value = values[feature.id] ?? null;
        const rank = percentile(feature.id, value);
        return { ...feature, value, percentile: rank === null ? null : roundTo(rank, 1) };
      });
      const weight = features.reduce((sum, feature) => sum + feature.weight, 0);
      const known = features.reduce((sum, feature) => sum + (feature.percentile === null ? 0 : feature.weight), 0);
      return { position: positionOf(dimension, combine(dimension, values)), coverage: roundTo(known / weight, 3), features };
    },
    overall: (values) => {
      const own = mean((dimension) => combine(dimension, values));
      means ??= Float64Array.from(members, (_, at) => mean((dimension) => combinationsOf(dimension).own[at]!))
        .filter((value) => !Number.isNaN(value))
        .sort();
      return Number.isNaN(own) || means.length === 0 ? null : roundTo(midRank(means, own), 1);
    },
  };
};

/** Of the weights of all dimensions with invoices (105), at least half must have a position. */
const OVERALL_WEIGHT_WANTED = 52.5;
