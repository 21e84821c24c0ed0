/**
 * What DuckDB, PostgreSQL and Spark SQL write differently. Everything else in the compiled SQL is common to the three:
 * FILTER, window functions, integer arithmetic, CASE.
 */
export type Dialect = {
  readonly name: DialectName;
  /** Name of the 64-bit floating type. */
  readonly double: string;
  readonly bigint: string;
  /** An exact integer type of at least 38 digits: sums of squares of fen do not fit 64 bits. */
  readonly wide: string;
  readonly year: (day: string) => string;
  readonly month: (day: string) => string;
  readonly day: (day: string) => string;
  /** Days from `from` to `to`, an integer. */
  readonly days: (from: string, to: string) => string;
  /** 2 to the power of `exponent`, 0 to 61. */
  readonly bit: (exponent: string) => string;
  readonly shiftRight: (value: string, by: number) => string;
  readonly popcount: (value: string) => string;
  /** The last nine digits of an invoice number as an integer; null where it is not made of digits. */
  readonly serial: (number: string) => string;
};
export type DialectName = "duckdb" | "postgres" | "spark";

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  duckdb: {
    name: "duckdb",
    double: "DOUBLE",
    bigint: "BIGINT",
    wide: "HUGEINT",
    year: (day) => `year(${day})`,
    month: (day) => `month(${day})`,
    day: (day) => `day(${day})`,
    days: (from, to) => `(${to} - ${from})`,
    bit: (exponent) => `(CAST(1 AS BIGINT) << CAST(${exponent} AS BIGINT))`,
    shiftRight: (value, by) => `(${value} >> ${by})`,
    popcount: (value) => `bit_count(${value})`,
    serial: (number) => `TRY_CAST(right(${number}, 9) AS BIGINT)`,
  },
  postgres: {
    name: "postgres",
    double: "double precision",
    bigint: "bigint",
    wide: "numeric",
    year: (day) => `CAST(extract(year FROM ${day}) AS integer)`,
    month: (day) => `CAST(extract(month FROM ${day}) AS integer)`,
    day: (day) => `CAST(extract(day FROM ${day}) AS integer)`,
    days: (from, to) => `(${to} - ${from})`,
    bit: (exponent) => `(CAST(1 AS bigint) << CAST(${exponent} AS integer))`,
    shiftRight: (value, by) => `(${value} >> ${by})`,
    popcount: (value) => `bit_count(CAST(CAST(${value} AS bigint) AS bit(64)))`,
    serial: (number) => `CASE WHEN right(${number}, 9) ~ '^[0-9]+$' THEN CAST(right(${number}, 9) AS bigint) END`,
  },
  spark: {
    name: "spark",
    double: "DOUBLE",
    bigint: "BIGINT",
    wide: "DECIMAL(38, 0)",
    year: (day) => `year(${day})`,
    month: (day) => `month(${day})`,
    day: (day) => `day(${day})`,
    days: (from, to) => `datediff(${to}, ${from})`,
    bit: (exponent) => `shiftleft(CAST(1 AS BIGINT), CAST(${exponent} AS INT))`,
    shiftRight: (value, by) => `shiftright(${value}, ${by})`,
    popcount: (value) => `bit_count(${value})`,
    serial: (number) => `TRY_CAST(right(${number}, 9) AS BIGINT)`,
  },
};
