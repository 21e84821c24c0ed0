import type { AllocateBody } from "@zhiwei/api/portfolio";

/** What the form asks, as it stands in the address: money in 10,000 yuan, rates and shares in percent. */
export const DEFAULTS = {
  budget: "10000",
  kind: "nominal",
  min: "10",
  max: "100",
  low: "4",
  high: "15",
  lgd: "50",
  funding: "3",
  interest: "survivors",
  cap: "",
  turnover: "",
  mean: "",
  step: "",
  who: "unseen",
  scenario: "",
  measure: "loss-quantile",
} as const;
export type Field = keyof typeof DEFAULTS;
export type Fields = Readonly<Record<Field, string>>;

export const FIELDS = Object.keys(DEFAULTS) as Field[];
export const NUMBERS = ["budget", "min", "max", "low", "high", "lgd", "funding", "cap", "turnover", "mean"] as const;
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(["cap", "turnover", "mean"]);

export const fieldsOf = (params: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(FIELDS.map((field) => [field, params[field] ?? DEFAULTS[field]])) as Fields;

/** The numbers that cannot be read. */
export const unreadable = (fields: Fields): Field[] =>
  NUMBERS.filter((field) => !(fields[field] === "" && MAY_BE_EMPTY.has(field)) && !/^\d{1,9}(\.\d{1,6})?$/.test(fields[field].trim()));

// Decimal places are kept as people typed them: 4.35 % is 0.0435.
const share = (text: string) => Number((Number(text) / 100).toPrecision(12));
const fen = (text: string) => Math.round(Number(text) * 1_000_000);

/** The request of readable fields. */
export const bodyOf = (fields: Fields): AllocateBody => {
  const budgetFen = fen(fields.budget);
  return {
    budgetFen,
    budgetKind: fields.kind === "expected-disbursed" ? "expected-disbursed" : "nominal",
    minFen: fen(fields.min),
    maxFen: fen(fields.max),
    rateMin: share(fields.low),
    rateMax: share(fields.high),
    rateStep: fields.step === "" ? null : share(fields.step),
    lgd: share(fields.lgd),
    funding: share(fields.funding),
    interest: fields.interest === "all" ? "all" : "survivors",
    limits: fields.cap === "" ? [] : [{ kind: "sector", code: "*", limitFen: Math.floor(budgetFen * share(fields.cap)) }],
    turnoverShare: fields.turnover === "" ? null : share(fields.turnover),
    centralTendency: fields.mean === "" ? null : share(fields.mean),
    enterprises: fields.who === "seen" || fields.who === "all" ? fields.who : "unseen",
    scenario: fields.scenario === "" ? null : fields.scenario,
  };
};
