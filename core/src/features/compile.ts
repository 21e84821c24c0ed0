import type { IsoDate } from "../basics/index.ts";
import { catalogue } from "./catalogue.ts";
import { type Dialect, type DialectName, dialects } from "./dialect.ts";
import type { Feature } from "./feature.ts";
import {
  IN_SEQUENCE,
  OLDEST_MONTH,
  PARTY_WINDOWS,
  type Scan,
  bits,
  dated,
  monthExtremes,
  monthSums,
  monthsBeforeSql,
  partyColumns,
  partyTests,
} from "./scan.ts";

export type CompileOptions = {
  readonly dialect: DialectName;
  readonly asOf: IsoDate;
  /** Parenthesised relation with the lake's columns of invoices. */
  readonly invoices: string;
  /** The same of bank transactions; null where there are none, which makes every feature of cash null. */
  readonly bank: string | null;
  /** A relation that already holds `compileParties`, which the graph reads too. */
  readonly parties?: string;
  /** Which features; all that have SQL where absent. */
  readonly features?: readonly Feature[];
};

type Side = "s" | "p";
const isSale = (side: Side) => (side === "s" ? "is_sale" : "NOT is_sale");
const months = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const list = (columns: readonly (readonly [name: string, sql: string])[]) =>
  columns.map(([name, sql]) => `${sql} AS ${name}`).join(",\n    ");

/** One row an enterprise, side and counterparty: what concentration, loyalty and the graph need. */
export const compileParties = (scan: Scan): string => `SELECT enterprise, is_sale, counterparty,
    ${list(partyColumns(dialects[scan.dialect]))}
  FROM ${dated(scan)}
  GROUP BY enterprise, is_sale, counterparty`;

/** One row an enterprise, side and rolling month: everything that is summed over time. */
const monthsCte = (scan: Scan) => `SELECT enterprise, is_sale, k,
    ${list([...monthSums(dialects[scan.dialect], scan.asOf), ...monthExtremes(dialects[scan.dialect])])}
  FROM ${dated(scan)}
  GROUP BY enterprise, is_sale, k`;

/** Invoices of sale in months with one buyer whose numbers run without a gap: at least three, none of them red. */
const runsCte = (scan: Scan) => `SELECT enterprise, sum(n) AS in_sequence
  FROM (
    SELECT enterprise, counterparty, k, count(*) AS n
    FROM (SELECT enterprise, counterparty, k, total_fen, ${dialects[scan.dialect].serial("number")} AS serial FROM ${dated(scan)} WHERE is_sale AND NOT is_void AND k < 12) AS numbered
    GROUP BY enterprise, counterparty, k
    HAVING ${IN_SEQUENCE}
  ) AS runs GROUP BY enterprise`;

/** Columns of CTE `wide` that the expressions name, each made from its name: `net_s_0_12`, `m_s_3`, `act_b_0_24`. */
const WINDOW = /\b(n|nv|np|nr|net|pnet|tax|total|vt|pt|red|rnd|lim|mend|wend|rhigh|rmid|rlow|rzero|wday|big|days)_([sp])_(\d+)_(\d+)\b/g;
const MONTH = /\bm_([sp])_(\d+)\b/g;

const wideCte = (dialect: Dialect, asOf: IsoDate, text: string) => {
  const columns = new Map<string, string>();
  for (const [name, measure, side, from, to] of text.matchAll(WINDOW)) {
    const within = `${isSale(side as Side)} AND ${from === "0" ? "" : `k >= ${from} AND `}k < ${to}`;
    // A sum over CASE does what FILTER does, and DuckDB plans a hundred of them five times as fast.
    columns.set(name, measure === "big" ? `max(CASE WHEN ${within} THEN big END)` : `sum(CASE WHEN ${within} THEN ${measure} ELSE 0 END)`);
  }
  for (const [name, side, k] of text.matchAll(MONTH))
    columns.set(name, `sum(CASE WHEN ${isSale(side as Side)} AND k = ${k} THEN net ELSE 0 END)`);
  return `SELECT enterprise,
    count(*) FILTER (WHERE is_sale) AS has_s, count(*) FILTER (WHERE NOT is_sale) AS has_p,
    coalesce(bit_or(${dialect.bit("k")}) FILTER (WHERE is_sale AND n > 0), 0) AS mask_s,
    coalesce(bit_or(${dialect.bit("k")}) FILTER (WHERE NOT is_sale AND n > 0), 0) AS mask_p,
    min(first_on) AS first_on, max(last_on) FILTER (WHERE is_sale) AS last_s_on, max(last_on) FILTER (WHERE NOT is_sale) AS last_p_on,
    ${monthsBeforeSql(dialect, asOf, "min(first_on)")} + 1 AS hist,
    ${[...columns].map(([name, sql]) => `${sql} AS ${name}`).join(",\n    ")}
  FROM months GROUP BY enterprise`;
};

/** A red-letter month is late where neither it nor the two months before hold a positive invoice to the same party. */
const lateMask = (dialect: Dialect) =>
  `(mask_red & ~(mask_pos | ${dialect.shiftRight("mask_pos", 1)} | ${dialect.shiftRight("mask_pos", 2)}))`;

const rankedCte = (dialect: Dialect) => `SELECT enterprise, is_sale, mask, mask_red, ${lateMask(dialect)} AS mask_late,
    ${PARTY_WINDOWS.map((w) => `net_${w}, row_number() OVER (PARTITION BY enterprise, is_sale ORDER BY net_${w} DESC) AS rank_${w}`).join(
      ",\n    ",
    )}
  FROM parties`;

const sidesCte = (dialect: Dialect) => {
  const columns = (["s", "p"] as const).flatMap((side) => {
    const when = (test: string) => `FILTER (WHERE ${isSale(side)} AND ${test})`;
    const sum = (column: string, test: string) => `coalesce(sum(${column}) ${when(test)}, 0)`;
    const test = partyTests(dialect);
    return [
      ...PARTY_WINDOWS.flatMap((w) => [
        `${sum(`net_${w}`, `net_${w} > 0`)} AS pos_${side}_${w}`,
        `${sum(`CAST(net_${w} AS ${dialect.wide}) * CAST(net_${w} AS ${dialect.wide})`, `net_${w} > 0`)} AS sqr_${side}_${w}`,
        `count(*) ${when(`(mask & ${bits(0, w)}) <> 0`)} AS parties_${side}_${w}`,
        `${sum(dialect.popcount(`(mask & ${bits(0, w)})`), `mask <> 0`)} AS partymonths_${side}_${w}`,
        ...[1, 3, 5, 10].map((top) => `${sum(`net_${w}`, `net_${w} > 0 AND rank_${w} <= ${top}`)} AS top${top}_${side}_${w}`),
      ]),
      `count(*) ${when(test.gained)} AS gained_${side}`,
      `count(*) ${when(test.lost)} AS lost_${side}`,
      `count(*) ${when(test.kept)} AS kept_${side}`,
      `count(*) ${when(test.before)} AS before_${side}`,
      `${sum("net_12", `net_12 > 0 AND ${test.gained}`)} AS newnet_${side}`,
      `${sum("net_12", `net_12 > 0 AND ${test.repeat}`)} AS repeatnet_${side}`,
      `${sum("net_12", `net_12 > 0 AND ${test.core}`)} AS corenet_${side}`,
      `${sum(dialect.popcount(`(mask_red & ${bits(0, 24)})`), "mask_red <> 0")} AS redmonths_${side}`,
      `${sum(dialect.popcount(`(mask_late & ${bits(0, 24)})`), "mask_red <> 0")} AS latemonths_${side}`,
    ];
  });
  return `SELECT enterprise,\n    ${columns.join(",\n    ")}\n  FROM ranked GROUP BY enterprise`;
};

/**
 * Theil–Sen: the median of the slopes between every two months with sales. `k` counts back, so the newer month has
 * the smaller one. At least six months, that is fifteen pairs, or there is no trend to speak of.
 */
const trendCte = (side: Side, window: number) => `SELECT newer.enterprise,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY (newer.y - older.y) / (older.k - newer.k)) AS trend_${side}_${window}
  FROM points AS newer JOIN points AS older ON newer.enterprise = older.enterprise AND newer.is_sale = older.is_sale AND newer.k < older.k
  WHERE ${isSale(side).replace("is_sale", "newer.is_sale")} AND older.k < ${window}
  GROUP BY newer.enterprise HAVING count(*) >= 15`;

const bankCte = (dialect: Dialect, asOf: IsoDate, bank: string) => {
  const trade = "(kind IS NULL OR kind = 'transfer' OR kind = 'cash')";
  const columns = [3, 6, 12].flatMap((w) => {
    const sum = (column: string, test: string) => `coalesce(sum(${column}) FILTER (WHERE k < ${w} AND ${test}), 0)`;
    return [
      `${sum("amount_fen", `amount_fen > 0 AND ${trade}`)} AS bin_${w}`,
      `${sum("-amount_fen", `amount_fen < 0 AND ${trade}`)} AS bout_${w}`,
      `${sum("amount_fen", "amount_fen > 0")} AS ball_in_${w}`,
      `${sum("amount_fen", "amount_fen > 0 OR amount_fen < 0")} AS bnet_${w}`,
      `min(balance_fen) FILTER (WHERE k < ${w}) AS bmin_${w}`,
      `${sum("amount_fen", "amount_fen > 0 AND kind = 'cash'")} AS bcash_${w}`,
      `${sum("amount_fen", "amount_fen > 0 AND kind = 'loan'")} AS bloan_in_${w}`,
      `${sum("-amount_fen", "amount_fen < 0 AND kind = 'loan'")} AS bloan_out_${w}`,
      `${sum("-amount_fen", "amount_fen < 0 AND kind = 'interest'")} AS binterest_${w}`,
      `${sum("-amount_fen", "amount_fen < 0 AND kind = 'tax'")} AS btax_${w}`,
      `count(*) FILTER (WHERE k < ${w} AND kind = 'return') AS breturn_${w}`,
      `coalesce(bit_or(${dialect.bit("k")}) FILTER (WHERE k < ${w} AND amount_fen < 0 AND kind = 'salary'), 0) AS bsalary_${w}`,
      `coalesce(bit_or(${dialect.bit("k")}) FILTER (WHERE k < ${w} AND amount_fen > 0 AND ${trade}), 0) AS bactive_${w}`,
      `${sum("wday", `amount_fen > 0 AND ${trade}`)} AS bwday_${w}`,
    ];
  });
  const pivot = months(0, 12).map((k) => `coalesce(sum(amount_fen) FILTER (WHERE k = ${k} AND amount_fen > 0 AND ${trade}), 0) AS b_${k}`);
  return `SELECT enterprise, count(*) AS has_b, max(k) + 1 AS bhist,
    ${[...columns, ...pivot].join(",\n    ")}
  FROM (
    SELECT enterprise, amount_fen, balance_fen, kind,
      CAST(amount_fen AS ${dialect.wide}) * ${dialect.days("booked_on", `DATE '${asOf}'`)} AS wday,
      CASE WHEN k_exact > ${OLDEST_MONTH} THEN ${OLDEST_MONTH} ELSE k_exact END AS k
    FROM (
      SELECT *, ${monthsBeforeSql(dialect, asOf, "booked_on")} AS k_exact
      FROM ${bank} AS lake WHERE booked_on <= DATE '${asOf}' AND currency = 'CNY'
    ) AS dated
  ) AS rolled GROUP BY enterprise`;
};

/**
 * Columns of CTE `shape`, in layers: a layer may name those below it and the monthly columns of `wide`. What takes a
 * loop elsewhere is built up by halves here, so that the statement stays short enough to be planned in milliseconds.
 */
const shapeLayers = (dialect: Dialect): readonly ReadonlyMap<string, string>[] => {
  const base = new Map<string, string>();
  const second = new Map<string, string>();
  const third = new Map<string, string>();
  const fourth = new Map<string, string>();
  const last = new Map<string, string>();
  const and = (...parts: readonly string[]) => `(${parts.join(" & ")})`;
  const shift = (name: string, by: number) => (by === 0 ? name : dialect.shiftRight(name, by));
  for (const side of ["s", "p"] as const) {
    const month = (k: number) => `m_${side}_${k}`;
    const quarter = (k: number) => `q_${side}_${k}`;
    for (const k of months(0, 22)) base.set(quarter(k), `${month(k)} + ${month(k + 1)} + ${month(k + 2)}`);
    for (const window of [12, 24]) {
      const name = `${side}_${window}`;
      // Longest run of empty months. Bit k of `run4` says that months k to k + 3 are empty, and so on.
      base.set(`run1_${name}`, `(~mask_${side} & ${bits(0, window)})`);
      second.set(`run2_${name}`, and(`run1_${name}`, shift(`run1_${name}`, 1)));
      third.set(`run4_${name}`, and(`run2_${name}`, shift(`run2_${name}`, 2)));
      fourth.set(`run8_${name}`, and(`run4_${name}`, shift(`run4_${name}`, 4)));
      const run = (length: number): string => {
        const parts: string[] = [];
        for (let at = 0; at < length;) {
          const step = [8, 4, 2, 1].find((size) => size <= length - at)!;
          parts.push(shift(`run${step}_${name}`, at));
          at += step;
        }
        return parts.join(" & ");
      };
      const longest = months(1, window + 1)
        .reverse()
        .map((length) => `WHEN (${run(length)}) <> 0 THEN ${length}`);
      last.set(`gap_${name}`, `CASE ${longest.join(" ")} ELSE 0 END`);

      // The deepest fall of a rolling quarter from an earlier peak; a quarter that red letters turn negative counts as zero.
      const starts = months(0, window - 2);
      const BLOCK = 5;
      const blocks = starts.filter((k) => k % BLOCK === 0);
      for (const from of blocks)
        second.set(
          `block_${name}_${from}`,
          `greatest(${starts
            .filter((k) => k >= from && k < from + BLOCK)
            .map(quarter)
            .join(", ")})`,
        );
      const falls = starts.slice(0, -1).map((k) => {
        const own = starts.filter((other) => other >= k && Math.floor(other / BLOCK) === Math.floor(k / BLOCK)).map(quarter);
        const older = blocks.filter((from) => from > k).map((from) => `block_${name}_${from}`);
        third.set(`peak_${name}_${k}`, `greatest(${[...own, ...older, "0"].join(", ")})`);
        const peak = `peak_${name}_${k}`;
        return `CASE WHEN ${peak} > 0 THEN 1 - CAST(greatest(${quarter(k)}, 0) AS @double) / CAST(${peak} AS @double) END`;
      });
      last.set(`fall_${name}`, `greatest(${falls.join(", ")})`);
    }
  }
  return [base, second, third, fourth, last];
};

/** Columns computed beside the joined ones, in one step. */
const flatColumns = (dialect: Dialect): ReadonlyMap<string, string> => {
  const flat = new Map<string, string>();
  for (const side of ["s", "p"] as const) {
    const month = (k: number) => `m_${side}_${k}`;
    const quarter = (k: number) => `${month(k)} + ${month(k + 1)} + ${month(k + 2)}`;
    for (const k of [0, 3, 6, 9]) flat.set(`q_${side}_${k}`, quarter(k));
    const products = (from: number, to: number, lag: number) =>
      months(from, to)
        .map((k) => `${month(k)} * ${month(k + lag)}`)
        .join(" + ");
    for (const window of [6, 12, 24]) flat.set(`square_${side}_${window}`, products(0, window, 0));
    flat.set(`lagged_${side}`, products(0, 12, 12));
    flat.set(`square_before_${side}`, products(12, 24, 0));
    flat.set(`best_month_${side}`, `greatest(${months(0, 12).map(month).join(", ")})`);
    flat.set(`best_quarter_${side}`, `greatest(${[0, 3, 6, 9].map(quarter).join(", ")})`);
    for (const window of [3, 6, 12, 24, 36]) flat.set(`act_${side}_${window}`, dialect.popcount(`(mask_${side} & ${bits(0, window)})`));
    flat.set(`since_${side}`, dialect.days(`last_${side}_on`, "@asOf"));
  }
  for (const window of [3, 6, 12, 24, 36]) flat.set(`act_b_${window}`, dialect.popcount(`((mask_s | mask_p) & ${bits(0, window)})`));
  flat.set(
    "square_b",
    months(0, 12)
      .map((k) => `b_${k} * b_${k}`)
      .join(" + "),
  );
  for (const name of ["salary", "active"]) flat.set(`months_b${name}`, dialect.popcount(`b${name}_12`));
  return flat;
};

const namesIn = (text: string): ReadonlySet<string> => new Set(text.match(/\b[a-z]\w*\b/g));
type Column = readonly [name: string, sql: string];
const sqlOf = (columns: readonly Column[]) => columns.map(([, sql]) => sql).join("\n");

/** Of each layer what the layers above it and the expressions name. */
const usedLayers = (layers: readonly ReadonlyMap<string, string>[], expressions: string): readonly (readonly Column[])[] => {
  let text = expressions;
  return layers
    .toReversed()
    .map((layer) => {
      const named = namesIn(text);
      const used = [...layer].filter(([name]) => named.has(name));
      text = `${used.map(([, sql]) => sql).join("\n")}\n${text}`;
      return used;
    })
    .toReversed();
};

/** The layers one above the other; each passes on only what those above it name. */
const shapeCte = (layers: readonly (readonly Column[])[]): string => {
  const made = new Set(layers.flat().map(([name]) => name));
  const above = (index: number) => namesIn(layers.slice(index).map(sqlOf).join("\n"));
  const given = [...above(0)].filter((name) => /^(m|mask)_[sp]/.test(name) && !made.has(name));
  let statement = `SELECT enterprise, ${given.join(", ")} FROM wide`;
  let known = given;
  for (const [index, layer] of layers.entries()) {
    if (layer.length === 0) continue;
    const needed = above(index + 1);
    const passed = known.filter((name) => needed.has(name) || /^(gap|fall)_/.test(name));
    statement = `SELECT ${["enterprise", ...passed, ...layer.map(([name, sql]) => `${sql} AS ${name}`)].join(", ")}\n  FROM (${statement}) AS layer_${index}`;
    known = [...passed, ...layer.map(([name]) => name)];
  }
  return statement;
};

/**
 * The whole catalogue as one statement: `enterprise` and one column a feature, a double or null. Every figure is a
 * closed expression over exact integer sums, so the same rows give the same bits in any order and any files.
 */
export const compile = (options: CompileOptions): string => {
  const dialect = dialects[options.dialect];
  const { asOf } = options;
  const features = (options.features ?? catalogue).filter((feature) => feature.sql !== null);
  const available = features.filter((feature) => feature.needs !== "bank" || options.bank !== null);
  const expressions = available.map((feature) => feature.sql!).join("\n");
  const named = namesIn(expressions);
  const flat = [...flatColumns(dialect)].filter(([name]) => named.has(name));
  const shape = usedLayers(shapeLayers(dialect), expressions);
  const text = [expressions, sqlOf(flat), ...shape.map(sqlOf)].join("\n");
  const uses = (pattern: RegExp) => pattern.test(text);
  const trends = [...new Set([...text.matchAll(/\btrend_([sp])_(\d+)\b/g)].map((match) => match[0]))].map(
    (name) => name.split("_") as [string, Side, string],
  );
  const withParties = uses(
    /\b(pos|sqr|parties|partymonths|top\d+|gained|lost|kept|before|newnet|repeatnet|corenet|redmonths|latemonths)_[sp]/,
  );

  const ctes: [name: string, sql: string][] = [];
  ctes.push(["months", monthsCte(options)]);
  ctes.push(["wide", wideCte(dialect, asOf, text)]);
  const joined = ["wide"];
  if (withParties) {
    ctes.push(
      ["parties", options.parties ? `SELECT * FROM ${options.parties}` : compileParties(options)],
      ["ranked", rankedCte(dialect)],
      ["sides", sidesCte(dialect)],
    );
    joined.push("sides");
  }
  const finish = (sql: string) => sql.replaceAll("@asOf", `DATE '${asOf}'`).replaceAll("@double", dialect.double);
  if (shape.at(-1)!.length > 0) {
    ctes.push(["shape", finish(shapeCte(shape))]);
    joined.push("shape");
  }
  if (uses(/\bin_sequence\b/)) {
    ctes.push(["runs", runsCte(options)]);
    joined.push("runs");
  }
  if (trends.length > 0) {
    ctes.push(["points", `SELECT enterprise, is_sale, k, ln(CAST(net AS ${dialect.double})) AS y FROM months WHERE net > 0 AND k < 24`]);
    for (const [, side, window] of trends) {
      ctes.push([`trend_${side}${window}`, trendCte(side, Number(window))]);
      joined.push(`trend_${side}${window}`);
    }
  }
  if (options.bank !== null) {
    ctes.push(["cash", bankCte(dialect, asOf, options.bank)]);
    joined.push("cash");
  }
  const everybody = options.bank === null ? "SELECT enterprise FROM wide" : "SELECT enterprise FROM wide UNION SELECT enterprise FROM cash";
  ctes.push(["everybody", everybody]);
  const selected = features.map((feature) =>
    available.includes(feature)
      ? `CAST(${finish(feature.sql!)} AS ${dialect.double}) AS ${feature.id}`
      : `CAST(NULL AS ${dialect.double}) AS ${feature.id}`,
  );
  return `WITH ${ctes.map(([name, sql]) => `${name} AS (\n  ${sql}\n)`).join(", ")}
SELECT enterprise,
  ${selected.join(",\n  ")}
FROM (
  SELECT *${flat.map(([name, sql]) => `, ${finish(sql)} AS ${name}`).join("")}
  FROM everybody
  ${joined.map((name) => `LEFT JOIN ${name} USING (enterprise)`).join("\n  ")}
) AS figures`;
};
