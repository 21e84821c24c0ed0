import { type Fen, type IsoDate, type Text, addDays } from "../basics/index.ts";
import { type CashFlow, enter, newLedger, rateOf } from "./annual-cost.ts";
import type { Citation, Fee, Price, Product, RepaymentMethod } from "./document.ts";
import { type Finding, type Unknown, compileCondition, settledBy } from "./eligibility.ts";
import { type FactRow, factById, factPlace } from "./facts.ts";
import { type Lpr, lprOn, lprWarning } from "./lpr.ts";
import { columnsOf, monthsFrom } from "./schedule.ts";

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

const unknowns = new Map<string, Unknown>();
const unknownOf = (fact: string): Unknown => {
  let unknown = unknowns.get(fact);
  if (!unknown) {
    const { name, settledBy: by } = factById(fact)!;
    unknowns.set(fact, (unknown = { fact, name, record: by.record, recordName: by.name }));
  }
  return unknown;
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
  /** Said where the base may be out of date on that day; null where it is not, or the rate is fixed. */
  readonly warning: Text | null;
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
      warning: base && lprWarning(day),
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
 * Hands on all that is paid and received, by months since the first day and days after that. Interest as in schedule.ts; fees to the
 * nearest fen, yearly ones in advance on each anniversary and by months where less than a year is left; subsidies to the whole fen
 * below, their days after the payment that they are for. A deposit comes back on the last day. Gives the fees whose fact is not known:
 * without them the cost is not known either.
 */
const walk = (
  product: Product,
  { amountFen, rateBp, months, method, from }: OfferTerms,
  row: FactRow,
  each: (kind: FlowKind, id: string, month: number, lagDays: number, amountFen: Fen) => void,
): readonly Unknown[] => {
  const { everyMonths, dayCount } = product.repayment;
  const paid = columnsOf({ principalFen: amountFen, rate: rateBp * 100, from, months, everyMonths, method, dayCount });
  const missing: Unknown[] = [];
  each("drawdown", "drawdown", 0, 0, amountFen);
  for (let i = 0; i < paid.months.length; i++) {
    const month = paid.months[i]!;
    if (paid.principal[i]! > 0) each("principal", "principal", month, 0, -paid.principal[i]!);
    if (paid.interest[i]! > 0) each("interest", "interest", month, 0, -paid.interest[i]!);
  }
  const fees: { readonly fee: Fee; readonly month: number; readonly amountFen: Fen }[] = [];
  for (const fee of product.fees) {
    const fact = fee.of === "fact" ? numberAt(row, fee.fact!) : null;
    if (fee.of === "fact" && fact === null) {
      missing.push(unknownOf(fee.fact!));
      continue;
    }
    for (let month = 0; month < (fee.at === "yearly" ? months : 1); month += 12) {
      const last = paid.months.findLastIndex((payment) => payment <= month);
      const balance = last < 0 ? amountFen : paid.balance[last]!;
      const base = fee.of === "principal" ? amountFen : fee.of === "balance" ? balance : fee.of === "amount" ? 1 : fact!;
      const part = fee.at === "yearly" ? Math.min(12, months - month) / 12 : 1;
      const amount = Math.round(base * fee.times * part);
      if (amount > 0) fees.push({ fee, month, amountFen: amount });
    }
  }
  for (const { fee, month, amountFen: amount } of fees) {
    const kind = fee.kind === "deposit" ? "deposit" : "fee";
    each(kind, fee.id, month, 0, -amount);
    if (kind === "deposit") each(kind, fee.id, months, 0, amount);
  }
  for (const { id, of, fee, rate, principalCapFen, months: most, lagDays } of product.subsidies) {
    const covered = principalCapFen === null ? amountFen : Math.min(principalCapFen, amountFen);
    const give = (month: number, amount: Fen) => {
      if (amount > 0) each("subsidy", id, month, lagDays, amount);
    };
    if (of === "fee-share") {
      for (const { fee: own, month, amountFen: amount } of fees)
        if (own.kind === fee) give(month, Math.floor((amount * rate * covered) / amountFen + 1e-6));
      continue;
    }
    const { numbers } = monthsFrom(from, Math.max(months, most ?? 0));
    const until = most === null ? Infinity : numbers[most]!;
    const share = of === "interest-share" ? rate : rateBp === 0 ? 0 : Math.min(1, (rate * 10_000) / rateBp);
    for (let i = 0, before = numbers[0]!; i < paid.months.length; i++) {
      const month = paid.months[i]!;
      const on = numbers[month]!;
      // Of a period that the subsidy ends in, the part before its end, by days.
      const part = on <= until ? 1 : before >= until ? 0 : (until - before) / (on - before);
      give(month, Math.floor(paid.interest[i]! * share * part * (covered / amountFen) + 1e-6));
      before = on;
    }
  }
  return missing;
};

/** All that is paid and received, by day, and the fees whose fact is not known. */
export const flowsOf = (
  product: Product,
  terms: OfferTerms,
  row: FactRow,
): { readonly flows: readonly OfferFlow[]; readonly missing: readonly Unknown[] } => {
  const flows: OfferFlow[] = [];
  const { days } = monthsFrom(terms.from, terms.months);
  const missing = walk(product, terms, row, (kind, id, month, lagDays, amountFen) => {
    flows.push({ on: lagDays === 0 ? days[month]! : addDays(days[month]!, lagDays), amountFen, kind, id });
  });
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

/** The cost from the flows of `flowsOf`, which are added up by day as they come and never written out. */
export const costOf = (product: Product, terms: OfferTerms, row: FactRow): Cost => {
  const { numbers } = monthsFrom(terms.from, terms.months);
  const ledger = newLedger();
  const total: Record<FlowKind, Fen> = { drawdown: 0, principal: 0, interest: 0, fee: 0, deposit: 0, subsidy: 0 };
  const given: { readonly day: number; readonly amountFen: Fen }[] = [];
  const paid: Fen[] = [];
  let lastMonth = -1;
  const missing = walk(product, terms, row, (kind, _id, month, lagDays, amountFen) => {
    total[kind] += amountFen;
    const day = numbers[month]! + lagDays;
    if (kind === "subsidy") {
      given.push({ day, amountFen });
      return;
    }
    enter(ledger, day, amountFen);
    if (kind !== "principal" && kind !== "interest") return;
    // Payments come in the order of their months, principal and interest of one together.
    if (month === lastMonth) paid[paid.length - 1]! -= amountFen;
    else paid.push(-amountFen);
    lastMonth = month;
  });
  const rate = (): number | null => {
    if (missing.length > 0) return null;
    const found = rateOf(ledger);
    return found.ok ? found.value : null;
  };
  const beforeSubsidies = rate();
  for (const { day, amountFen } of given) enter(ledger, day, amountFen);
  return {
    annualCost: given.length === 0 ? beforeSubsidies : rate(),
    beforeSubsidies,
    interestFen: 0 - total.interest,
    feesFen: 0 - total.fee,
    subsidiesFen: total.subsidy,
    payments: paid.length,
    firstPaymentFen: paid[0] ?? 0,
    largestPaymentFen: Math.max(0, ...paid),
    missing,
  };
};
