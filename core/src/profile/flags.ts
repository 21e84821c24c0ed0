import type { Text } from "../basics/index.ts";
import { type FeatureValues, type RowFilter, featureById, holdsWhenSplit } from "../features/index.ts";
import type { Comparison } from "./peers.ts";

/** `low`: worth a question. `medium`: needs an explanation before lending. `high`: usually stops a lending by itself. */
export type Severity = "low" | "medium" | "high";
export const severities: readonly Severity[] = ["low", "medium", "high"];

/** A rule that applies: what it says with its numbers, and the rows behind it. */
export type RaisedFlag = {
  readonly id: string;
  readonly severity: Severity;
  readonly name: Text;
  readonly why: Text;
  readonly features: readonly string[];
  readonly rows: RowFilter;
  /** Whether rules of products and policies may read it (`steers`). */
  readonly steers: boolean;
};

type Rule = {
  readonly id: string;
  readonly name: Text;
  /** The features that the rule reads; the first is the one that it is about, whose rows stand behind the flag. */
  readonly features: readonly string[];
  /** Where other rows than the first feature's tell more. */
  readonly rows?: RowFilter;
  readonly test: (
    value: (id: string) => number | null,
    comparison: Comparison,
  ) => { readonly severity: Severity; readonly why: Text } | null;
};

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
const whole = (value: number): string => String(Math.round(value));
const wan = (fen: number): Text => ({
  zh: `${(fen / 1_000_000).toFixed(1)}万元`,
  en: `CN¥${fen < 100_000_000 ? `${(fen / 100_000).toFixed(1)}k` : `${(fen / 100_000_000).toFixed(2)}m`}`,
});

/** The severity of the highest threshold that a value reaches; null below all. Thresholds rise with severity. */
const reached = (value: number | null, thresholds: Partial<Record<Severity, number>>): Severity | null =>
  value === null
    ? null
    : (severities.toReversed().find((severity) => thresholds[severity] !== undefined && value >= thresholds[severity]) ?? null);

/** A share that is too high, when there are invoices enough for a share to mean anything. */
const share = (
  id: string,
  zh: string,
  en: string,
  feature: string,
  thresholds: Partial<Record<Severity, number>>,
  what: Text,
  atLeast?: readonly [feature: string, count: number],
): Rule => ({
  id,
  name: { zh, en },
  features: atLeast ? [feature, atLeast[0]] : [feature],
  test: (value) => {
    const given = value(feature);
    const severity = reached(given, thresholds);
    if (!severity || (atLeast && (value(atLeast[0]) ?? 0) < atLeast[1])) return null;
    const limit = thresholds[severity]!;
    return {
      severity,
      why: {
        zh: `${what.zh}${percent(given!)}，达到${percent(limit)}的界限。`,
        en: `${what.en} is ${percent(given!)}, at or above ${percent(limit)}.`,
      },
    };
  },
});

/** Days of sale, not invoices: billing a sale in parts must not bring an enterprise over or under a threshold. */
const DAYS_20 = ["sale_days_12m", 20] as const;
const rows = (side: RowFilter["side"], fromMonth: number, toMonth: number | null): RowFilter => ({
  source: "invoices",
  side,
  status: "valid",
  fromMonth,
  toMonth,
});

/** The rules in the order in which equal severities are shown. Thresholds are policy, kept here in one place. */
export const flagRules: readonly Rule[] = [
  {
    id: "sales-stopped",
    name: { zh: "销售停滞", en: "Sales have stopped" },
    features: ["days_since_last_sale"],
    rows: rows("sale", 0, 24),
    test: (value) => {
      const days = value("days_since_last_sale");
      const severity = reached(days, { medium: 90, high: 180 });
      return (
        severity && {
          severity,
          why: {
            zh: `最近一张有效销售发票距观察日已${whole(days!)}天。`,
            en: `The latest valid sale lies ${whole(days!)} days before the as-of day.`,
          },
        }
      );
    },
  },
  {
    id: "purchases-without-sales",
    name: { zh: "有进无销", en: "Purchases without sales" },
    features: ["net_purchases_12m", "sale_days_12m"],
    test: (value) => {
      const bought = value("net_purchases_12m");
      if (bought === null || bought <= 0 || (value("sale_days_12m") ?? 0) > 0) return null;
      return {
        severity: "medium",
        why: {
          zh: `近12个月采购${wan(bought).zh}，没有一张有效销售发票。`,
          en: `Purchases of ${wan(bought).en} in 12 months, and not one valid sale.`,
        },
      };
    },
  },
  {
    id: "sales-without-purchases",
    name: { zh: "有销无进", en: "Sales without purchases" },
    features: ["net_sales_12m", "suppliers_12m"],
    test: (value) => {
      const sold = value("net_sales_12m");
      if (sold === null || sold <= 0 || (value("suppliers_12m") ?? 0) > 0) return null;
      return {
        severity: "low",
        why: {
          zh: `近12个月销售${wan(sold).zh}，没有一张有效采购发票；劳务、服务类企业可能属正常。`,
          en: `Sales of ${wan(sold).en} in 12 months without one valid purchase; it may be normal where labour or services are sold.`,
        },
      };
    },
  },
  {
    id: "sales-falling",
    name: { zh: "销售大幅下滑", en: "Sales fall steeply" },
    features: ["sales_growth_12m"],
    test: (value) => {
      const growth = value("sales_growth_12m");
      const severity = growth === null ? null : reached(-growth, { medium: 0.5, high: 0.8 });
      return (
        severity && {
          severity,
          why: {
            zh: `近12个月净销售额较前12个月下降${percent(-growth!)}。`,
            en: `Net sales of 12 months are ${percent(-growth!)} below those of the 12 months before.`,
          },
        }
      );
    },
  },
  {
    id: "long-gap",
    name: { zh: "销售长期中断", en: "A long gap in sales" },
    features: ["sales_gap_24m"],
    test: (value) => {
      const gap = value("sales_gap_24m");
      const severity = reached(gap, { low: 3, medium: 6, high: 12 });
      return (
        severity && {
          severity,
          why: {
            zh: `近24个月内最长连续${whole(gap!)}个月没有销售发票。`,
            en: `Within 24 months, ${whole(gap!)} months in a row are without a sale.`,
          },
        }
      );
    },
  },
  {
    id: "negative-margin",
    name: { zh: "进销倒挂", en: "Purchases exceed sales" },
    features: ["invoice_margin_12m"],
    test: (value) => {
      const margin = value("invoice_margin_12m");
      if (margin === null || margin >= 0) return null;
      return {
        severity: margin < -0.5 ? "high" : "medium",
        why: {
          zh: `近12个月采购超过销售，发票毛利率${percent(margin)}。`,
          en: `Purchases of 12 months exceed sales: the invoice margin is ${percent(margin)}.`,
        },
      };
    },
  },
  share(
    "void-share-high",
    "作废占比高",
    "Many void invoices",
    "void_sales_amount_share_12m",
    { low: 0.1, medium: 0.2, high: 0.4 },
    { zh: "近12个月作废销售金额占比", en: "The share of void sales by amount in 12 months" },
    DAYS_20,
  ),
  share(
    "red-letter-surge",
    "红冲金额大",
    "Large red-letter sums",
    "red_sales_share_12m",
    { low: 0.03, medium: 0.1, high: 0.3 },
    { zh: "近12个月红字销售金额占比", en: "The share of red-letter sales by amount in 12 months" },
  ),
  share(
    "late-red-letters",
    "跨期红冲",
    "Late red letters",
    "late_red_sales_share_24m",
    { low: 0.5 },
    { zh: "近24个月隔两个月以上才红冲的占比", en: "The share of red letters more than two months late" },
    ["red_sales_share_24m", 0.01],
  ),
  share(
    "circular-trade",
    "循环开票",
    "Circular trade",
    "cycle_trade_share_24m",
    { low: 0.01, medium: 0.05, high: 0.2 },
    { zh: "近24个月处于开票闭环的金额占比", en: "The share of sales that runs in closed rings in 24 months" },
  ),
  share(
    "reciprocal-trade",
    "对开发票",
    "Reciprocal trade",
    "reciprocal_trade_share_24m",
    { low: 0.1, medium: 0.3 },
    {
      zh: "近24个月与同一对方互为客户和供应商的金额占比",
      en: "The share of trade with parties that are buyer and supplier at once in 24 months",
    },
  ),
  share(
    "related-cluster",
    "疑似关联企业",
    "Likely related enterprises",
    "largest_related_overlap_24m",
    { low: 0.3, medium: 0.6 },
    { zh: "与最相似企业的交易对手重合度", en: "The overlap of counterparties with the most similar enterprise" },
  ),
  share(
    "single-customer",
    "依赖单一客户",
    "Dependence on a single customer",
    "buyer_top1_share_12m",
    { low: 0.6, medium: 0.85 },
    { zh: "近12个月最大客户占销售", en: "The largest buyer's share in the sales of 12 months" },
  ),
  share(
    "single-supplier",
    "依赖单一供应商",
    "Dependence on a single supplier",
    "supplier_top1_share_12m",
    { low: 0.8 },
    { zh: "近12个月最大供应商占采购", en: "The largest supplier's share in the purchases of 12 months" },
  ),
  {
    id: "customers-lost",
    name: { zh: "客户大量流失", en: "Customers lost" },
    features: ["buyer_retention_12m", "buyers_lost_12m"],
    rows: { source: "invoices", side: "sale", status: "valid", fromMonth: 12, toMonth: 24, parties: { kind: "lost" } },
    test: (value) => {
      const kept = value("buyer_retention_12m");
      const lost = value("buyers_lost_12m") ?? 0;
      if (kept === null || kept > 0.2 || lost < 5) return null;
      return {
        severity: "low",
        why: {
          zh: `前12个月的客户仅${percent(kept)}留存，流失${whole(lost)}家。`,
          en: `Only ${percent(kept)} of the buyers of the 12 months before are kept; ${whole(lost)} were lost.`,
        },
      };
    },
  },
  share(
    "month-end-burst",
    "月末集中开票",
    "Bursts at month's end",
    "month_end_sale_share_12m",
    { low: 0.6, medium: 0.85 },
    { zh: "近12个月每月26日后开票金额占比", en: "The share invoiced from the 26th of a month on, in 12 months," },
    DAYS_20,
  ),
  share(
    "round-amounts",
    "整数金额多",
    "Many round amounts",
    "round_sale_share_12m",
    { low: 0.3, medium: 0.6 },
    { zh: "近12个月千元整数销售发票占比", en: "The share of sales that are whole thousands of yuan in 12 months" },
    DAYS_20,
  ),
  share(
    "near-limit",
    "顶额开票",
    "Invoices close under a limit",
    "near_limit_sale_share_12m",
    { low: 0.3, medium: 0.6 },
    { zh: "近12个月贴近开票限额的销售发票占比", en: "The share of sales close under an invoice limit in 12 months" },
    DAYS_20,
  ),
  share(
    "sequential-numbers",
    "对同一客户连号开票",
    "Numbers in sequence to one buyer",
    "in_sequence_sale_share_12m",
    { low: 0.3, medium: 0.6 },
    { zh: "近12个月对同一客户连号开具的占比", en: "The share of sales numbered in sequence to one buyer in 12 months" },
    DAYS_20,
  ),
  {
    id: "tax-burden-far",
    name: { zh: "税负偏离同业", en: "Tax burden far from peers" },
    features: ["vat_burden_12m"],
    test: (value, comparison) => {
      const burden = value("vat_burden_12m");
      const rank = comparison.percentile("vat_burden_12m", burden);
      if (burden === null || rank === null || comparison.size <= 20 || (rank > 5 && rank < 95)) return null;
      return {
        severity: "low",
        why: {
          zh: `近12个月增值税税负率${percent(burden)}，处于同业第${rank.toFixed(0)}百分位。`,
          en: `The VAT burden of 12 months is ${percent(burden)}, at percentile ${rank.toFixed(0)} of the peers.`,
        },
      };
    },
  },
  {
    id: "little-collected",
    name: { zh: "回款明显低于开票", en: "Little of the sales is collected" },
    features: ["inflow_to_sales_12m"],
    test: (value) => {
      const collected = value("inflow_to_sales_12m");
      if (collected === null || collected >= 0.5) return null;
      return {
        severity: collected < 0.2 ? "high" : "medium",
        why: {
          zh: `近12个月经营性流入仅为开票额的${percent(collected)}。`,
          en: `Operating inflow of 12 months is only ${percent(collected)} of the sales invoiced.`,
        },
      };
    },
  },
  {
    id: "returned-items",
    name: { zh: "退票退汇", en: "Returned items" },
    features: ["returned_items_12m"],
    test: (value) => {
      const count = value("returned_items_12m");
      const severity = reached(count, { low: 1, medium: 3 });
      return (
        severity && {
          severity,
          why: { zh: `近12个月有${whole(count!)}笔退票或退汇。`, en: `${whole(count!)} transactions were returned in 12 months.` },
        }
      );
    },
  },
  share(
    "heavy-debt-service",
    "还本付息压力大",
    "Heavy debt service",
    "debt_service_to_inflow_12m",
    { low: 0.3, medium: 0.5 },
    { zh: "近12个月还本付息占经营性流入", en: "Debt service as a share of operating inflow in 12 months" },
  ),
];

/**
 * Whether a rule may steer a decision: only where splitting invoices moves none of its features. How single invoices are made out
 * (round, close under a limit, numbered in sequence) is worth a question, but an enterprise bills otherwise at will, so that a
 * decision on it would fall on the honest and spare whoever knows of it.
 */
export const steers = (id: string): boolean => flagRules.find((rule) => rule.id === id)?.features.every(holdsWhenSplit) ?? false;

/**
 * The rules that apply to an enterprise, the most severe first. A rule whose feature is not known does not apply:
 * what is missing is told by completeness, not by suspicion.
 */
export const raisedFlags = (values: FeatureValues, comparison: Comparison): readonly RaisedFlag[] => {
  const value = (id: string) => values[id] ?? null;
  const raised = flagRules.flatMap((rule): RaisedFlag[] => {
    const result = rule.test(value, comparison);
    const behind = flagRows(rule.id);
    return result && behind
      ? [{ id: rule.id, name: rule.name, ...result, features: rule.features, rows: behind, steers: steers(rule.id) }]
      : [];
  });
  return raised.toSorted((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
};

/** The rows that stand behind a rule, so that they can be listed by the flag's id; null where there is no such rule. */
export const flagRows = (id: string): RowFilter | null => {
  const rule = flagRules.find((each) => each.id === id);
  return rule ? (rule.rows ?? featureById(rule.features[0]!)?.rows ?? null) : null;
};
