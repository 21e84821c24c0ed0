import type { Bin } from "./binning.ts";
import { type Scorecard, type ScorecardFeature, logOddsOfScore, pdOfScore, scoreOfPd } from "./points.ts";

/**
 * A scorecard as SQL: one expression each for score, probability and grade, over columns named like the features. The same
 * text runs in DuckDB and in PostgreSQL: what differs between them (how NaN sorts apart, how 1.5 is typed) is avoided.
 */

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
/** The very double: JavaScript prints the shortest text that reads back as the same, and a bare 1.5 would be a decimal in DuckDB. */
const double = (value: number) => `CAST('${value}' AS DOUBLE PRECISION)`;

/** Points as whole numbers of the smallest unit, so that sums are exact whatever their order. */
const unitOf = (card: Scorecard) => (card.scale.decimals === null ? null : 10 ** card.scale.decimals);
const pointsText = (points: number, unit: number | null) => (unit === null ? double(points) : String(Math.round(points * unit)));

const featureSql = ({ name, binning, points }: ScorecardFeature, unit: number | null): string => {
  const column = identifier(name);
  const of = (at: number) => pointsText(points[at]!, unit);
  const places = (kind: Bin["kind"]) => binning.bins.flatMap((bin, at) => (bin.kind === kind ? [{ bin, at }] : []));
  const missing = of(places("missing")[0]!.at);
  if (binning.kind === "numerical") {
    const specials = places("special").map(({ bin, at }) => `WHEN ${column} = ${double(Number(bin.special))} THEN ${of(at)}`);
    const intervals = places("interval").map(({ bin, at }) =>
      bin.to === null ? `ELSE ${of(at)}` : `WHEN ${column} < ${double(bin.to)} THEN ${of(at)}`,
    );
    const inner = [...specials, ...intervals];
    const ordinary = inner.length === 1 ? inner[0]!.replace(/^ELSE /, "") : `CASE ${inner.join(" ")} END`;
    // Both engines put NaN above infinity, and NULL makes neither comparison true: what is not finite is missing.
    return `CASE WHEN ${column} > ${double(-Infinity)} AND ${column} < ${double(Infinity)} THEN ${ordinary} ELSE ${missing} END`;
  }
  const specials = places("special").map(({ bin, at }) => `WHEN ${column} = ${text(String(bin.special))} THEN ${of(at)}`);
  const groups = places("categories").flatMap(({ bin, at }) =>
    bin.categories.length === 0 ? [] : [`WHEN ${column} IN (${bin.categories.map(text).join(", ")}) THEN ${of(at)}`],
  );
  const other = places("categories").find(({ bin }) => bin.takesOther);
  return `CASE WHEN ${column} IS NULL OR ${column} = '' THEN ${missing} ${[...specials, ...groups].join(" ")} ELSE ${other ? of(other.at) : missing} END`;
};

/** The score of a row, equal to that of `score`. Columns of numbers may be of any numeric type, those of categories are text. */
export const scoreSql = (card: Scorecard): string => {
  const unit = unitOf(card);
  const sum = [pointsText(card.base, unit), ...card.features.map((feature) => featureSql(feature, unit))].join("\n  + ");
  return unit === null || unit === 1 ? `CAST((${sum}) AS DOUBLE PRECISION)` : `(CAST((${sum}) AS DOUBLE PRECISION) / ${unit})`;
};

/** The probability of default of a score, itself an expression; equal to ours to the last places that `exp` leaves open. */
export const pdSql = (card: Pick<Scorecard, "scale" | "calibration">, score: string): string => {
  const { shift, slope } = card.calibration;
  const at0 = shift + slope * logOddsOfScore(card.scale, 0);
  const perPoint = slope * (logOddsOfScore(card.scale, 1) - logOddsOfScore(card.scale, 0));
  return `(1 / (1 + exp(-(${double(at0)} + ${double(perPoint)} * (${score})))))`;
};

/**
 * The grade of a score. On a scale of whole points (or tenths) the boundaries are the first scores of each grade, found with
 * our own probability, so that a grade never hangs on the last place of `exp`.
 */
export const gradeSql = (card: Pick<Scorecard, "scale" | "calibration" | "grades">, score: string): string => {
  const unit = card.scale.decimals === null ? null : 10 ** card.scale.decimals;
  const boundaries = card.grades.slice(0, -1).map(({ name, upTo }) => {
    const least = scoreOfPd(card, upTo);
    if (unit === null) return { name, condition: `> ${double(least)}` };
    // Scores rise as probabilities fall: the first point of the grid whose probability lies below the boundary.
    let point = Math.floor(least * unit) - 2;
    while (!(pdOfScore(card, point / unit) < upTo)) point++;
    return { name, condition: `>= ${double(point / unit)}` };
  });
  const cases = boundaries.map(({ name, condition }) => `WHEN (${score}) ${condition} THEN ${text(name)}`);
  return cases.length === 0 ? text(card.grades.at(-1)!.name) : `CASE ${cases.join(" ")} ELSE ${text(card.grades.at(-1)!.name)} END`;
};

/** A whole query to start from: of each row of the relation the key, score, probability and grade. */
export const scoringQuery = (card: Scorecard, relation: string, key: string): string => {
  const inner = `SELECT ${identifier(key)} AS enterprise,\n  ${scoreSql(card)} AS score\nFROM ${relation}`;
  return `SELECT enterprise, score, ${pdSql(card, "score")} AS pd, ${gradeSql(card, "score")} AS grade\nFROM (${inner}) AS scored`;
};
