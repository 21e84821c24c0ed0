import type { Fen, IsoDate, Text } from "../basics/index.ts";

/** The document's own version: raised where a field changes its meaning. The published schema is api/product.schema. */
export const PRODUCT_SCHEMA = { id: "zhiwei/product", version: 1 } as const;

export const productKinds = {
  "credit-loan": { zh: "信用贷款", en: "Credit loan" },
  "tax-invoice-loan": { zh: "银税、发票贷款", en: "Tax and invoice loan" },
  "revolving-line": { zh: "循环额度", en: "Revolving line" },
  "receivable-finance": { zh: "应收账款融资", en: "Receivable finance" },
  "order-finance": { zh: "订单融资", en: "Order finance" },
  "ip-pledge-loan": { zh: "知识产权质押贷款", en: "IP-pledge loan" },
  "weather-insurance-loan": { zh: "天气指数保险＋贷款", en: "Weather-index insurance with loan" },
  "guaranteed-loan": { zh: "担保贷款", en: "Guaranteed loan" },
  "first-loan": { zh: "首贷", en: "First-loan product" },
  "renewal-loan": { zh: "无还本续贷", en: "Renewal without repayment" },
  "equipment-lease": { zh: "设备融资租赁", en: "Equipment lease" },
} as const satisfies Record<string, Text>;
export type ProductKind = keyof typeof productKinds;

// ── Eligibility ──

export type Operator =
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "between"
  | "not-between"
  | "in"
  | "not-in"
  | "within"
  | "not-within"
  | "any-of"
  | "all-of"
  | "none-of"
  | "not-all-of";

/** A number of times another fact: a loan of at most twice the stated revenue is `{fact: "enterprise.revenueFen", times: 2}`. */
export type TimesFact = { readonly fact: string; readonly times: number };
export type Operand = number | string | boolean | readonly number[] | readonly string[] | TimesFact;

/** How close is near: a share of the bound, or an amount in the fact's unit (steps, where its words are ordered). */
export type Near = { readonly share: number } | { readonly amount: number };

/** One look at one fact. Without `near`, numbers are near within a tenth of the bound, ordered words within one step. */
export type Comparison = { readonly fact: string; readonly op: Operator; readonly value: Operand; readonly near?: Near };
export type Condition =
  | Comparison
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

/** What a figure or rule rests on: the id of one of the document's sources, or `assumption` where nothing is published. */
export type Citation = string;

export type Rule = {
  readonly id: string;
  readonly title: Text;
  readonly when: Condition;
  /** Where one of these holds, the rule is kept all the same. */
  readonly unless: readonly { readonly title: Text; readonly when: Condition; readonly citation: Citation }[];
  readonly citation: Citation;
  readonly validFrom: IsoDate | null;
  /** Last day; null is without end. */
  readonly validTo: IsoDate | null;
};

// ── Limit ──

export type LimitTerm = {
  readonly id: string;
  readonly title: Text;
  readonly fact: string;
  readonly times: number;
  readonly citation: Citation;
};

export type Limit = {
  /** The amount that an enterprise can carry: the least, the greatest or the sum of the terms. */
  readonly take: "least" | "greatest" | "sum";
  readonly terms: readonly LimitTerm[];
  readonly minFen: Fen;
  /** The product's own cap. */
  readonly maxFen: Fen;
  /** The limit is rounded down to a multiple of this. */
  readonly stepFen: Fen;
  /** Cap on all finance of the enterprise together; what it owes already (`less`) is taken off. */
  readonly exposure: { readonly fact: string | null; readonly times: number; readonly less: string; readonly citation: Citation } | null;
  readonly citation: Citation;
};

// ── Price ──

export type Price = {
  readonly base: "lpr-1y" | "lpr-5y" | "fixed";
  /** In basis points above the base; of `fixed` it is the rate itself. The first row whose condition holds is the price. */
  readonly rows: readonly { readonly when: Condition | null; readonly title: Text; readonly spreadBp: number }[];
  readonly floorBp: number | null;
  readonly ceilingBp: number | null;
  readonly citation: Citation;
};

export type RepaymentMethod = "equal-instalment" | "equal-principal" | "interest-monthly" | "bullet";
export type DayCount = "actual/365" | "actual/360" | "30/360";

export type FeeKind = "guarantee" | "insurance" | "valuation" | "registration" | "service" | "deposit";
export type Fee = {
  readonly id: string;
  readonly kind: FeeKind;
  readonly title: Text;
  /** A share of the principal or of the balance, a number of times a fact, or an amount. */
  readonly of: "principal" | "balance" | "amount" | "fact";
  readonly fact: string | null;
  /** Rate, factor, or the amount in fen. */
  readonly times: number;
  readonly at: "start" | "yearly";
  readonly citation: Citation;
};

export type Subsidy = {
  readonly id: string;
  readonly title: Text;
  /** Of interest: `points` a year on the balance, or a `share` of the interest; of fees: a share of those of one kind. */
  readonly of: "interest-points" | "interest-share" | "fee-share";
  readonly fee: FeeKind | null;
  readonly rate: number;
  /** Only this much of the principal is subsidised; null is all. */
  readonly principalCapFen: Fen | null;
  /** Interest of this many months only; null is all. */
  readonly months: number | null;
  /** Days between the payment and its subsidy. */
  readonly lagDays: number;
  readonly citation: Citation;
};

export type RiskSharing = {
  readonly programme: string;
  readonly title: Text;
  /** Who carries which share of a loss; they add up to one. */
  readonly shares: readonly { readonly party: Text; readonly share: number }[];
  /** Largest amount of one borrower under the programme; null where it has none. */
  readonly borrowerCapFen: Fen | null;
  readonly citation: Citation;
};

export type Source = {
  readonly id: string;
  readonly title: Text;
  readonly publisher: Text;
  readonly year: number;
};

/**
 * A product 产品 as a document: what a product manager writes, a second person publishes, and nobody changes after. `version` counts
 * the published versions of one id.
 */
export type Product = {
  readonly schema: typeof PRODUCT_SCHEMA;
  readonly id: string;
  readonly version: number;
  readonly kind: ProductKind;
  readonly title: Text;
  readonly summary: Text;
  readonly provider: { readonly id: string; readonly name: Text; readonly kind: "bank" | "guarantor" | "insurer" | "lessor" };
  readonly sources: readonly Source[];
  readonly offered: {
    readonly from: IsoDate;
    readonly to: IsoDate | null;
    /** Region codes; none is everywhere. */
    readonly regions: readonly string[];
    /** Industry codes; none is all. */
    readonly sectors: readonly string[];
    readonly notSectors: readonly string[];
  };
  readonly eligibility: readonly Rule[];
  readonly limit: Limit;
  readonly price: Price;
  readonly term: { readonly minMonths: number; readonly maxMonths: number; readonly usualMonths: number; readonly revolving: boolean };
  readonly repayment: {
    /** The first is what a quote is made with where none is asked for. */
    readonly methods: readonly RepaymentMethod[];
    readonly everyMonths: 1 | 3 | 6 | 12;
    readonly dayCount: DayCount;
  };
  readonly fees: readonly Fee[];
  readonly subsidies: readonly Subsidy[];
  readonly documents: readonly Text[];
  readonly security: readonly Text[];
  readonly riskSharing: RiskSharing | null;
  /** Working days from a complete application to the money. */
  readonly daysToFunds: number;
  /** What is not published and was assumed, in words. */
  readonly assumptions: readonly Text[];
};
