import { type Fen, type IsoDate, type Text, addDays, addMonths, daysBetween } from "../basics/index.ts";
import { type CashFlow, annualCost } from "./annual-cost.ts";
import type { Citation, Fee, Price, Product, RepaymentMethod } from "./document.ts";
import { type Finding, type Unknown, compileCondition, settledBy } from "./eligibility.ts";
import { type FactRow, factById, factPlace } from "./facts.ts";
import { type Lpr, lprOn } from "./lpr.ts";
import { scheduleOf } from "./schedule.ts";

const numberAt = (row: FactRow, fact: string): number | null => {
  const value = row[factPlace(fact)];
  return typeof value === "number" ? value : null;
};

// ── Limit ──

/** One line of where a limit comes from. A term has a value and a factor, a cap an amount; null is not known. */
export type LimitLine = {
  readonly id: string;
  readonly of: "term" | "cap";
  readonly title: Text;
  readonly fact: string | null;
  readonly value: number | null;
  readonly times: number | null;
  readonly amountFen: Fen | null;
  readonly citation: Citation;
};

/**
 * The limit 授信额度 lies between `lowFen` and `highFen`, which differ where a figure that it depends on is not known. Both are rounded
 * down to the product's step, and zero where they stay below its smallest amount.
 */
export type LimitFound = {
  readonly lowFen: Fen;
  readonly highFen: Fen;
  readonly lines: readonly LimitLine[];
  /** The lines that the upper end comes from: more of anything else would not raise it. */
  readonly decidedBy: readonly string[];
  /** How far the upper end stays below the smallest amount; null where it does not. */
  readonly shortFen: Fen | null;
  readonly missing: readonly Unknown[];
};

type Range = readonly [low: number, high: number];

const unknownOf = (fact: string): Unknown => {
  const { name, settledBy: by } = factById(fact)!;
  return { fact, name, record: by.record, recordName: by.name };
};

const CAP = {
  product: { zh: "产品上限", en: "Cap of the product" },
  exposure: { zh: "总融资上限减现有融资", en: "Cap on all finance less what is outstanding" },
  programme: { zh: "风险分担项目单户上限", en: "Cap of the risk-sharing programme for one borrower" },
} as const satisfies Record<string, Text>;

/** A product of money, to the whole fen below: a limit is never rounded up. */
const timesFen = (value: number, times: number): number => Math.max(0, Math.floor(value * times + 1e-6));

/** Terms joined as the product says, then the smallest of the caps: product, exposure, programme. Each keeps its line. */
export const limitOf = (product: Product, row: FactRow): LimitFound => {
  const { limit, riskSharing } = product;
  const missing = new Map<string, Unknown>();
  const lines: LimitLine[] = [];
  const ranges = limit.terms.map(({ id, title, fact, times, citation }): Range => {
    const value = numberAt(row, fact);
    const amountFen = value === null ? null : timesFen(value, times);
    lines.push({ id, of: "term", title, fact, value, times, amountFen, citation });
    if (value === null) missing.set(fact, unknownOf(fact));
    return amountFen === null ? [0, Infinity] : [amountFen, amountFen];
  });
  const lows = ranges.map(([low]) => low);
  const highs = ranges.map(([, high]) => high);
  const join =
    limit.take === "least" ? Math.min : limit.take === "greatest" ? Math.max : (...all: number[]) => all.reduce((a, b) => a + b, 0);
  const basis: Range = [join(...lows), join(...highs)];

  const caps: { readonly id: string; readonly range: Range }[] = [];
  const cap = (id: keyof typeof CAP, range: Range, citation: Citation, fact: string | null = null) => {
    caps.push({ id, range });
    const known = range[0] === range[1];
    lines.push({ id, of: "cap", title: CAP[id], fact, value: null, times: null, amountFen: known ? range[0] : null, citation });
  };
  cap("product", [limit.maxFen, limit.maxFen], limit.citation);
  if (limit.exposure) {
    const { fact, times, less, citation } = limit.exposure;
    const of = fact === null ? times : numberAt(row, fact);
    const owed = numberAt(row, less);
    const all = of === null ? null : fact === null ? times : timesFen(of, times);
    if (all === null) missing.set(fact!, unknownOf(fact!));
    if (owed === null) missing.set(less, unknownOf(less));
    // Whatever is owed already can only take away.
    cap(
      "exposure",
      [all === null || owed === null ? 0 : Math.max(0, all - owed), all === null ? Infinity : Math.max(0, all - (owed ?? 0))],
      citation,
      fact,
    );
  }
  if (riskSharing?.borrowerCapFen) cap("programme", [riskSharing.borrowerCapFen, riskSharing.borrowerCapFen], riskSharing.citation);

  const low = Math.min(basis[0], ...caps.map(({ range }) => range[0]));
  const high = Math.min(basis[1], ...caps.map(({ range }) => range[1]));
  const rounded = (amount: number): Fen => {
    const down = Math.floor(amount / limit.stepFen) * limit.stepFen;
    return down >= limit.minFen ? down : 0;
  };
  const terms = limit.terms.filter((_, i) => limit.take === "sum" || ranges[i]![1] === high).map(({ id }) => id);
  const decidedBy = [...caps.filter(({ range }) => range[1] === high).map(({ id }) => id), ...(basis[1] === high ? terms : [])];
  return {
    lowFen: rounded(low),
    highFen: rounded(high),
    lines,
    decidedBy,
    shortFen: rounded(high) === 0 ? Math.max(limit.minFen - Math.floor(high), 0) : null,
    // Where both ends agree nothing that is missing matters.
    missing: rounded(low) === rounded(high) ? [] : [...missing.values()],
  };
};

// ── Price ──

export type PriceFound = {
  /** Nominal rate a year, in basis points; null where the base has no value yet on that day. */
  readonly rateBp: number | null;
  /** What it may come out as once everything is known. */
  readonly lowBp: number | null;
  readonly highBp: number | null;
  readonly base: Lpr | null;
  readonly spreadBp: number;
  readonly row: Text;
  readonly missing: readonly Unknown[];
};

export type CompiledPrice = { readonly price: Price; readonly rows: readonly ((row: FactRow) => Finding)[] };

const ALWAYS: Finding = { outcome: "pass", rank: 3, of: "all", test: null, gap: null, share: null, parts: [] };

export const compilePrice = (price: Price): CompiledPrice => ({
  price,
  rows: price.rows.map(({ when }) => (when === null ? () => ALWAYS : compileCondition(when))),
});

/** Base and spread of the first row that holds; rows before it that are unknown may still turn out to be the price. */
export const priceOf = ({ price, rows }: CompiledPrice, row: FactRow, day: IsoDate): PriceFound => {
  const base = price.base === "fixed" ? null : lprOn(price.base === "lpr-1y" ? "1y" : "5y", day);
  const level = price.base === "fixed" ? 0 : (base?.bp ?? null);
  const bounded = (spreadBp: number): number | null => {
    if (level === null) return null;
    return Math.min(price.ceilingBp ?? Infinity, Math.max(price.floorBp ?? -Infinity, level + spreadBp, 0));
  };
  const missing = new Map<string, Unknown>();
  const possible: number[] = [];
  for (const [i, evaluate] of rows.entries()) {
    const finding = evaluate(row);
    const { title, spreadBp } = price.rows[i]!;
    if (finding.outcome === "unknown") {
      possible.push(bounded(spreadBp) ?? 0);
      for (const each of settledBy(finding, row)) missing.set(each.fact, each);
    }
    if (finding.outcome !== "pass") continue;
    const rateBp = bounded(spreadBp);
    return {
      rateBp,
      lowBp: rateBp === null ? null : Math.min(rateBp, ...possible),
      highBp: rateBp === null ? null : Math.max(rateBp, ...possible),
      base,
      spreadBp,
      row: title,
      missing: possible.every((each) => each === rateBp) ? [] : [...missing.values()],
    };
  }
  throw new RangeError("a price without a last row for everybody");
};

// ── Cost ──

export type FlowKind = "drawdown" | "principal" | "interest" | "fee" | "deposit" | "subsidy";
/** Money at a day as the borrower sees it, and what it is for. */
export type OfferFlow = CashFlow & { readonly kind: FlowKind; readonly id: string };

export type OfferTerms = {
  readonly amountFen: Fen;
  readonly rateBp: number;
  readonly months: number;
  readonly method: RepaymentMethod;
  readonly from: IsoDate;
};

/**
 * All that is paid and received, by day. Interest as in schedule.ts; fees to the nearest fen, yearly ones in advance on each anniversary
 * and by months where less than a year is left; subsidies to the whole fen below, their days after the payment that they are for.
 * A deposit comes back on the last day. `missing` are fees whose fact is not known: without them the cost is not known either.
 */
export const flowsOf = (
  product: Product,
  terms: OfferTerms,
  row: FactRow,
): { readonly flows: readonly OfferFlow[]; readonly missing: readonly Unknown[] } => {
  const { amountFen, rateBp, months, method, from } = terms;
  const { everyMonths, dayCount } = product.repayment;
  const schedule = scheduleOf({ principalFen: amountFen, rate: rateBp * 100, from, months, everyMonths, method, dayCount });
  const flows: OfferFlow[] = [{ on: from, amountFen, kind: "drawdown", id: "drawdown" }];
  const missing: Unknown[] = [];
  const end = schedule.at(-1)!.on;
  for (const { on, principalFen, interestFen } of schedule) {
    if (principalFen > 0) flows.push({ on, amountFen: -principalFen, kind: "principal", id: "principal" });
    if (interestFen > 0) flows.push({ on, amountFen: -interestFen, kind: "interest", id: "interest" });
  }
  const paid: { readonly fee: Fee; readonly on: IsoDate; readonly amountFen: Fen }[] = [];
  for (const fee of product.fees) {
    const fact = fee.of === "fact" ? numberAt(row, fee.fact!) : null;
    if (fee.of === "fact" && fact === null) {
      missing.push(unknownOf(fee.fact!));
      continue;
    }
    for (let month = 0; month < (fee.at === "yearly" ? months : 1); month += 12) {
      const on = addMonths(from, month);
      const balance = schedule.findLast((payment) => payment.on <= on)?.balanceFen ?? amountFen;
      const base = fee.of === "principal" ? amountFen : fee.of === "balance" ? balance : fee.of === "amount" ? 1 : fact!;
      const part = fee.at === "yearly" ? Math.min(12, months - month) / 12 : 1;
      const amount = Math.round(base * fee.times * part);
      if (amount > 0) paid.push({ fee, on, amountFen: amount });
    }
  }
  for (const { fee, on, amountFen: amount } of paid) {
    const kind = fee.kind === "deposit" ? "deposit" : "fee";
    flows.push({ on, amountFen: -amount, kind, id: fee.id });
    if (kind === "deposit") flows.push({ on: end, amountFen: amount, kind, id: fee.id });
  }
  for (const { id, of, fee, rate, principalCapFen, months: most, lagDays } of product.subsidies) {
    const covered = principalCapFen === null ? amountFen : Math.min(principalCapFen, amountFen);
    const give = (on: IsoDate, amount: number) => {
      if (amount > 0) flows.push({ on: addDays(on, lagDays), amountFen: amount, kind: "subsidy", id });
    };
    if (of === "fee-share") {
      for (const each of paid) if (each.fee.kind === fee) give(each.on, Math.floor((each.amountFen * rate * covered) / amountFen + 1e-6));
      continue;
    }
    const until = most === null ? null : addMonths(from, most);
    const share = of === "interest-share" ? rate : rateBp === 0 ? 0 : Math.min(1, (rate * 10_000) / rateBp);
    let before = from;
    for (const { on, interestFen } of schedule) {
      // Of a period that the subsidy ends in, the part before its end, by days.
      const part = until === null || on <= until ? 1 : before >= until ? 0 : daysBetween(before, until) / daysBetween(before, on);
      give(on, Math.floor(interestFen * share * part * (covered / amountFen) + 1e-6));
      before = on;
    }
  }
  return { flows: flows.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0)), missing };
};

/** What an offer costs in all. `annualCost` is null where a fee is not known or the flows have no one rate. */
export type Cost = {
  readonly annualCost: number | null;
  /** The same without subsidies. */
  readonly beforeSubsidies: number | null;
  readonly interestFen: Fen;
  readonly feesFen: Fen;
  readonly subsidiesFen: Fen;
  readonly payments: number;
  /** The first payment that is not the drawdown's, and the largest: what is needed a period. */
  readonly firstPaymentFen: Fen;
  readonly largestPaymentFen: Fen;
  readonly missing: readonly Unknown[];
};

const sum = (flows: readonly OfferFlow[], kind: FlowKind): Fen =>
  flows.reduce((total, each) => (each.kind === kind ? total + each.amountFen : total), 0);

export const costOf = (product: Product, terms: OfferTerms, row: FactRow): Cost => {
  const { flows, missing } = flowsOf(product, terms, row);
  const rateOf = (some: readonly CashFlow[]): number | null => {
    if (missing.length > 0) return null;
    const found = annualCost(some);
    return found.ok ? found.value : null;
  };
  const byDay = new Map<IsoDate, number>();
  for (const each of flows)
    if (each.kind === "principal" || each.kind === "interest") byDay.set(each.on, (byDay.get(each.on) ?? 0) - each.amountFen);
  const payments = [...byDay.values()];
  const all = rateOf(flows);
  const subsidiesFen = sum(flows, "subsidy");
  return {
    annualCost: all,
    beforeSubsidies: subsidiesFen === 0 ? all : rateOf(flows.filter(({ kind }) => kind !== "subsidy")),
    interestFen: 0 - sum(flows, "interest"),
    feesFen: 0 - sum(flows, "fee"),
    subsidiesFen,
    payments: payments.length,
    firstPaymentFen: payments[0] ?? 0,
    largestPaymentFen: Math.max(0, ...payments),
    missing,
  };
};
