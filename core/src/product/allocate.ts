/**
 * Allocation of a lending budget 信贷额度分配: which enterprises are offered how much at which rate, so that the expected profit of the year is
 * greatest. Per yuan that is offered at the rate r a year to an enterprise of grade g with the probability of default p:
 *
 *     disbursed   d = 1 − churn(g, r)                        share of customers of the grade who stay at that rate
 *     interest    d · (1 − p) · r                            earned on the loans that do not default (or on all: `interest: "all"`)
 *     loss        d · p · lgd                                of the principal
 *     funding     d · funding                                cost of money, for the whole year, on all that is disbursed
 *     profit      interest − loss − funding
 *
 * All rates are decimals a year, the loan runs a year, an offer is 0 or an amount from `minFen` to `maxFen`. The budget holds what is
 * offered (`nominal`) or what is expected to be drawn (`expected-disbursed`, offered · d); limits on sectors and regions are in the
 * same measure. An expected amount need not be a whole number of fen, an offer is.
 *
 * Source of the question: problem C of the 2020 China Undergraduate Mathematical Contest in Modeling.
 */
import { type Problem, type Result, err, ok, problem } from "../basics/index.ts";
import { type Certificate, type Pieces, type Row, certifiedBound, share } from "./allocate-solve.ts";

/** Share of the customers of a grade who leave when a rate is asked of them. Rates rise; grades stand best first. */
export type ChurnTable = {
  readonly rates: readonly number[];
  readonly grades: readonly { readonly grade: string; readonly churn: readonly number[] }[];
};

/** An enterprise that may be offered a loan. */
export type Applicant = {
  readonly enterprise: string;
  readonly grade: string;
  /** Probability of default within the year. */
  readonly pd: number;
  /** Section of GB/T 4754-2017 and region of GB/T 2260; null where they are not known. */
  readonly sector: string | null;
  readonly region: string | null;
  /** Net sales of the last twelve months, fen. */
  readonly turnoverFen: number | null;
};

/** At most so much, in the measure of the budget, for all of a sector or region together. `code: "*"`: for each of them. */
export type GroupLimit = { readonly kind: "sector" | "region"; readonly code: string; readonly limitFen: number };

export type BudgetKind = "nominal" | "expected-disbursed";

export type AllocationTerms = {
  readonly budgetFen: number;
  readonly budgetKind: BudgetKind;
  readonly minFen: number;
  readonly maxFen: number;
  readonly rateMin: number;
  readonly rateMax: number;
  /** Rates between those of the table, this far apart, with churn on a straight line; null: the table's rates alone. */
  readonly rateStep: number | null;
  readonly lgd: number;
  readonly funding: number;
  readonly interest: "survivors" | "all";
  readonly limits: readonly GroupLimit[];
  /** No single enterprise is offered more (单一客户限额), beside `maxFen`. */
  readonly singleNameFen: number | null;
  /** No enterprise is offered more than this share of its net sales of twelve months; one without known sales is then offered nothing. */
  readonly turnoverShare: number | null;
  readonly refusedGrades: readonly string[];
};

export const termDefaults = {
  budgetKind: "nominal",
  rateStep: null,
  lgd: 0.5,
  funding: 0.03,
  interest: "survivors",
  limits: [],
  singleNameFen: null,
  turnoverShare: null,
  refusedGrades: ["D"],
} as const satisfies Partial<AllocationTerms>;

/** A code that stands for enterprises whose sector or region is not known. */
export const UNKNOWN_GROUP = "unknown";

/** What a yuan offered at a rate brings. */
export type Quote = {
  readonly rate: number;
  readonly churn: number;
  readonly interest: number;
  readonly loss: number;
  readonly funding: number;
  readonly profit: number;
};

/** An offer and what is expected of it; sums of money are expected values in fen. */
export type Placement = Applicant & {
  readonly amountFen: number;
  readonly rate: number;
  readonly churn: number;
  readonly disbursedFen: number;
  readonly interestFen: number;
  readonly lossFen: number;
  readonly fundingFen: number;
  readonly profitFen: number;
  /** What a yuan offered is worth at this rate and at its neighbours, after paying for the budget it uses: why this rate. */
  readonly why: readonly { readonly rate: number; readonly churn: number; readonly profit: number; readonly worth: number }[];
};

/** Why an enterprise is offered nothing. */
export type RefusedBecause = "grade" | "no-profitable-rate" | "below-minimum" | "better-use";
export type Refused = Applicant & {
  readonly because: RefusedBecause;
  /** The best that a yuan offered to it could bring. */
  readonly best: Quote | null;
};

export type LimitUse = {
  readonly kind: "budget" | GroupLimit["kind"];
  readonly code: string | null;
  readonly limitFen: number;
  readonly usedFen: number;
  /** What another yuan of it would bring at the margin. */
  readonly price: number;
};

export type AllocationTotals = {
  readonly enterprises: number;
  readonly offeredFen: number;
  readonly disbursedFen: number;
  readonly interestFen: number;
  readonly lossFen: number;
  readonly fundingFen: number;
  readonly profitFen: number;
};

export type Allocation = {
  readonly terms: AllocationTerms;
  readonly totals: AllocationTotals;
  /** No allocation within the terms is expected to bring more. */
  readonly boundFen: number;
  readonly gapFen: number;
  /** Whether the search ended with the bound reached to within the tolerance; otherwise it used up its nodes and the gap says what may be missed. */
  readonly proven: boolean;
  readonly nodes: number;
  readonly placements: readonly Placement[];
  readonly refused: readonly Refused[];
  readonly limits: readonly LimitUse[];
  readonly certificate: Certificate;
};

const bad = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string) => err(problem(code, zh, en, remedyZh, remedyEn));

/**
 * Reads a table of churn: a header whose first column is the rate and whose others end in the name of a grade (客户流失率_信誉评级A,
 * or just A), then a line for each rate with shares from 0 to 1. Errors: `churn-table`.
 */
export const churnTable = (text: string): Result<ChurnTable, Problem> => {
  const refuse = (zh: string, en: string) =>
    bad(
      "churn-table",
      `客户流失率表无法使用：${zh}。`,
      `The table of churn cannot be used: ${en}.`,
      "首列为年利率，其余每列一个等级，每行一个利率，取值为 0 至 1 的小数。",
      "The first column is the rate a year, each other a grade, each line a rate; values are decimals from 0 to 1.",
    );
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((cell) => cell.trim()));
  const [header, ...body] = lines;
  if (!header || header.length < 2 || body.length < 1) return refuse("没有数据", "it has no data");
  const names = header.slice(1).map((name) => /[A-Za-z0-9+-]+$/.exec(name)?.[0] ?? name);
  if (new Set(names).size !== names.length || names.includes(""))
    return refuse("等级名重复或为空", "names of grades repeat or are missing");
  const numbers: number[][] = [];
  for (const [at, line] of body.entries()) {
    const values = line.map((cell) => (/^\d*\.?\d+(?:e-?\d+)?$/i.test(cell) ? Number(cell) : Number.NaN));
    if (values.length !== header.length || !values.every((value) => value >= 0 && value <= 1))
      return refuse(
        `第 ${at + 2} 行应有 ${header.length} 个 0 至 1 的数`,
        `line ${at + 2} should have ${header.length} numbers from 0 to 1`,
      );
    if (at > 0 && !(values[0]! > numbers[at - 1]![0]!))
      return refuse(`第 ${at + 2} 行的利率没有递增`, `the rate of line ${at + 2} does not rise`);
    numbers.push(values);
  }
  return ok({
    rates: numbers.map((line) => line[0]!),
    grades: names.map((grade, column) => ({ grade, churn: numbers.map((line) => line[column + 1]!) })),
  });
};

/** Rates within the bounds: those of the table and, with a step, those between; churn on the straight line between two rates of the table. */
export const ratesOf = (
  table: ChurnTable,
  grade: string,
  terms: Pick<AllocationTerms, "rateMin" | "rateMax" | "rateStep">,
): { readonly rate: number; readonly churn: number }[] => {
  const churn = table.grades.find((each) => each.grade === grade)?.churn;
  if (!churn) return [];
  const { rates } = table;
  const found = new Map<number, number>();
  // Rates are told apart to a millionth, so that 0.0465 as a step and 0.0465 of the table are one.
  const key = (rate: number) => Math.round(rate * 1e6);
  const low = key(terms.rateMin);
  const high = key(terms.rateMax);
  if (terms.rateStep !== null) {
    const step = Math.max(1, key(terms.rateStep));
    let segment = 0;
    for (let at = low; at <= high; at += step) {
      const rate = at / 1e6;
      if (at < key(rates[0]!) || at > key(rates.at(-1)!)) continue;
      while (segment < rates.length - 2 && key(rates[segment + 1]!) < at) segment++;
      const next = Math.min(segment + 1, rates.length - 1);
      const share = next === segment ? 0 : (rate - rates[segment]!) / (rates[next]! - rates[segment]!);
      found.set(at, churn[segment]! + share * (churn[next]! - churn[segment]!));
    }
  }
  for (const [at, rate] of rates.entries()) if (key(rate) >= low && key(rate) <= high) found.set(key(rate), churn[at]!);
  return [...found].toSorted(([a], [b]) => a - b).map(([rate, share]) => ({ rate: rate / 1e6, churn: share }));
};

/** What a yuan offered at each possible rate brings. Empty for a grade that is not lent to. */
export const quotes = (
  table: ChurnTable,
  { grade, pd }: Pick<Applicant, "grade" | "pd">,
  terms: Pick<AllocationTerms, "rateMin" | "rateMax" | "rateStep" | "lgd" | "funding" | "interest" | "refusedGrades">,
): Quote[] => {
  if (terms.refusedGrades.includes(grade)) return [];
  return ratesOf(table, grade, terms).map(({ rate, churn }) => {
    const disbursed = 1 - churn;
    const interest = disbursed * (terms.interest === "survivors" ? 1 - pd : 1) * rate;
    const loss = disbursed * pd * terms.lgd;
    const funding = disbursed * terms.funding;
    return { rate, churn, interest, loss, funding, profit: interest - loss - funding };
  });
};

/** The most that an enterprise may be offered, whole fen. */
export const mostFor = (applicant: Applicant, terms: AllocationTerms): number => {
  let most = terms.maxFen;
  if (terms.singleNameFen !== null) most = Math.min(most, terms.singleNameFen);
  if (terms.turnoverShare !== null) most = Math.min(most, Math.max(0, Math.floor(terms.turnoverShare * (applicant.turnoverFen ?? 0))));
  return most;
};

export const checkTerms = (terms: AllocationTerms, table: ChurnTable): Problem | null => {
  const wrong = (zh: string, en: string): Problem =>
    problem(
      "allocation-terms",
      `分配条件不成立：${zh}。`,
      `The terms of the allocation do not hold together: ${en}.`,
      "请核对预算、额度、利率与比例。",
      "Check budget, amounts, rates and shares.",
    );
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (!whole(terms.budgetFen) || !whole(terms.minFen) || !whole(terms.maxFen))
    return wrong("金额须为非负整数分", "amounts must be whole fen, not negative");
  if (terms.minFen === 0 || terms.minFen > terms.maxFen)
    return wrong("最低额度须大于零且不超过最高额度", "the least amount must be above zero and not above the most");
  if (!(terms.rateMin >= 0 && terms.rateMin <= terms.rateMax && terms.rateMax <= 1))
    return wrong(
      "利率上下限须为 0 至 1 的小数且下限不高于上限",
      "bounds of the rate must be decimals from 0 to 1, the lower not above the upper",
    );
  if (terms.rateStep !== null && !(terms.rateStep >= 1e-5 && terms.rateStep <= 1))
    return wrong("利率步长至少为 0.00001", "the step of the rate must be at least 0.00001");
  if (!(terms.lgd >= 0 && terms.lgd <= 1 && terms.funding >= 0 && terms.funding <= 1))
    return wrong("违约损失率与资金成本须为 0 至 1 的小数", "loss given default and funding cost must be decimals from 0 to 1");
  if (terms.singleNameFen !== null && !whole(terms.singleNameFen))
    return wrong("单一客户限额须为非负整数分", "the single-name limit must be whole fen");
  if (terms.turnoverShare !== null && !(terms.turnoverShare >= 0))
    return wrong("营收比例不得为负", "the share of turnover must not be negative");
  if (!terms.limits.every((limit) => whole(limit.limitFen))) return wrong("分组限额须为非负整数分", "limits of groups must be whole fen");
  if (!table.grades.some(({ grade }) => ratesOf(table, grade, terms).length > 0))
    return wrong("上下限之间没有任何利率", "no rate of the table lies between the bounds");
  return null;
};

/** A price on risk, for the efficient frontier: subtracted from the profit of a yuan disbursed to the applicant. */
export type RiskCharge = (applicant: Applicant) => number;

/** The mathematical program of an allocation, so that solver, checker and bench read the very same one. */
export type Program = {
  readonly items: readonly Pieces[];
  readonly rows: readonly Row[];
  readonly limits: readonly Pick<LimitUse, "kind" | "code" | "limitFen">[];
  /** The applicant of each item, and the quote of each of its pieces. */
  readonly of: readonly { readonly applicant: Applicant; readonly quotes: readonly Quote[] }[];
};

export const programOf = (
  applicants: readonly Applicant[],
  table: ChurnTable,
  terms: AllocationTerms,
  charge: RiskCharge = () => 0,
): Program => {
  const items: Pieces[] = [];
  const of: { applicant: Applicant; quotes: Quote[] }[] = [];
  for (const applicant of applicants) {
    const most = mostFor(applicant, terms);
    if (most < terms.minFen) continue;
    const price = charge(applicant);
    const worth = (quote: Quote) => quote.profit - price * (1 - quote.churn);
    let used = quotes(table, applicant, terms).filter((quote) => quote.churn < 1 && worth(quote) > 0);
    // Where the budget counts what is offered, all rates use it alike: the best one is enough.
    if (terms.budgetKind === "nominal" && used.length > 1)
      used = [used.reduce((best, quote) => (worth(quote) > worth(best) ? quote : best))];
    if (used.length === 0) continue;
    const weight = (quote: Quote) => (terms.budgetKind === "nominal" ? 1 : 1 - quote.churn);
    items.push({
      from: Float64Array.from(used, (quote) => terms.minFen * weight(quote)),
      to: Float64Array.from(used, (quote) => most * weight(quote)),
      ratio: Float64Array.from(used, (quote) => worth(quote) / weight(quote)),
    });
    of.push({ applicant, quotes: used });
  }
  const rows: Row[] = [{ limit: terms.budgetFen, members: items.map((_, i) => i) }];
  const limits: Pick<LimitUse, "kind" | "code" | "limitFen">[] = [{ kind: "budget", code: null, limitFen: terms.budgetFen }];
  for (const { kind, code, limitFen } of terms.limits) {
    const groupOf = ({ applicant }: { applicant: Applicant }) => applicant[kind] ?? UNKNOWN_GROUP;
    const codes = code === "*" ? [...new Set(of.map(groupOf))].toSorted() : [code];
    for (const each of codes) {
      const members = of.flatMap((one, i) => (groupOf(one) === each ? [i] : []));
      if (members.length === 0) continue;
      rows.push({ limit: limitFen, members });
      limits.push({ kind, code: each, limitFen });
    }
  }
  return { items, rows, limits, of };
};

/** What may be missed at most where an allocation is called proven: a yuan, or a millionth of the profit if that is more. */
const TOLERANCE_FEN = 100;
const RELATIVE_TOLERANCE = 1e-6;
const MOST_NODES = 1000;
/** A node's work grows with the limits: with many of them there are fewer nodes, so that an answer does not take minutes. */
const MOST_NODES_TIMES_LIMITS = 20_000;

export type AllocateOptions = {
  readonly toleranceFen?: number;
  readonly relativeTolerance?: number;
  readonly mostNodes?: number;
  readonly charge?: RiskCharge;
};

/**
 * The allocation of the highest expected profit, with the bound that proves it. Refuses terms that cannot hold (`allocation-terms`).
 * With a `charge` on risk the objective is profit less the charge, and so is the bound; totals are of profit alone.
 */
export const allocate = (
  applicants: readonly Applicant[],
  table: ChurnTable,
  terms: AllocationTerms,
  { toleranceFen = TOLERANCE_FEN, relativeTolerance = RELATIVE_TOLERANCE, mostNodes, charge }: AllocateOptions = {},
): Result<Allocation, Problem> => {
  const wrong = checkTerms(terms, table);
  if (wrong) return err(wrong);
  const program = programOf(applicants, table, terms, charge);
  const { items, rows, limits, of } = program;
  const shared = share(items, rows, {
    tolerance: toleranceFen,
    relative: relativeTolerance,
    mostNodes: mostNodes ?? Math.min(MOST_NODES, Math.ceil(MOST_NODES_TIMES_LIMITS / rows.length)),
  });
  const priceOf = new Float64Array(items.length);
  for (const [r, row] of rows.entries()) for (const i of row.members) priceOf[i]! += shared.prices[r]!;

  const used = new Float64Array(rows.length);
  const placements: Placement[] = [];
  const placed = new Set<string>();
  let charged = 0;
  for (const [i, { applicant, quotes: own }] of of.entries()) {
    const piece = shared.piece[i]!;
    if (piece < 0) continue;
    const quote = own[piece]!;
    const disbursed = 1 - quote.churn;
    const weight = terms.budgetKind === "nominal" ? 1 : disbursed;
    const exact = shared.taken[i]! / weight;
    // A part of a fen is not offered; what is a whole amount but for the last digits of the arithmetic is that amount.
    const amountFen = Math.abs(exact - Math.round(exact)) < 1e-6 ? Math.round(exact) : Math.floor(exact);
    if (amountFen < terms.minFen) continue;
    placed.add(applicant.enterprise);
    for (const [r, row] of rows.entries()) if (row.members.includes(i)) used[r]! += amountFen * weight;
    const all = quotes(table, applicant, terms);
    const at = all.findIndex((each) => each.rate === quote.rate);
    const risk = charge?.(applicant) ?? 0;
    charged += amountFen * disbursed * risk;
    placements.push({
      ...applicant,
      amountFen,
      rate: quote.rate,
      churn: quote.churn,
      disbursedFen: amountFen * disbursed,
      interestFen: amountFen * quote.interest,
      lossFen: amountFen * quote.loss,
      fundingFen: amountFen * quote.funding,
      profitFen: amountFen * quote.profit,
      why: all.slice(Math.max(0, at - 1), at + 2).map(({ rate, churn, profit }) => ({
        rate,
        churn,
        profit,
        worth: profit - risk * (1 - churn) - priceOf[i]! * (terms.budgetKind === "nominal" ? 1 : 1 - churn),
      })),
    });
  }
  const sum = (of_: (placement: Placement) => number) => placements.reduce((total, placement) => total + of_(placement), 0);
  const totals: AllocationTotals = {
    enterprises: placements.length,
    offeredFen: sum((each) => each.amountFen),
    disbursedFen: sum((each) => each.disbursedFen),
    interestFen: sum((each) => each.interestFen),
    lossFen: sum((each) => each.lossFen),
    fundingFen: sum((each) => each.fundingFen),
    profitFen: sum((each) => each.profitFen),
  };
  const refused = applicants
    .filter(({ enterprise }) => !placed.has(enterprise))
    .map((applicant): Refused => {
      const all = quotes(table, applicant, terms);
      const best = all.length === 0 ? null : all.reduce((most, quote) => (quote.profit > most.profit ? quote : most));
      const because: RefusedBecause =
        best === null
          ? "grade"
          : best.profit <= 0
            ? "no-profitable-rate"
            : mostFor(applicant, terms) < terms.minFen
              ? "below-minimum"
              : "better-use";
      return { ...applicant, because, best };
    });
  return ok({
    terms,
    totals,
    boundFen: shared.bound,
    gapFen: Math.max(0, shared.bound - (totals.profitFen - charged)),
    proven: shared.complete,
    nodes: shared.nodes,
    placements,
    refused,
    limits: limits.map((limit, r) => ({ ...limit, usedFen: used[r]!, price: shared.prices[r]! })),
    certificate: shared.certificate,
  });
};

/** What a check of an allocation found. */
export type AllocationCheck = { readonly name: "offers" | "limits" | "profit" | "bound"; readonly ok: boolean; readonly detail: string };

/**
 * Checks an allocation from the applicants, the table and the terms, without the search: every offer is allowed, no limit is broken,
 * the profit is what the offers bring, and the certificate proves that nothing can bring more than the bound.
 */
export const checkAllocation = (
  applicants: readonly Applicant[],
  table: ChurnTable,
  terms: AllocationTerms,
  {
    placements,
    boundFen,
    profitFen,
    certificate,
    charge,
  }: {
    readonly placements: readonly { readonly enterprise: string; readonly amountFen: number; readonly rate: number }[];
    readonly boundFen: number;
    readonly profitFen: number;
    readonly certificate: Certificate;
    readonly charge?: RiskCharge;
  },
): AllocationCheck[] => {
  const byId = new Map(applicants.map((applicant) => [applicant.enterprise, applicant]));
  const wrong: string[] = [];
  const use = new Map<string, number>();
  const add = (key: string, amount: number) => use.set(key, (use.get(key) ?? 0) + amount);
  let profit = 0;
  for (const { enterprise, amountFen, rate } of placements) {
    const applicant = byId.get(enterprise);
    const quote = applicant && quotes(table, applicant, terms).find((each) => Math.abs(each.rate - rate) < 1e-9);
    if (!applicant || !quote || !Number.isSafeInteger(amountFen) || amountFen < terms.minFen || amountFen > mostFor(applicant, terms)) {
      wrong.push(enterprise);
      continue;
    }
    profit += amountFen * quote.profit;
    const weight = terms.budgetKind === "nominal" ? amountFen : amountFen * (1 - quote.churn);
    for (const key of ["budget", `sector:${applicant.sector ?? UNKNOWN_GROUP}`, `region:${applicant.region ?? UNKNOWN_GROUP}`])
      add(key, weight);
  }
  if (new Set(placements.map(({ enterprise }) => enterprise)).size !== placements.length) wrong.push("twice");
  const limits = [
    { key: "budget", limitFen: terms.budgetFen },
    ...terms.limits.flatMap(({ kind, code, limitFen }) =>
      (code === "*" ? [...use.keys()].filter((key) => key.startsWith(`${kind}:`)) : [`${kind}:${code}`]).map((key) => ({ key, limitFen })),
    ),
  ];
  const broken = limits.filter(({ key, limitFen }) => (use.get(key) ?? 0) > limitFen + 1e-6 * Math.max(1, limitFen / 1e6));
  const { items, rows } = programOf(applicants, table, terms, charge);
  const proven = certifiedBound(items, rows, certificate);
  // Search and certificate add the same products in another order, so they may differ by the rounding of the largest among them.
  const scale = items.reduce((sum, { to, ratio }) => sum + to.reduce((most, y, k) => Math.max(most, Math.abs(y * ratio[k]!)), 0), 0);
  const near = 1e-9 * Math.max(1, Math.abs(boundFen)) + Number.EPSILON * (items.length + rows.length) * scale;
  return [
    { name: "offers", ok: wrong.length === 0, detail: wrong.slice(0, 5).join(", ") },
    {
      name: "limits",
      ok: broken.length === 0,
      detail: broken
        .slice(0, 5)
        .map(({ key }) => key)
        .join(", "),
    },
    { name: "profit", ok: Math.abs(profit - profitFen) <= 1e-6 * Math.max(1, Math.abs(profit)), detail: String(profit) },
    { name: "bound", ok: proven !== null && proven <= boundFen + near, detail: String(proven) },
  ];
};
