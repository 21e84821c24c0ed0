import { type Text, canonicalJson } from "../basics/index.ts";
import type { Direction, Family, Feature, RowFilter, Unit } from "./feature.ts";

type Side = "s" | "p";
const text = (zh: string, en: string): Text => ({ zh, en });

/** The two sides of an enterprise's trade, in the words of each. */
const SIDES = {
  s: { id: "sales", zh: "销售", en: "sales", party: text("客户", "buyer"), parties: "buyers", side: "sale", kind: "sales" },
  p: {
    id: "purchases",
    zh: "采购",
    en: "purchases",
    party: text("供应商", "supplier"),
    parties: "suppliers",
    side: "purchase",
    kind: "purchase",
  },
} as const;

const last = (months: number): Text => text(`近${months}个月`, `last ${months} months`);

/** Why a value may be missing, said once and used by many. */
const NONE = {
  side: (side: Side) =>
    text(`没有任何${SIDES[side].zh}发票，金额未知而不是零`, `no ${SIDES[side].kind} invoices at all: unknown, not zero`),
  ratio: (side: Side) =>
    text(
      `该期间净${SIDES[side].zh}额不为正，比率无定义`,
      `net ${SIDES[side].en} of the window are not positive, so the ratio is undefined`,
    ),
  count: (side: Side) =>
    text(`该期间没有${SIDES[side].zh}发票，占比无定义`, `no ${SIDES[side].kind} invoices in the window, so the share is undefined`),
  history: (months: number) =>
    text(`发票历史不足${months}个月，或基期金额不为正`, `fewer than ${months} months of invoices, or the base is not positive`),
  any: text("截至该日没有任何发票", "no invoice up to the day"),
  bank: text("没有覆盖该期间的银行流水，或分母不为正", "bank transactions do not cover the window, or the denominator is not positive"),
  graph: text("对方代码已脱敏，无法认出是哪家企业", "counterparty codes are masked, so no counterparty can be recognised as an enterprise"),
  cluster: text("近24个月没有发票", "no invoices in the last 24 months"),
} as const;

/**
 * Why splitting an invoice moves a feature (`movedBySplitting`). Everything else is made of money, days, months and parties, which a
 * sale brings with it however it is billed; server/src/features/features.test.ts tries each of the catalogue.
 */
const MOVED = {
  count: text("按张数计：一笔交易分开开票，张数就变", "counts invoices: one sale billed in parts counts more often"),
  average: text("除以张数：一笔交易分开开票，均值就降", "divides by the number of invoices: billed in parts, the average falls"),
  share: text(
    "分子或分母是张数：分开开哪一张，占比就随之变",
    "a share of numbers of invoices: it follows which invoices are billed in parts",
  ),
  single: text("看单张金额：一张分成几张，单张金额就变小", "looks at single invoices: billed in parts, each is smaller"),
  amounts: text("看单张金额的样式：分开开票可改变每张的金额", "looks at the amounts of single invoices, which billing in parts changes"),
  numbers: text("看发票号码：分开开票会多用号码", "looks at invoice numbers, of which billing in parts takes more"),
} as const;

const ratio = (above: string, below: string) => `CASE WHEN ${below} > 0 THEN CAST(${above} AS @double) / CAST(${below} AS @double) END`;
/** A value that is known only where the side has any invoice: without one it is null, not zero. */
const known = (side: Side, value: string) => `CASE WHEN has_${side} > 0 THEN ${value} END`;
const observed = (months: number, value: string) => `CASE WHEN hist >= ${months} THEN ${value} END`;

const features: Feature[] = [];
type Draft = {
  id: string;
  family: Family;
  name: Text;
  unit: Unit;
  window: number | null;
  formula: Text;
  direction: Direction;
  missing: Text;
  /** Null where it is left out. */
  moved?: Text;
  needs?: Feature["needs"];
  rows: Partial<RowFilter> & Pick<RowFilter, "side">;
  sql: string | null;
};
/** Windowed names carry their window in the id and in both names. */
const add = ({ id, family, name, unit, window, formula, direction, missing, moved, needs = "invoices", rows, sql }: Draft): void => {
  features.push({
    id: window === null ? id : `${id}_${window}m`,
    family,
    name: window === null ? name : text(`${last(window).zh}${name.zh}`, `${name.en}, ${last(window).en}`),
    unit,
    windowMonths: window,
    formula,
    direction,
    missing,
    movedBySplitting: moved ?? null,
    needs,
    rows: { source: needs === "bank" ? "bank" : "invoices", status: "valid", fromMonth: 0, toMonth: window, ...rows },
    sql,
  });
};

// ── Scale 规模 ───────────────────────────────────────────────────────────────────────────────────────────
for (const side of ["s", "p"] as const) {
  const { id, zh, en, side: of } = SIDES[side];
  for (const window of [3, 6, 12, 24, 36]) {
    add({
      id: `net_${id}`,
      family: "scale",
      name: text(`净${zh}额（不含税）`, `Net ${en} before tax`),
      unit: "fen",
      window,
      formula: text(
        `有效${zh}发票金额之和，红字发票冲减`,
        `sum of the amounts of valid ${SIDES[side].kind} invoices, less red-letter ones`,
      ),
      direction: side === "s" ? "higher-is-better" : "neutral",
      missing: NONE.side(side),
      rows: { side: of },
      sql: known(side, `net_${side}_0_${window}`),
    });
    add({
      id: side === "s" ? "sale_invoices" : "purchase_invoices",
      family: "scale",
      name: text(`有效${zh}发票张数`, `Valid ${SIDES[side].kind} invoices`),
      unit: "count",
      window,
      formula: text(`有效${zh}发票张数，含红字发票`, `number of valid ${SIDES[side].kind} invoices, red-letter ones included`),
      direction: side === "s" ? "higher-is-better" : "neutral",
      missing: NONE.side(side),
      moved: MOVED.count,
      rows: { side: of },
      sql: known(side, `n_${side}_0_${window}`),
    });
  }
  add({
    id: side === "s" ? "average_sale" : "average_purchase",
    family: "scale",
    name: text(`单张${zh}发票平均金额（含税）`, `Average ${SIDES[side].kind} invoice with tax`),
    unit: "fen",
    window: 12,
    formula: text(`正数${zh}发票价税合计 ÷ 张数`, `total with tax of positive ${SIDES[side].kind} invoices ÷ their number`),
    direction: "neutral",
    missing: NONE.count(side),
    moved: MOVED.average,
    rows: { side: of, mark: "positive" },
    sql: ratio(`pt_${side}_0_12`, `np_${side}_0_12`),
  });
}

// ── Activity 活跃度 ──────────────────────────────────────────────────────────────────────────────────────
for (const window of [6, 12, 24, 36])
  add({
    id: "active_months",
    family: "activity",
    name: text("开票活跃月数", "Months with invoices"),
    unit: "months",
    window,
    formula: text("有有效销售或采购发票的滚动月数", "rolling months that hold a valid sale or purchase"),
    direction: "higher-is-better",
    missing: NONE.any,
    rows: { side: "both" },
    sql: `CASE WHEN hist > 0 THEN act_b_${window} END`,
  });
for (const window of [3, 12, 36])
  add({
    id: "sale_days",
    family: "activity",
    name: text("开具销售发票的天数", "Days with a sale"),
    unit: "days",
    window,
    formula: text("开具过有效销售发票的不同日期数", "different days on which a valid sale was invoiced"),
    direction: "higher-is-better",
    missing: NONE.side("s"),
    rows: { side: "sale" },
    sql: known("s", `days_s_0_${window}`),
  });
for (const side of ["s", "p"] as const)
  add({
    id: side === "s" ? "days_since_last_sale" : "days_since_last_purchase",
    family: "activity",
    name: text(`距最近一张${SIDES[side].zh}发票的天数`, `Days since the last ${side === "s" ? "sale" : "purchase"}`),
    unit: "days",
    window: null,
    formula: text(
      `观察日 − 最近一张有效${SIDES[side].zh}发票的开票日期`,
      `as-of day − day of the latest valid ${SIDES[side].kind} invoice`,
    ),
    direction: "lower-is-better",
    missing: NONE.side(side),
    rows: { side: SIDES[side].side },
    sql: `since_${side}`,
  });
add({
  id: "history_months",
  family: "activity",
  name: text("发票历史长度", "Length of the invoice history"),
  unit: "months",
  window: null,
  formula: text("从最早一张有效发票到观察日的滚动月数", "rolling months from the first valid invoice to the as-of day"),
  direction: "higher-is-better",
  missing: NONE.any,
  rows: { side: "both" },
  sql: "hist",
});
add({
  id: "sales_per_active_month",
  family: "activity",
  name: text("活跃月均净销售额", "Net sales an active month"),
  unit: "fen",
  window: 12,
  formula: text("净销售额 ÷ 有销售的月数", "net sales ÷ months with sales"),
  direction: "higher-is-better",
  missing: NONE.count("s"),
  rows: { side: "sale" },
  sql: ratio("net_s_0_12", "act_s_12"),
});
add({
  id: "recent_sale_share",
  family: "activity",
  name: text("近3个月销售发票占比", "Share of the last 3 months in the invoices of sale"),
  unit: "ratio",
  window: 12,
  formula: text("近3个月有效销售发票张数 ÷ 近12个月张数", "valid invoices of sale of 3 months ÷ those of 12 months"),
  direction: "higher-is-better",
  missing: NONE.count("s"),
  moved: MOVED.share,
  rows: { side: "sale" },
  sql: ratio("n_s_0_3", "n_s_0_12"),
});

// ── Growth 增长 ──────────────────────────────────────────────────────────────────────────────────────────
for (const side of ["s", "p"] as const) {
  const { id, zh, en, side: of } = SIDES[side];
  for (const window of [3, 6, 12])
    add({
      id: `${id}_growth`,
      family: "growth",
      name: text(`净${zh}额环比增长（与前${window}个月比）`, `Growth of net ${en} on the ${window} months before`),
      unit: "ratio",
      window,
      formula: text(
        `近${window}个月净${zh}额 ÷ 再前${window}个月净${zh}额 − 1`,
        `net ${en} of ${window} months ÷ those of the ${window} months before − 1`,
      ),
      direction: side === "s" ? "higher-is-better" : "neutral",
      missing: NONE.history(2 * window),
      rows: { side: of, toMonth: 2 * window },
      sql: observed(
        2 * window,
        ratio(`net_${side}_0_${window} - net_${side}_${window}_${2 * window}`, `net_${side}_${window}_${2 * window}`),
      ),
    });
  add({
    id: `${id}_year_on_year`,
    family: "growth",
    name: text(`净${zh}额同比增长`, `Growth of net ${en} on the same months a year before`),
    unit: "ratio",
    window: 3,
    formula: text(`近3个月净${zh}额 ÷ 上年同期净${zh}额 − 1`, `net ${en} of 3 months ÷ those of the same months a year before − 1`),
    direction: side === "s" ? "higher-is-better" : "neutral",
    missing: NONE.history(15),
    rows: { side: of, toMonth: 15 },
    sql: observed(15, ratio(`net_${side}_0_3 - net_${side}_12_15`, `net_${side}_12_15`)),
  });
  for (const window of side === "s" ? [12, 24] : [12])
    add({
      id: `${id}_trend`,
      family: "growth",
      name: text(`月净${zh}额的稳健趋势`, `Robust trend of monthly net ${en}`),
      unit: "per-month",
      window,
      formula: text(
        `月净${zh}额自然对数的泰尔–森斜率（两两斜率的中位数）`,
        `Theil–Sen slope (median of the slopes of all pairs) of the logarithm of monthly net ${en}`,
      ),
      direction: side === "s" ? "higher-is-better" : "neutral",
      missing: text(`净${zh}额为正的月份不足6个`, `fewer than six months with positive net ${en}`),
      rows: { side: of },
      sql: `trend_${side}_${window}`,
    });
}
add({
  id: "sale_invoices_growth",
  family: "growth",
  name: text("销售发票张数增长（与前12个月比）", "Growth of the number of invoices of sale on the 12 months before"),
  unit: "ratio",
  window: 12,
  formula: text("近12个月有效销售发票张数 ÷ 再前12个月张数 − 1", "valid invoices of sale of 12 months ÷ those of the 12 months before − 1"),
  direction: "higher-is-better",
  missing: NONE.history(24),
  moved: MOVED.share,
  rows: { side: "sale", toMonth: 24 },
  sql: observed(24, ratio("n_s_0_12 - n_s_12_24", "n_s_12_24")),
});

// ── Stability 稳定性 ─────────────────────────────────────────────────────────────────────────────────────
for (const side of ["s", "p"] as const) {
  const { id, zh, en, side: of } = SIDES[side];
  for (const window of [6, 12, 24]) {
    add({
      id: `${id}_variation`,
      family: "stability",
      name: text(`月净${zh}额变异系数`, `Variation of monthly net ${en}`),
      unit: "ratio",
      window,
      formula: text(`月净${zh}额的总体标准差 ÷ 平均值`, `population standard deviation of monthly net ${en} ÷ their mean`),
      direction: "lower-is-better",
      missing: NONE.history(window),
      rows: { side: of },
      sql: observed(
        window,
        `CASE WHEN net_${side}_0_${window} > 0 THEN sqrt(CAST(${window} * (square_${side}_${window}) - net_${side}_0_${window} * net_${side}_0_${window} AS @double)) / CAST(net_${side}_0_${window} AS @double) END`,
      ),
    });
    if (window > 6) {
      add({
        id: `months_without_${id}`,
        family: "stability",
        name: text(`无${zh}发票的月数`, `Months without ${en}`),
        unit: "months",
        window,
        formula: text(`${window} − 有有效${zh}发票的月数`, `${window} − months with a valid ${SIDES[side].kind} invoice`),
        direction: "lower-is-better",
        missing: NONE.history(window),
        rows: { side: of },
        sql: observed(window, known(side, `${window} - act_${side}_${window}`)),
      });
      add({
        id: `${id}_gap`,
        family: "stability",
        name: text(`最长连续无${zh}月数`, `Longest run of months without ${en}`),
        unit: "months",
        window,
        formula: text(
          `窗口内连续无有效${zh}发票的最大月数`,
          `most months in a row without a valid ${SIDES[side].kind} invoice in the window`,
        ),
        direction: "lower-is-better",
        missing: NONE.history(window),
        rows: { side: of },
        sql: observed(window, known(side, `gap_${side}_${window}`)),
      });
    }
  }
  for (const window of side === "s" ? [12, 24] : [12])
    add({
      id: `${id}_drawdown`,
      family: "stability",
      name: text(`季度净${zh}额最大回撤`, `Worst drawdown of quarterly net ${en}`),
      unit: "ratio",
      window,
      formula: text(
        `滚动3个月净${zh}额相对此前峰值的最大跌幅，至多为1`,
        `deepest fall of rolling three-month net ${en} from an earlier peak, as a share of the peak, at most 1`,
      ),
      direction: "lower-is-better",
      missing: NONE.history(window),
      rows: { side: of },
      sql: observed(window, `fall_${side}_${window}`),
    });
}

// ── Season 季节性 ────────────────────────────────────────────────────────────────────────────────────────
add({
  id: "best_quarter_share",
  family: "season",
  name: text("最旺季度销售占比", "Share of the best quarter"),
  unit: "ratio",
  window: 12,
  formula: text("四个滚动季度中最大的净销售额 ÷ 12个月净销售额", "largest net sales of the four rolling quarters ÷ net sales of 12 months"),
  direction: "lower-is-better",
  missing: NONE.history(12),
  rows: { side: "sale" },
  sql: observed(12, ratio("best_quarter_s", "net_s_0_12")),
});
add({
  id: "best_month_share",
  family: "season",
  name: text("最旺月份销售占比", "Share of the best month"),
  unit: "ratio",
  window: 12,
  formula: text("最大的月净销售额 ÷ 12个月净销售额", "largest monthly net sales ÷ net sales of 12 months"),
  direction: "lower-is-better",
  missing: NONE.history(12),
  rows: { side: "sale" },
  sql: observed(12, ratio("best_month_s", "net_s_0_12")),
});
add({
  id: "season_strength",
  family: "season",
  name: text("12个月季节规律强度", "Strength of the twelve-month pattern"),
  unit: "ratio",
  window: 24,
  formula: text(
    "近12个月与再前12个月逐月净销售额的相关系数",
    "correlation of the monthly net sales of 12 months with those of the 12 months before",
  ),
  direction: "neutral",
  missing: text("发票历史不足24个月，或某一年各月相同", "fewer than 24 months of invoices, or all months of a year equal"),
  rows: { side: "sale" },
  sql: observed(
    24,
    `CASE WHEN 12 * (square_s_12) > net_s_0_12 * net_s_0_12 AND 12 * (square_before_s) > net_s_12_24 * net_s_12_24 THEN CAST(12 * (lagged_s) - net_s_0_12 * net_s_12_24 AS @double) / (sqrt(CAST(12 * (square_s_12) - net_s_0_12 * net_s_0_12 AS @double)) * sqrt(CAST(12 * (square_before_s) - net_s_12_24 * net_s_12_24 AS @double))) END`,
  ),
});

// ── Margin 毛利 ──────────────────────────────────────────────────────────────────────────────────────────
const bothKnown = (value: string) => known("s", known("p", value));
const noMargin = text("没有采购发票，或净销售额不为正", "no purchases invoiced, or net sales are not positive");
for (const window of [3, 6, 12, 24, 36])
  add({
    id: "invoice_margin",
    family: "margin",
    name: text("发票毛利率", "Invoice margin"),
    unit: "ratio",
    window,
    formula: text("（净销售额 − 净采购额）÷ 净销售额", "(net sales − net purchases) ÷ net sales"),
    direction: "higher-is-better",
    missing: noMargin,
    rows: { side: "both" },
    sql: bothKnown(ratio(`net_s_0_${window} - net_p_0_${window}`, `net_s_0_${window}`)),
  });
add({
  id: "margin_change",
  family: "margin",
  name: text("发票毛利率变化", "Change of the invoice margin"),
  unit: "ratio",
  window: 12,
  formula: text("近12个月毛利率 − 再前12个月毛利率", "margin of 12 months − margin of the 12 months before"),
  direction: "higher-is-better",
  missing: NONE.history(24),
  rows: { side: "both", toMonth: 24 },
  sql: observed(
    24,
    bothKnown(
      `CASE WHEN net_s_0_12 > 0 AND net_s_12_24 > 0 THEN CAST(net_p_12_24 AS @double) / CAST(net_s_12_24 AS @double) - CAST(net_p_0_12 AS @double) / CAST(net_s_0_12 AS @double) END`,
    ),
  ),
});
const quarterMargin = (index: number) => `CAST(q_s_${index} - q_p_${index} AS @double) / CAST(q_s_${index} AS @double)`;
const quarterMargins = [0, 3, 6, 9].map(quarterMargin).join(", ");
add({
  id: "margin_range",
  family: "margin",
  name: text("季度毛利率极差", "Range of the quarterly margin"),
  unit: "ratio",
  window: 12,
  formula: text("四个滚动季度毛利率的最大值 − 最小值", "largest − smallest margin of the four rolling quarters"),
  direction: "lower-is-better",
  missing: text(
    "发票历史不足12个月、没有采购发票，或某季度净销售额不为正",
    "fewer than 12 months of invoices, no purchases invoiced, or a quarter without net sales",
  ),
  rows: { side: "both" },
  sql: observed(
    12,
    bothKnown(
      `CASE WHEN ${[0, 3, 6, 9].map((index) => `q_s_${index} > 0`).join(" AND ")} THEN greatest(${quarterMargins}) - least(${quarterMargins}) END`,
    ),
  ),
});

// ── Concentration 集中度 and loyalty 客户黏性 ────────────────────────────────────────────────────────────
for (const side of ["s", "p"] as const) {
  const { zh, en, party, parties, side: of } = SIDES[side];
  for (const window of [12, 24]) {
    add({
      id: parties,
      family: "concentration",
      name: text(`${party.zh}数`, `Number of ${parties}`),
      unit: "count",
      window,
      formula: text(`有有效${zh}发票的${party.zh}数`, `${parties} with a valid ${SIDES[side].kind} invoice`),
      direction: "higher-is-better",
      missing: NONE.side(side),
      rows: { side: of },
      sql: known(side, `parties_${side}_${window}`),
    });
    add({
      id: `${party.en}_months`,
      family: "concentration",
      name: text(`${party.zh}月数`, `Months of trade with ${parties}, added up`),
      unit: "count",
      window,
      formula: text(
        `各${party.zh}有有效${zh}发票的滚动月数之和`,
        `rolling months with a valid ${SIDES[side].kind} invoice, added up over the ${parties}`,
      ),
      direction: "higher-is-better",
      missing: NONE.side(side),
      rows: { side: of },
      sql: known(side, `partymonths_${side}_${window}`),
    });
    for (const top of [1, 3, 5, 10])
      add({
        id: `${party.en}_top${top}_share`,
        family: "concentration",
        name: text(
          top === 1 ? `第一大${party.zh}占比` : `前${top}大${party.zh}占比`,
          top === 1 ? `Share of the largest ${party.en}` : `Share of the ${top} largest ${parties}`,
        ),
        unit: "ratio",
        window,
        formula: text(
          `净${zh}额最大的${top}个${party.zh}的净额 ÷ 净额为正的全部${party.zh}的净额`,
          `net ${en} with the ${top} largest ${parties} ÷ net ${en} with all ${parties} whose net is positive`,
        ),
        direction: "lower-is-better",
        missing: NONE.ratio(side),
        rows: { side: of, parties: { kind: "top", count: top } },
        sql: ratio(`top${top}_${side}_${window}`, `pos_${side}_${window}`),
      });
    add({
      id: `${party.en}_hhi`,
      family: "concentration",
      name: text(`${party.zh}集中度（赫芬达尔指数）`, `Herfindahl index of ${parties}`),
      unit: "ratio",
      window,
      formula: text(`各${party.zh}份额的平方和，0 至 1`, `sum of the squared shares of the ${parties}, 0 to 1`),
      direction: "lower-is-better",
      missing: NONE.ratio(side),
      rows: { side: of },
      sql: `CASE WHEN pos_${side}_${window} > 0 THEN CAST(sqr_${side}_${window} AS @double) / CAST(pos_${side}_${window} AS @double) / CAST(pos_${side}_${window} AS @double) END`,
    });
    add({
      id: `effective_${parties}`,
      family: "concentration",
      name: text(`有效${party.zh}数`, `Effective number of ${parties}`),
      unit: "count",
      window,
      formula: text("1 ÷ 赫芬达尔指数", "1 ÷ Herfindahl index"),
      direction: "higher-is-better",
      missing: NONE.ratio(side),
      rows: { side: of },
      sql: `CASE WHEN sqr_${side}_${window} > 0 THEN CAST(pos_${side}_${window} AS @double) * CAST(pos_${side}_${window} AS @double) / CAST(sqr_${side}_${window} AS @double) END`,
    });
  }
  const comparable = text(`发票历史不足24个月，无从比较`, `fewer than 24 months of invoices, so nothing to compare with`);
  add({
    id: `${parties}_gained`,
    family: "loyalty",
    name: text(`新增${party.zh}数`, `${party.en === "buyer" ? "Buyers" : "Suppliers"} gained`),
    unit: "count",
    window: 12,
    formula: text(`近12个月有交易而此前从未有过的${party.zh}数`, `${parties} of the last 12 months that were never seen before`),
    direction: "higher-is-better",
    missing: comparable,
    rows: { side: of, parties: { kind: "gained" } },
    sql: observed(24, known(side, `gained_${side}`)),
  });
  add({
    id: `${parties}_lost`,
    family: "loyalty",
    name: text(`流失${party.zh}数`, `${party.en === "buyer" ? "Buyers" : "Suppliers"} lost`),
    unit: "count",
    window: 12,
    formula: text(`再前12个月有交易而近12个月没有的${party.zh}数`, `${parties} of the 12 months before that were not seen in the last 12`),
    direction: "lower-is-better",
    missing: comparable,
    rows: { side: of, fromMonth: 12, toMonth: 24, parties: { kind: "lost" } },
    sql: observed(24, known(side, `lost_${side}`)),
  });
  add({
    id: `${party.en}_retention`,
    family: "loyalty",
    name: text(`${party.zh}留存率`, `Retention of ${parties}`),
    unit: "ratio",
    window: 12,
    formula: text(
      `再前12个月的${party.zh}中近12个月仍有交易者的比例`,
      `share of the ${parties} of the 12 months before that were seen again in the last 12`,
    ),
    direction: "higher-is-better",
    missing: comparable,
    rows: { side: of, toMonth: 24, parties: { kind: "kept" } },
    sql: observed(24, ratio(`kept_${side}`, `before_${side}`)),
  });
  add({
    id: `new_${party.en}_share`,
    family: "loyalty",
    name: text(`新增${party.zh}${zh}占比`, `Share of new ${parties} in ${en}`),
    unit: "ratio",
    window: 12,
    formula: text(
      `与新增${party.zh}的净${zh}额 ÷ 净额为正的全部${party.zh}的净额`,
      `net ${en} with ${parties} gained ÷ net ${en} with all ${parties} whose net is positive`,
    ),
    direction: "neutral",
    missing: comparable,
    rows: { side: of, parties: { kind: "gained" } },
    sql: observed(24, ratio(`newnet_${side}`, `pos_${side}_12`)),
  });
  add({
    id: `repeat_${party.en}_share`,
    family: "loyalty",
    name: text(`回头${party.zh}${zh}占比`, `Share of repeat ${parties} in ${en}`),
    unit: "ratio",
    window: 12,
    formula: text(`在至少两个月有交易的${party.zh}的净额占比`, `share of ${parties} traded with in at least two months`),
    direction: "higher-is-better",
    missing: NONE.ratio(side),
    rows: { side: of, parties: { kind: "repeat" } },
    sql: ratio(`repeatnet_${side}`, `pos_${side}_12`),
  });
  add({
    id: `core_${party.en}_share`,
    family: "loyalty",
    name: text(`核心${party.zh}${zh}占比`, `Share of core ${parties} in ${en}`),
    unit: "ratio",
    window: 12,
    formula: text(`在至少六个月有交易的${party.zh}的净额占比`, `share of ${parties} traded with in at least six months`),
    direction: "higher-is-better",
    missing: NONE.ratio(side),
    rows: { side: of, parties: { kind: "core" } },
    sql: ratio(`corenet_${side}`, `pos_${side}_12`),
  });
}

// ── Quality 发票质量 ─────────────────────────────────────────────────────────────────────────────────────
for (const side of ["s", "p"] as const) {
  const { id, zh, en, side: of } = SIDES[side];
  for (const window of [12, 24]) {
    add({
      id: `void_${id}_share`,
      family: "quality",
      name: text(`${zh}发票作废率`, `Share of void ${SIDES[side].kind} invoices`),
      unit: "ratio",
      window,
      formula: text(`作废张数 ÷ 全部张数`, `void invoices ÷ all invoices`),
      direction: "lower-is-better",
      missing: NONE.count(side),
      moved: MOVED.share,
      rows: { side: of, status: "void" },
      sql: ratio(`nv_${side}_0_${window}`, `(nv_${side}_0_${window} + n_${side}_0_${window})`),
    });
    add({
      id: `red_${id}_share`,
      family: "quality",
      name: text(`红字${zh}发票金额占比`, `Share of red-letter ${en} by amount`),
      unit: "ratio",
      window,
      formula: text(`红字发票价税合计绝对值 ÷ 正数发票价税合计`, `red-letter total ÷ total of positive invoices, both with tax`),
      direction: "lower-is-better",
      missing: NONE.count(side),
      rows: { side: of, status: "red" },
      sql: ratio(`red_${side}_0_${window}`, `pt_${side}_0_${window}`),
    });
  }
  add({
    id: `void_${id}_amount_share`,
    family: "quality",
    name: text(`作废${zh}发票金额占比`, `Share of void ${en} by amount`),
    unit: "ratio",
    window: 12,
    formula: text(
      "作废价税合计绝对值 ÷（作废 + 正数有效价税合计）",
      "void total ÷ (void total + total of positive valid invoices), with tax",
    ),
    direction: "lower-is-better",
    missing: NONE.count(side),
    rows: { side: of, status: "void" },
    sql: ratio(`vt_${side}_0_12`, `(vt_${side}_0_12 + pt_${side}_0_12)`),
  });
  add({
    id: `red_${id}_count_share`,
    family: "quality",
    name: text(`红字${zh}发票张数占比`, `Share of red-letter ${en} by number`),
    unit: "ratio",
    window: 12,
    formula: text("红字发票张数 ÷ 有效发票张数", "red-letter invoices ÷ valid invoices"),
    direction: "lower-is-better",
    missing: NONE.count(side),
    moved: MOVED.share,
    rows: { side: of, status: "red" },
    sql: ratio(`nr_${side}_0_12`, `n_${side}_0_12`),
  });
  add({
    id: `late_red_${id}_share`,
    family: "quality",
    name: text(`迟到红字${zh}发票占比`, `Share of late red letters of ${en}`),
    unit: "ratio",
    window: 24,
    formula: text(
      "红字开具当月及此前两个月对同一对方没有正数发票的“对方·月”数 ÷ 有红字的“对方·月”数",
      "counterparty-months with a red letter but no positive invoice to that party in it or the two months before ÷ counterparty-months with a red letter",
    ),
    direction: "lower-is-better",
    missing: text("该期间没有红字发票", "no red-letter invoice in the window"),
    rows: { side: of, status: "red", parties: { kind: "late-red" } },
    sql: ratio(`latemonths_${side}`, `redmonths_${side}`),
  });
  add({
    id: `largest_${side === "s" ? "sale" : "purchase"}_share`,
    family: "quality",
    name: text(`最大单张${zh}发票占比`, `Share of the largest single ${SIDES[side].kind} invoice`),
    unit: "ratio",
    window: 12,
    formula: text("最大一张发票价税合计 ÷ 正数发票价税合计", "total of the largest invoice ÷ total of positive invoices"),
    direction: "lower-is-better",
    missing: NONE.count(side),
    moved: MOVED.single,
    rows: { side: of, mark: "positive" },
    sql: ratio(`big_${side}_0_12`, `pt_${side}_0_12`),
  });
}
for (const [id, measure, mark, name, formula] of [
  [
    "round_sale_share",
    "rnd",
    "round",
    text("整数金额销售发票占比", "Share of round sales"),
    text(
      "价税合计为1,000元整数倍的正数发票张数 ÷ 正数发票张数",
      "positive invoices whose total is a whole multiple of 1,000 yuan ÷ positive invoices",
    ),
  ],
  [
    "near_limit_sale_share",
    "lim",
    "near-limit",
    text("贴近开票限额的销售发票占比", "Share of sales close under an invoice limit"),
    text(
      "不含税金额在1万、10万或100万元限额的95%至100%之间的张数 ÷ 正数发票张数",
      "invoices of 95 to 100 % of a limit of 10,000, 100,000 or 1,000,000 yuan before tax ÷ positive invoices",
    ),
  ],
  [
    "weekend_sale_share",
    "wend",
    "weekend",
    text("周末开具的销售发票占比", "Share of sales invoiced at weekends"),
    text("周六、周日开具的正数发票张数 ÷ 正数发票张数", "positive invoices of Saturdays and Sundays ÷ positive invoices"),
  ],
] as const)
  add({
    id,
    family: "quality",
    name,
    unit: "ratio",
    window: 12,
    formula,
    direction: id === "weekend_sale_share" ? "neutral" : "lower-is-better",
    missing: NONE.count("s"),
    moved: id === "weekend_sale_share" ? MOVED.share : MOVED.amounts,
    rows: { side: "sale", mark },
    sql: ratio(`${measure}_s_0_12`, "np_s_0_12"),
  });
add({
  id: "month_end_sale_share",
  family: "quality",
  name: text("月末集中开票占比", "Share of sales invoiced at month's end"),
  unit: "ratio",
  window: 12,
  formula: text(
    "每月26日及以后开具的正数发票价税合计 ÷ 正数发票价税合计",
    "total of positive invoices from the 26th of a month on ÷ total of positive invoices",
  ),
  direction: "lower-is-better",
  missing: NONE.count("s"),
  rows: { side: "sale", mark: "month-end" },
  sql: ratio("mend_s_0_12", "pt_s_0_12"),
});
add({
  id: "in_sequence_sale_share",
  family: "quality",
  name: text("对同一客户连号开票占比", "Share of sales numbered in sequence to one buyer"),
  unit: "ratio",
  window: 12,
  formula: text(
    "一个月内对同一客户开具至少3张且号码完全连续的发票张数 ÷ 有效销售发票张数",
    "invoices of buyer-months of at least three whose numbers follow each other without a gap ÷ valid sales invoices",
  ),
  direction: "lower-is-better",
  missing: NONE.count("s"),
  moved: MOVED.numbers,
  rows: { side: "sale", parties: { kind: "in-sequence" } },
  sql: ratio("coalesce(in_sequence, 0)", "n_s_0_12"),
});

// ── Tax 税负与税率结构 ───────────────────────────────────────────────────────────────────────────────────
add({
  id: "output_tax",
  family: "tax",
  name: text("销项税额", "Output tax"),
  unit: "fen",
  window: 12,
  formula: text("有效销售发票税额之和", "sum of the tax of valid sales invoices"),
  direction: "neutral",
  missing: NONE.side("s"),
  rows: { side: "sale" },
  sql: known("s", "tax_s_0_12"),
});
add({
  id: "input_tax",
  family: "tax",
  name: text("进项税额", "Input tax"),
  unit: "fen",
  window: 12,
  formula: text("有效采购发票税额之和", "sum of the tax of valid purchase invoices"),
  direction: "neutral",
  missing: NONE.side("p"),
  rows: { side: "purchase" },
  sql: known("p", "tax_p_0_12"),
});
for (const window of [12, 24])
  add({
    id: "vat_burden",
    family: "tax",
    name: text("增值税税负率", "VAT burden"),
    unit: "ratio",
    window,
    formula: text("（销项税额 − 进项税额）÷ 净销售额", "(output tax − input tax) ÷ net sales"),
    direction: "neutral",
    missing: noMargin,
    rows: { side: "both" },
    sql: bothKnown(ratio(`tax_s_0_${window} - tax_p_0_${window}`, `net_s_0_${window}`)),
  });
for (const side of ["s", "p"] as const)
  add({
    id: `effective_${side === "s" ? "output" : "input"}_rate`,
    family: "tax",
    name: text(`${SIDES[side].zh}平均税率`, `Average tax rate of ${SIDES[side].en}`),
    unit: "ratio",
    window: 12,
    formula: text(`${SIDES[side].zh}税额 ÷ 净${SIDES[side].zh}额`, `tax ÷ net ${SIDES[side].en}`),
    direction: "neutral",
    missing: NONE.ratio(side),
    rows: { side: SIDES[side].side },
    sql: ratio(`tax_${side}_0_12`, `net_${side}_0_12`),
  });
add({
  id: "input_to_output_tax",
  family: "tax",
  name: text("进销项税额比", "Input to output tax"),
  unit: "ratio",
  window: 12,
  formula: text("进项税额 ÷ 销项税额", "input tax ÷ output tax"),
  direction: "neutral",
  missing: text("没有采购发票，或销项税额不为正", "no purchases invoiced, or output tax is not positive"),
  rows: { side: "both" },
  sql: bothKnown(ratio("tax_p_0_12", "tax_s_0_12")),
});
for (const [id, measure, mark, zh, en] of [
  ["standard_rate_share", "rhigh", "rate-high", "基本税率（13%及以上）", "the standard rate (13 % and above)"],
  ["reduced_rate_share", "rmid", "rate-middle", "低税率（6%至11%）", "the reduced rates (6 to 11 %)"],
  ["levy_rate_share", "rlow", "rate-low", "征收率（5%及以下）", "the levy rates (5 % and below)"],
  ["zero_rate_share", "rzero", "rate-zero", "零税率与免税", "zero rate and exemption"],
] as const)
  add({
    id,
    family: "tax",
    name: text(`${zh}销售占比`, `Share of sales at ${en}`),
    unit: "ratio",
    window: 12,
    formula: text(`适用${zh}的正数发票金额 ÷ 全部正数发票金额`, `positive invoices at ${en} ÷ all positive invoices, before tax`),
    direction: "neutral",
    missing: NONE.ratio("s"),
    rows: { side: "sale", mark },
    sql: ratio(`${measure}_s_0_12`, "pnet_s_0_12"),
  });

// ── Graph 关系网络 (computed by graph.ts) ────────────────────────────────────────────────────────────────
const graph = (id: string, name: Text, unit: Unit, formula: Text, direction: Direction, rows: Draft["rows"], missing: Text = NONE.graph) =>
  add({ id, family: "graph", name, unit, window: 24, formula, direction, missing, needs: "graph", rows, sql: null });
const identified: Draft["rows"] = { side: "both", parties: { kind: "identified" } };
graph(
  "cycles",
  text("循环开票环数", "Rings of circular trade"),
  "count",
  text(
    "经过本企业、长度2至5的开票闭环数（每家企业至多计100个）",
    "closed chains of 2 to 5 parties through the enterprise (at most 100 are counted)",
  ),
  "lower-is-better",
  identified,
);
graph(
  "cycle_trade_share",
  text("循环开票金额占比", "Share of circular trade"),
  "ratio",
  text(
    "所在闭环最小边金额之和（以本企业对下家的销售为限）÷ 销售总额",
    "sum of the smallest edge of its rings, at most the sales to the next party, ÷ sales",
  ),
  "lower-is-better",
  identified,
);
graph(
  "shortest_cycle",
  text("最短闭环长度", "Length of the shortest ring"),
  "count",
  text("经过本企业的最短开票闭环的家数", "parties in the shortest ring through the enterprise"),
  "neutral",
  identified,
  text("不在任何闭环中，或对方代码已脱敏", "in no ring, or counterparty codes are masked"),
);
graph(
  "ring_component",
  text("循环圈规模", "Size of the circle of mutual reach"),
  "count",
  text(
    "与本企业可沿开票方向互达的主体数（强连通分量）",
    "parties that reach the enterprise and are reached by it along invoices (strongly connected component)",
  ),
  "lower-is-better",
  identified,
);
graph(
  "reciprocal_trade_share",
  text("对开发票占比", "Share of reciprocal trade"),
  "ratio",
  text(
    "对每个既是客户又是供应商的对方取较小一边，其和 ÷ 销售总额",
    "for each party that is both buyer and supplier the smaller of the two sides; their sum ÷ sales",
  ),
  "lower-is-better",
  { side: "both", parties: { kind: "both-sides" } },
);
graph(
  "known_buyer_share",
  text("与平台内企业的销售占比", "Share of sales to enterprises on the platform"),
  "ratio",
  text("客户为平台内企业的销售额 ÷ 销售总额", "sales to buyers that are enterprises here ÷ sales"),
  "neutral",
  { side: "sale", parties: { kind: "identified" } },
);
graph(
  "largest_related_overlap",
  text("与最相似企业的对手方重合度", "Overlap of counterparties with the most similar enterprise"),
  "ratio",
  text(
    "共同的少见对方数 ÷ 两家少见对方之并（雅卡尔系数）；少见指至多20家企业与之交易",
    "counterparties in common ÷ those of either (Jaccard), among counterparties of at most 20 enterprises",
  ),
  "lower-is-better",
  { side: "both" },
  NONE.cluster,
);
graph(
  "related_cluster_size",
  text("疑似关联群规模", "Size of the cluster of related parties"),
  "count",
  text(
    "以对手方高度重合（至少5个且雅卡尔系数不低于0.2）相连的企业数，含本企业",
    "enterprises joined by strongly overlapping counterparties (at least five, Jaccard 0.2 or more), itself included",
  ),
  "lower-is-better",
  { side: "both" },
  NONE.cluster,
);

// ── Cash 现金流（银行流水）──────────────────────────────────────────────────────────────────────────────
const cash = (
  id: string,
  name: Text,
  unit: Unit,
  window: number,
  formula: Text,
  direction: Direction,
  sql: string,
  rows: Partial<RowFilter>,
  missing: Text = NONE.bank,
) =>
  add({
    id,
    family: "cash",
    name,
    unit,
    window,
    formula,
    direction,
    missing,
    needs: "bank",
    rows: { side: "both", status: "any", ...rows },
    sql: `CASE WHEN bhist >= ${window} THEN ${sql} END`,
  });
const TRADE = ["transfer", "cash"];
for (const window of [3, 6, 12])
  cash(
    "bank_inflow",
    text("经营性流入", "Operating inflow"),
    "fen",
    window,
    text("转账与现金收入之和（不含贷款、退回、利息）", "money in by transfer and cash, without loans, returns and interest"),
    "higher-is-better",
    `bin_${window}`,
    { kinds: TRADE, flow: "in" },
  );
for (const window of [3, 12])
  cash(
    "bank_outflow",
    text("经营性流出", "Operating outflow"),
    "fen",
    window,
    text("转账与现金支出之和", "money out by transfer and cash"),
    "neutral",
    `bout_${window}`,
    { kinds: TRADE, flow: "out" },
  );
for (const window of [6, 12])
  cash(
    "net_cash_flow",
    text("账户净流量", "Net flow of the accounts"),
    "fen",
    window,
    text("全部收入 − 全部支出", "all money in − all money out"),
    "higher-is-better",
    `bnet_${window}`,
    {},
  );
cash(
  "inflow_to_sales",
  text("回款与开票比", "Inflow to invoiced sales"),
  "ratio",
  12,
  text("经营性流入 ÷ 有效销售发票价税合计", "operating inflow ÷ total with tax of valid sales"),
  "higher-is-better",
  ratio("bin_12", "total_s_0_12"),
  { kinds: TRADE, flow: "in" },
);
cash(
  "outflow_to_purchases",
  text("付款与采购开票比", "Outflow to invoiced purchases"),
  "ratio",
  12,
  text("经营性流出 ÷ 有效采购发票价税合计", "operating outflow ÷ total with tax of valid purchases"),
  "neutral",
  ratio("bout_12", "total_p_0_12"),
  { kinds: TRADE, flow: "out" },
);
cash(
  "days_to_cash",
  text("回款天数", "Days to cash"),
  "days",
  12,
  text(
    "销售发票的金额加权平均日期到流入的金额加权平均日期的天数",
    "days from the amount-weighted mean day of sales to that of the operating inflow",
  ),
  "lower-is-better",
  "CASE WHEN bin_12 > 0 AND total_s_0_12 > 0 THEN CAST(wday_s_0_12 AS @double) / CAST(total_s_0_12 AS @double) - CAST(bwday_12 AS @double) / CAST(bin_12 AS @double) END",
  { kinds: TRADE, flow: "in" },
);
for (const window of [3, 12])
  cash(
    "lowest_balance",
    text("最低余额", "Lowest balance"),
    "fen",
    window,
    text("每笔交易后余额的最小值", "smallest balance after a transaction"),
    "higher-is-better",
    `bmin_${window}`,
    {},
    text("没有覆盖该期间的银行流水，或流水不带余额", "bank transactions do not cover the window, or carry no balance"),
  );
cash(
  "cash_inflow_share",
  text("现金收入占比", "Share of cash in the inflow"),
  "ratio",
  12,
  text("现金收入 ÷ 经营性流入", "money in by cash ÷ operating inflow"),
  "lower-is-better",
  ratio("bcash_12", "bin_12"),
  { kinds: ["cash"], flow: "in" },
);
cash(
  "loan_inflow_share",
  text("贷款流入占比", "Share of loans in all inflow"),
  "ratio",
  12,
  text("贷款发放 ÷ 全部收入", "loans drawn ÷ all money in"),
  "lower-is-better",
  ratio("bloan_in_12", "ball_in_12"),
  { kinds: ["loan"], flow: "in" },
);
cash(
  "debt_service_to_inflow",
  text("还本付息占流入比", "Debt service to inflow"),
  "ratio",
  12,
  text("（归还贷款 + 支付利息）÷ 经营性流入", "(loans repaid + interest paid) ÷ operating inflow"),
  "lower-is-better",
  ratio("bloan_out_12 + binterest_12", "bin_12"),
  { kinds: ["loan", "interest"], flow: "out" },
);
cash(
  "returned_items",
  text("退票退汇笔数", "Returned items"),
  "count",
  12,
  text("退票、退汇笔数", "transactions returned"),
  "lower-is-better",
  "breturn_12",
  { kinds: ["return"] },
);
cash(
  "salary_months",
  text("发薪月数", "Months with salaries paid"),
  "months",
  12,
  text("有工资支出的滚动月数", "rolling months with salaries paid"),
  "higher-is-better",
  "months_bsalary",
  { kinds: ["salary"], flow: "out" },
);
cash(
  "tax_paid_to_sales",
  text("缴税与销售比", "Tax paid to sales"),
  "ratio",
  12,
  text("缴税支出 ÷ 净销售额", "tax paid from the accounts ÷ net sales"),
  "neutral",
  ratio("btax_12", "net_s_0_12"),
  { kinds: ["tax"], flow: "out" },
);
cash(
  "inflow_variation",
  text("月流入变异系数", "Variation of monthly inflow"),
  "ratio",
  12,
  text("月经营性流入的总体标准差 ÷ 平均值", "population standard deviation of monthly operating inflow ÷ their mean"),
  "lower-is-better",
  "CASE WHEN bin_12 > 0 THEN sqrt(CAST(12 * (square_b) - bin_12 * bin_12 AS @double)) / CAST(bin_12 AS @double) END",
  { kinds: TRADE, flow: "in" },
);
cash(
  "months_with_inflow",
  text("有经营性流入的月数", "Months with operating inflow"),
  "months",
  12,
  text("有转账或现金收入的滚动月数", "rolling months with money in by transfer or cash"),
  "higher-is-better",
  "months_bactive",
  { kinds: TRADE, flow: "in" },
);

/** Every feature, each defined once: name, unit, formula, what missing means, and the SQL that computes it. */
export const catalogue: readonly Feature[] = features;

const byId = new Map(features.map((feature) => [feature.id, feature]));
export const featureById = (id: string): Feature | null => byId.get(id) ?? null;

/** Whether billing the same sales in more invoices leaves a feature of the catalogue as it is. */
export const holdsWhenSplit = (id: string): boolean => byId.get(id)?.movedBySplitting === null;

/** Raised where the meaning of the compiled columns or of the graph changes while the definitions read the same. */
const ENGINE_VERSION = 1;

/** What the version of the catalogue is a hash of: the definitions in canonical JSON. The server hashes it. */
export const catalogueVersion: string = canonicalJson({ engine: ENGINE_VERSION, features: features as unknown as never });
