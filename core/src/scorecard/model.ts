import type { IsoDate, Text } from "../basics/index.ts";
import { type FeatureData, binOf, categorical, numerical } from "./binning.ts";
import { boostedContributions } from "./boosting.ts";
import { calibrated, gradeOf } from "./calibration.ts";
import type { Challenger, Development, Recipe, Uncertainty } from "./develop.ts";
import { type Scored, logOddsOfScore, score, scoreRows } from "./points.ts";
import { normalQuantile } from "./statistics.ts";
import { characteristicStability } from "./train.ts";
import { type Discrimination, type Stability, discrimination, scoreStability } from "./validation.ts";

/** Where the labelled table came from. */
export type SampleSource = {
  /** `platform`: the platform's own enterprises with known outcomes; `table`: a table that was brought. */
  readonly kind: "platform" | "table";
  readonly title: Text;
  readonly asOf: IsoDate | null;
  /** What counts as the event. */
  readonly outcome: Text;
  /** Of the canonical JSON of ids, values and outcomes, so that the same sample is known again. */
  readonly sha256: string;
  /** Hash of the catalogue of features; null for a table with columns of its own. */
  readonly catalogue: string | null;
};

/** A model 模型文档: everything a committee signs, and everything needed to make it again. It never changes once kept. */
export type ModelDocument = {
  readonly format: "zhiwei.scorecard.v1";
  /** Versions of one name follow each other. */
  readonly name: string;
  readonly version: number;
  readonly title: Text;
  readonly purpose: Text;
  readonly limits: readonly Text[];
  readonly sample: SampleSource;
  readonly code: { readonly product: string };
  readonly madeBy: string;
  readonly madeAt: string;
  readonly note: string;
  /** The model whose bins or settings this one started from. */
  readonly basedOn: string | null;
  readonly recipe: Recipe;
  readonly development: Development;
};

/** A score by a model with its uncertainty. */
export type ModelScore = Scored & {
  /** Whether the enterprise's own record was among those the model learned from. */
  readonly seen: boolean;
  /** Features without a value. */
  readonly missing: readonly string[];
};

/**
 * Variance of the log-odds over the refits, at the bins that an enterprise falls into. A value never missing in training
 * has no part in any refit; `score` already gives it the whole spread of the feature.
 */
const refitVariance = ({ refits }: Uncertainty, places: readonly number[]): number => {
  if (refits.length < 2) return 0;
  let sum = 0;
  let squares = 0;
  for (const parts of refits) {
    let eta = parts[0]!;
    for (const place of places) eta += parts[place]!;
    sum += eta;
    squares += eta * eta;
  }
  const mean = sum / refits.length;
  return Math.max(0, (squares - refits.length * mean * mean) / (refits.length - 1));
};

/**
 * A score with its interval. It carries the sampling of coefficients and bins and that of the calibration: far from where
 * outcomes lie, a line fitted to few of them says little. For an enterprise that the model has not seen it carries besides the
 * spread of the whole training over resampled records, its choice of bins and features included. The two overlap; for those
 * whom no outcome confirms they are added all the same, so the interval is wider than that of a seen one with the same values.
 */
export const scoreByModel = (
  { card, uncertainty }: Pick<Development, "card" | "uncertainty">,
  values: Readonly<Record<string, number | string | null | undefined>>,
  { seen, level = 0.95 }: { readonly seen: boolean; readonly level?: number },
): ModelScore => {
  const scored = score(card, values, { level });
  const missing = scored.reasons.filter((reason) => reason.value === null).map((reason) => reason.feature);
  const places: number[] = [];
  let offset = 1;
  for (const feature of card.features) {
    places.push(offset + binOf(feature.binning, values[feature.name] ?? null));
    offset += feature.binning.bins.length;
  }
  const variance = scored.deviation ** 2 + (seen ? 0 : refitVariance(uncertainty, places));
  const { shift, slope } = card.calibration;
  const eta = logOddsOfScore(card.scale, scored.score);
  const [ofShift, both, ofSlope] = uncertainty.calibration;
  const total = slope * slope * variance + ofShift + 2 * eta * both + eta * eta * ofSlope;
  const reach = normalQuantile(0.5 + level / 2) * Math.sqrt(total);
  const at = (move: number) => calibrated({ shift: shift + slope * eta + move, slope: 1 }, 0);
  return { ...scored, seen, missing, deviation: Math.sqrt(variance), pdLow: at(-reach), pdHigh: at(reach) };
};

/** What the boosted trees say of one enterprise, and exactly how much of it comes from each feature. */
export type ChallengerScore = {
  /** Null where the trees rank no better than chance and so have no calibration. */
  readonly pd: number | null;
  /** Log-odds of the event: `base` and all contributions add up to it. Before calibration, as the contributions are. */
  readonly logOdds: number;
  readonly base: number;
  /** Shapley values in log-odds, positive towards the event; greatest first, those of nought left out. */
  readonly contributions: readonly { readonly feature: string; readonly value: number | string | null; readonly logOdds: number }[];
};

/** What a model's boosted trees say of one record. Values that the trees do not know count as missing. */
export const scoreByChallenger = (
  { model, calibration }: Challenger,
  values: Readonly<Record<string, number | string | null | undefined>>,
): ChallengerScore => {
  const given = (name: string, kind: "number" | "string") => (typeof values[name] === kind ? values[name]! : null);
  const columns = model.features.map(({ name, categories }) =>
    categories === null
      ? numerical(name, [given(name, "number") as number | null])
      : categorical(name, [given(name, "string") as string | null]),
  );
  const { base, contributions } = boostedContributions(model, columns, 1);
  const logOdds = contributions.reduce((sum, value) => sum + value, base);
  return {
    pd: calibration && calibrated(calibration, logOdds),
    logOdds,
    base,
    contributions: model.features
      .map(({ name }, j) => ({ feature: name, value: values[name] ?? null, logOdds: contributions[j]! }))
      .filter((each) => each.logOdds !== 0)
      .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds)),
  };
};

/** How far a feature has moved between training and today; shares are by bin. */
export type FeatureDrift = Pick<Stability, "index" | "verdict" | "pValue"> & {
  readonly feature: string;
  /** Mean points now less mean points in training, by the shares of the bins. */
  readonly pointsMoved: number;
  readonly expected: readonly number[];
  readonly actual: readonly number[];
};

/** A model held against a population of today. */
export type Monitoring = {
  readonly records: number;
  readonly population: Stability;
  readonly features: readonly FeatureDrift[];
  readonly byGrade: readonly { readonly grade: string; readonly expected: number; readonly actual: number }[];
  readonly meanPd: number;
  /** Where outcomes are known by now, and both occur. */
  readonly outcomes: { readonly records: number; readonly events: number; readonly discrimination: Discrimination } | null;
};

/** Outcomes: 1 event, 0 none, −1 not known (yet). */
export const monitor = (
  { card, scores: expected }: Pick<Development, "card" | "scores">,
  columns: readonly FeatureData[],
  outcomes: ArrayLike<number>,
): Monitoring => {
  const rows = outcomes.length;
  const scores = scoreRows(card, columns, rows);
  const pdOf = (value: number) => calibrated(card.calibration, logOddsOfScore(card.scale, value));
  const pd = scores.map(pdOf);
  const known = Array.from({ length: rows }, (_, i) => i).filter((i) => outcomes[i] === 0 || outcomes[i] === 1);
  const target = Uint8Array.from(known, (i) => outcomes[i]!);
  const events = target.reduce((sum, value) => sum + value, 0);
  const share = (values: ArrayLike<number>) => {
    const counts = new Map(card.grades.map((grade) => [grade.name, 0]));
    for (let i = 0; i < values.length; i++) {
      const grade = gradeOf(card.grades, values[i]!);
      counts.set(grade, counts.get(grade)! + 1 / values.length);
    }
    return counts;
  };
  const then = share(expected.map(pdOf));
  const now = share(pd);
  return {
    records: rows,
    population: scoreStability(expected, scores),
    features: card.features.map((feature): FeatureDrift => {
      const found = characteristicStability(
        feature,
        columns.find((column) => column.name === feature.name)!,
      );
      return {
        feature: feature.name,
        index: found.index,
        verdict: found.verdict,
        pValue: found.pValue,
        pointsMoved: found.pointsMoved,
        expected: found.parts.map((part) => part.expected),
        actual: found.parts.map((part) => part.actual),
      };
    }),
    byGrade: card.grades.map(({ name }) => ({ grade: name, expected: then.get(name)!, actual: now.get(name)! })),
    meanPd: pd.reduce((sum, value) => sum + value, 0) / rows,
    outcomes:
      events > 0 && events < known.length
        ? {
            records: known.length,
            events,
            discrimination: discrimination(
              Float64Array.from(known, (i) => pd[i]!),
              target,
            ),
          }
        : null,
  };
};

/** The features a model needs to score. */
export const featuresNeeded = ({ card }: Pick<Development, "card">): string[] => card.features.map((feature) => feature.name);
