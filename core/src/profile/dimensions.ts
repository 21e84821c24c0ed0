import type { Text } from "../basics/index.ts";

export type DimensionId = "scale" | "growth" | "stability" | "margin" | "partners" | "conduct" | "tax" | "cash";

/**
 * How a feature counts: more is better, less is better, or near the middle of the peers is best (a tax burden that
 * lies far from the peers' is a question in either direction).
 */
export type Aim = "higher" | "lower" | "middle";

type DimensionFeature = { readonly id: string; readonly weight: number; readonly aim: Aim };
export type Dimension = {
  readonly id: DimensionId;
  readonly name: Text;
  /** What the dimension says, in a sentence for a reader. */
  readonly meaning: Text;
  /** Weight in the overall position. */
  readonly weight: number;
  readonly features: readonly DimensionFeature[];
};

const of = (aim: Aim, weights: Readonly<Record<string, number>>): DimensionFeature[] =>
  Object.entries(weights).map(([id, weight]) => ({ id, weight, aim }));

/**
 * The dimensions and the weights of their features, none of which splitting an invoice moves: a position is no reward for billing in parts. Weights are judgements of lending practice, not fitted to any
 * outcome: the profile describes, the scorecard predicts. No bank's grade and no default can enter, since neither is
 * a feature.
 */
export const dimensions: readonly Dimension[] = [
  {
    id: "scale",
    name: { zh: "经营规模", en: "Scale" },
    meaning: { zh: "开票销售的金额与往来的频度在同业中的位置", en: "Amount and frequency of invoiced sales among peers" },
    weight: 20,
    features: of("higher", { net_sales_12m: 3, net_sales_24m: 1, sales_per_active_month_12m: 1, buyer_months_12m: 1, buyers_12m: 1 }),
  },
  {
    id: "growth",
    name: { zh: "成长性", en: "Growth" },
    meaning: { zh: "销售的增减幅度与趋势", en: "How sales rise or fall, and their trend" },
    weight: 15,
    features: of("higher", {
      sales_growth_12m: 3,
      sales_growth_6m: 1,
      sales_year_on_year_3m: 2,
      sales_trend_12m: 2,
    }),
  },
  {
    id: "stability",
    name: { zh: "稳定性", en: "Stability" },
    meaning: { zh: "销售是否连续、平稳，有无断档和大幅回落", en: "Whether sales run on evenly, without gaps and deep falls" },
    weight: 20,
    features: [
      ...of("lower", {
        sales_variation_12m: 2,
        sales_variation_24m: 2,
        months_without_sales_24m: 2,
        sales_gap_24m: 1,
        sales_drawdown_12m: 2,
        best_quarter_share_12m: 1,
        days_since_last_sale: 1,
      }),
      ...of("higher", { active_months_24m: 1, history_months: 1 }),
    ],
  },
  {
    id: "margin",
    name: { zh: "盈利空间", en: "Margin" },
    meaning: {
      zh: "销售与采购之间的空间及其稳定程度（按发票，不含人工等无票成本）",
      en: "The room between sales and purchases and how steady it is (from invoices, without wages and other costs that bring none)",
    },
    weight: 15,
    features: [
      ...of("higher", { invoice_margin_12m: 3, invoice_margin_24m: 2, margin_change_12m: 1 }),
      ...of("lower", { margin_range_12m: 2 }),
    ],
  },
  {
    id: "partners",
    name: { zh: "客户与供应商结构", en: "Customers and suppliers" },
    meaning: {
      zh: "对少数客户、供应商的依赖程度及往来的延续性",
      en: "Dependence on few customers and suppliers, and how long trade with them lasts",
    },
    weight: 15,
    features: [
      ...of("lower", { buyer_hhi_12m: 2, buyer_top1_share_12m: 2, supplier_hhi_12m: 1, supplier_top5_share_12m: 1 }),
      ...of("higher", {
        effective_buyers_12m: 1,
        buyer_retention_12m: 2,
        repeat_buyer_share_12m: 1,
        core_buyer_share_12m: 1,
        supplier_retention_12m: 1,
      }),
    ],
  },
  {
    id: "conduct",
    name: { zh: "票据质量", en: "Invoice conduct" },
    meaning: {
      zh: "作废、红冲、跨期红冲、月末集中的金额",
      en: "Amounts of void and red-letter invoices, late red letters, bursts at month's end",
    },
    weight: 15,
    features: of("lower", {
      void_sales_amount_share_12m: 3,
      red_sales_share_12m: 3,
      late_red_sales_share_24m: 1,
      month_end_sale_share_12m: 1,
    }),
  },
  {
    id: "tax",
    name: { zh: "税负", en: "Tax" },
    meaning: {
      zh: "增值税税负、进销项比与同业中位的接近程度",
      en: "How near VAT burden and input-to-output tax are to the middle of the peers",
    },
    weight: 5,
    features: of("middle", { vat_burden_12m: 3, vat_burden_24m: 1, input_to_output_tax_12m: 2, effective_output_rate_12m: 1 }),
  },
  {
    id: "cash",
    name: { zh: "资金", en: "Cash" },
    meaning: { zh: "回款、余额与偿债情况（需银行流水）", en: "Collection, balances and debt service (needs bank transactions)" },
    weight: 15,
    features: [
      ...of("higher", { inflow_to_sales_12m: 3, lowest_balance_12m: 1, months_with_inflow_12m: 1, net_cash_flow_12m: 1 }),
      ...of("lower", { days_to_cash_12m: 2, inflow_variation_12m: 2, returned_items_12m: 2, debt_service_to_inflow_12m: 1 }),
    ],
  },
];

export const dimensionFeatures: readonly string[] = [
  ...new Set(dimensions.flatMap((dimension) => dimension.features.map((feature) => feature.id))),
];

export type LevelId = "leading" | "good" | "middle" | "weak" | "trailing";

/** Classes of a position, by fifths of the peers. */
export const levels: readonly { readonly id: LevelId; readonly from: number; readonly name: Text }[] = [
  { id: "leading", from: 80, name: { zh: "领先", en: "leading" } },
  { id: "good", from: 60, name: { zh: "较好", en: "good" } },
  { id: "middle", from: 40, name: { zh: "居中", en: "middle" } },
  { id: "weak", from: 20, name: { zh: "偏弱", en: "weak" } },
  { id: "trailing", from: 0, name: { zh: "落后", en: "trailing" } },
];
export const levelOf = (position: number): LevelId => levels.find((level) => position >= level.from)!.id;
