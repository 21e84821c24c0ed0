import type { IsoDate, Text } from "@zhiwei/core/basics";
import { type BinningOptions, type ExpertPrior, type Recipe, type Shape, masterScale } from "@zhiwei/core/scorecard";

/**
 * The scorecard of the demonstration region: 82 enterprises with known outcomes, 18 of them defaults.
 *
 * With so few events there is no choosing among the features of the catalogue by the data: picking them inside the fold reaches an AUC of
 * 0.89, against 0.94 for four that a lender would name (`npm run -s bench:scoring -- --only invoices`). They ask one thing each of the
 * sales invoices, over the longest window there is: how much, how steady, how unbroken, how spread. Each has a direction that was laid
 * down, its evidence lies on a line (`even`), and a strong penalty keeps the weights near each other. Whoever chose them knew how each
 * ranks on all 82 records; that optimism is in the figures, and the limits of use say so.
 *
 * None is moved by billing one sale as several invoices. How many invoices there are was a fifth, until that was asked: an enterprise
 * could raise its score by billing in parts. Leaving it out costs no rank that can be seen; docs/scorecard.md has the figures.
 */
const DEVELOPMENT = "演示区域模型开发岗 model development, demonstration region";
const ON = "2026-11-23" as IsoDate;

const laidDown: readonly (readonly [feature: string, trend: Shape, reason: string])[] = [
  ["net_sales_36m", "descending", "规模：净销售额越大，抵御冲击的余地越大。Scale: larger net sales leave more room to absorb a shock."],
  ["sales_variation_24m", "ascending", "波动：月销售起伏越大，现金流越难预期。Volatility: sales that swing make cash hard to foresee."],
  [
    "months_without_sales_24m",
    "ascending",
    "间断：无销售的月份越多，经营越不连续。Interruption: months without sales are months without income.",
  ],
  ["buyer_top3_share_24m", "ascending", "集中：依赖少数买方，一家流失即受重创。Concentration: losing one of few buyers hurts most."],
];

export const DEMO_MODEL: {
  readonly name: string;
  readonly title: Text;
  readonly purpose: Text;
  readonly limits: Text[];
  readonly note: string;
  readonly by: string;
  readonly recipe: Partial<Recipe>;
} = {
  name: "sme-invoice",
  title: { zh: "小微企业发票评分卡（演示）", en: "Invoice scorecard for small and micro enterprises (demonstration)" },
  purpose: {
    zh: "仅凭增值税发票，对小微企业一年期信用贷款申请排序，作为人工审查的依据之一。",
    en: "To rank applications of small and micro enterprises for unsecured loans of a year on their VAT invoices alone, as one ground of a review by people.",
  },
  limits: [
    {
      zh: "训练样本仅 82 家、违约 18 家，来自一家银行的公开竞赛数据；AUC 的 95% 区间约为 0.89 至 1.00。",
      en: "Trained on 82 enterprises with 18 defaults, published by one bank for a contest; the 95 % interval of the AUC is about 0.89 to 1.00.",
    },
    {
      zh: "数据没有违约日期：特征可能取自违约之后，概率不是严格的一年期违约概率，也无法做时间外验证。",
      en: "There is no date of default: features may be of a time after it, the probability is not strictly of one year, and no out-of-time test is possible.",
    },
    {
      zh: "样本违约率 22% 远高于一般贷款组合；未给出长期平均违约率，概率只反映样本水平，用于定价前须校准。",
      en: "The sample's default rate of 22 % is far above that of a portfolio; no long-run rate is laid down, so calibrate before pricing by it.",
    },
    {
      zh: "其余 302 家没有结果标签，且未经同一银行筛选；对它们的评分给出更宽的区间。",
      en: "The other 302 enterprises have no outcomes and were not selected by the same bank; their scores carry wider intervals.",
    },
    {
      zh: "四个特征由专家选定，选定时已知各特征在全部 82 家上的单独排序能力，交叉验证不能消除这部分乐观；完全由数据在折内选择特征时 AUC 为 0.89。",
      en: "The four features were chosen by people who knew how each ranks on all 82 records, which cross-validation cannot take back; chosen by the data inside the fold, the AUC is 0.89.",
    },
    {
      zh: "不适用于成立不足两年、主要以现金或免税方式经营的企业。",
      en: "Not for enterprises younger than two years, nor for those that trade mostly in cash or exempt from VAT.",
    },
  ],
  note: "演示区域随附的配置 Settings that come with the demonstration region",
  by: DEVELOPMENT,
  recipe: {
    features: laidDown.map(([feature]) => feature),
    unmovedBySplitting: true,
    options: {
      minIv: 0,
      maxCorrelation: 1,
      l2: 100,
      centre: -0.5,
      // Three records without a value are no evidence of safety: a bin is drawn to the sample by three records' worth of it.
      binning: { method: "even", maxBins: 10, smoothing: 3 } satisfies BinningOptions,
      priors: laidDown.map(([feature, trend, reason]): ExpertPrior => ({ feature, trend, setBy: DEVELOPMENT, setOn: ON, reason })),
      grades: masterScale(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], 0.01, 0.6),
    },
    folds: 5,
    repeats: 20,
    refits: 200,
    seed: 2026,
  },
};

/** Who stands for the second pair of eyes in the demonstration, said on its face: no committee has met. */
export const DEMO_APPROVAL = {
  by: "演示设置（未经真实委员会） demonstration set-up, no committee has met",
  note: "演示区域启动时自动批准，仅供演示；真实使用须由第二人审批。Approved automatically when the demonstration region was set up; real use needs a second person.",
} as const;
