/** The model card 模型卡 as a document that a model committee signs: what the kept model document says, and its history. */
import type { Language, Text } from "@zhiwei/core/basics";
import { featureById } from "@zhiwei/core/features";
import { type Bin, type Estimate, type ModelDocument, type ScorecardFeature, binLabel, settledOptions } from "@zhiwei/core/scorecard";
import { type Cell, type Chart, Pages } from "./card-pdf-page.ts";

export type CardEvent = { readonly action: string; readonly by: string; readonly note: string; readonly at: string };
export type CardStanding = {
  readonly state: string;
  readonly role: string | null;
  readonly approvedBy: string | null;
  /** Of the kept document's canonical JSON. */
  readonly sha256: string;
  /** In the order they happened. */
  readonly events: readonly CardEvent[];
};

type Assessment = ModelDocument["development"]["validation"]["heldOut"];

const text = (zh: string, en: string): Text => ({ zh, en });
const states: Readonly<Record<string, Text>> = {
  draft: text("草稿", "draft"),
  submitted: text("待审批", "submitted"),
  approved: text("已批准", "approved"),
  rejected: text("已驳回", "rejected"),
  retired: text("已停用", "retired"),
  champion: text("冠军（在用）", "champion, in use"),
  challenger: text("挑战者（影子运行）", "challenger, in shadow"),
};
const actions: Readonly<Record<string, Text>> = {
  train: text("训练", "trained"),
  made: text("训练", "made"),
  submit: text("提交", "submitted"),
  withdraw: text("撤回", "withdrawn"),
  approve: text("批准", "approved"),
  reject: text("驳回", "rejected"),
  deploy: text("上线", "put to use"),
  shadow: text("影子运行", "put in shadow"),
  "stand-down": text("下线", "stood down"),
  retire: text("停用", "retired"),
};

const shapes: Readonly<Record<string, Text>> = {
  none: text("不限", "none"),
  ascending: text("风险递增", "risk rises"),
  descending: text("风险递减", "risk falls"),
  peak: text("中间高", "peak"),
  valley: text("中间低", "valley"),
};

const fixed = (value: number, digits = 4) => (Number.isFinite(value) ? value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1") : "–");
const percent = (value: number | null, digits = 1) => (value === null || !Number.isFinite(value) ? "–" : `${fixed(100 * value, digits)}%`);
const grouped = (value: number) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
/** Points as printed on the card: exactly those that score. */
const points = (value: number, decimals: number | null) => fixed(value, decimals ?? 4);
const small = (value: number) => (value < 0.0001 ? "< 0.0001" : fixed(value));
const moment = (value: string) => {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? value : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
};
const interval = (low: number, high: number, digits = 4) => `${fixed(low, digits)} – ${fixed(high, digits)}`;

/** Boundaries as they are signed: to the last digit, amounts of money in yuan. */
const binText = (bin: Bin, unit: string | null): Text => {
  if (bin.kind !== "interval" || unit !== "fen") return binLabel(bin);
  const yuan = (value: number | null) => value && value / 100;
  const { zh, en } = binLabel({ ...bin, from: yuan(bin.from), to: yuan(bin.to) });
  const thousands = (label: string) => label.replace(/\d+(?:\.\d+)?/g, (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ","));
  return { zh: thousands(zh), en: thousands(en) };
};
const units: Readonly<Record<string, Text>> = {
  fen: text("元", "yuan"),
  months: text("月", "months"),
  days: text("天", "days"),
  ratio: text("比值，1 为 100%", "ratio, 1 is 100%"),
  "per-month": text("每月比值", "ratio a month"),
};

/** The model card in one language. The same model and standing give the same bytes. */
export const modelCardPdf = async (
  document: ModelDocument,
  standing: CardStanding,
  language: Language,
  titleOf: (feature: string) => Text,
  unitOf: (feature: string) => string | null,
): Promise<Uint8Array> => {
  const { development, recipe, sample } = document;
  const { card, regression, validation } = development;
  const { decimals } = card.scale;
  const say = (zh: string, en: string) => (language === "zh" ? zh : en);
  const inOurs = (both: Text) => both[language];
  const named = (known: Readonly<Record<string, Text>>, key: string) => (known[key] ? inOurs(known[key]) : key);
  const titled = (feature: string) => inOurs(titleOf(feature));
  const options = settledOptions(recipe.options);
  const id = `${document.name}@${document.version}`;
  const title = `${inOurs(document.title)} · ${say("模型卡", "Model card")}`;
  const state = [named(states, standing.state), ...(standing.role === null ? [] : [named(states, standing.role)])].join(" · ");
  const approval = standing.events.findLast((event) => event.action === "approve");
  const none = say("无", "none");

  const pages = new Pages({
    title: `${title} ${id}`,
    author: document.madeBy,
    language: language === "zh" ? "zh-CN" : "en",
    createdAt: new Date(document.madeAt),
    head: [`${inOurs(document.title)}  ${id}`, `SHA-256 ${standing.sha256.slice(0, 16)}…`],
  });

  pages.title(title, `${id}  ·  ${state}`);
  pages.pairs([
    [say("开发人", "Made by"), `${document.madeBy}, ${moment(document.madeAt)}`],
    [
      say("批准人", "Approved by"),
      standing.approvedBy === null
        ? say("尚未批准", "not approved")
        : `${standing.approvedBy}${approval ? `, ${moment(approval.at)}` : ""}`,
    ],
    [say("产品版本", "Product version"), document.code.product],
    [say("基于", "Based on"), document.basedOn ?? none],
    [say("文档哈希", "Document hash"), `SHA-256 ${standing.sha256}`],
    [say("开发说明", "Maker's note"), document.note === "" ? none : document.note],
  ]);

  pages.heading(say("1  用途", "1  Purpose"), 30);
  pages.paragraph(inOurs(document.purpose));
  pages.heading(say("2  使用限制", "2  Limits of use"), 30);
  if (document.limits.length === 0) pages.paragraph(say("开发人未写明限制。", "The maker states no limits."));
  for (const limit of document.limits) pages.paragraph(inOurs(limit), { bullet: true });

  pages.heading(say("3  数据与训练设置", "3  Data and settings of training"));
  const splitting = () => {
    const moved = card.features.map(({ name }) => name).filter((name) => featureById(name)?.movedBySplitting);
    return moved.length === 0
      ? say("不改变评分：所用特征都按金额、日、月或对手方计", "moves no score: the features are of money, days, months and parties")
      : say(`可移动评分：${moved.map(titled).join("、")}`, `can move the score: ${moved.map(titled).join("; ")}`);
  };
  const { holdOut } = recipe;
  pages.pairs([
    [say("样本", "Sample"), inOurs(sample.title)],
    [
      say("来源", "Source"),
      sample.kind === "platform" ? say("平台企业", "enterprises of the platform") : say("导入的表", "a table brought in"),
    ],
    [say("违约定义", "Event"), inOurs(sample.outcome)],
    [say("截至", "As of"), sample.asOf ?? say("未记录", "not recorded")],
    [
      say("训练记录", "Training records"),
      say(
        `${grouped(development.records)} 条，其中违约 ${grouped(development.events)} 条（${percent(development.events / development.records, 2)}）`,
        `${grouped(development.records)}, of which ${grouped(development.events)} events (${percent(development.events / development.records, 2)})`,
      ),
    ],
    ...(sample.kind === "platform" ? [[say("分开开票", "Billing in parts"), splitting()] as const] : []),
    [
      say("留出样本", "Held out"),
      holdOut === null
        ? none
        : "share" in holdOut
          ? say(`随机 ${percent(holdOut.share)}`, `${percent(holdOut.share)} at random`)
          : say(`${holdOut.from} 起`, `from ${holdOut.from} on`),
    ],
    [
      say("交叉验证", "Cross-validation"),
      say(`${validation.folds} 折 × ${validation.repeats} 次`, `${validation.folds} folds × ${validation.repeats} times`),
    ],
    [say("重抽样训练", "Refits"), say(`${recipe.refits} 次`, `${recipe.refits} resamples`)],
    [say("随机种子", "Seed"), String(recipe.seed)],
    [say("L2 惩罚", "L2 penalty"), typeof options.l2 === "number" ? String(options.l2) : options.l2.join(", ")],
    [say("L1 惩罚", "L1 penalty"), String(options.l1)],
    [say("L2 中心", "L2 draws towards"), String(options.centre)],
    [say("最小信息值", "Least info. value"), String(options.minIv)],
    [say("最大相关", "Most correlation"), String(options.maxCorrelation)],
    [
      say("系数方向", "Signs"),
      options.keepMeaning ? say("不允许反向", "no coefficient may turn its evidence") : say("不限", "either sign"),
    ],
    [
      say("逐步选择", "Stepwise"),
      options.selection === null ? none : `${options.selection.direction ?? "both"}, ${options.selection.criterion ?? "aic"}`,
    ],
    [
      say("手工分箱", "Bins by hand"),
      options.edits.length === 0 ? none : options.edits.map((edit) => titled(edit.feature)).join(say("、", ", ")),
    ],
    [say("样本哈希", "Hash of sample"), `SHA-256 ${sample.sha256}`],
    [say("指标目录哈希", "Hash of catalogue"), sample.catalogue ?? say("无：表中自有的列", "none: columns of the table's own")],
  ]);

  pages.heading(say("4  评分表", "4  Points"), 200);
  pages.paragraph(
    say(
      `总分 = 基础分 ${points(card.base, decimals)} + 各特征得分之和。好坏比 ${card.scale.baseOdds} : 1 对应 ${card.scale.basePoints} 分，好坏比翻倍加 ${card.scale.pointsToDouble} 分；分数越高越安全。`,
      `Score = base ${points(card.base, decimals)} + the points of every feature. Odds of ${card.scale.baseOdds} non-events to one event stand at ${card.scale.basePoints} points, every doubling adds ${card.scale.pointsToDouble}; higher is safer.`,
    ),
  );
  const binTable = (feature: ScorecardFeature, at: number) => {
    const by = feature.binning.edited ? say("；分箱经人工调整", "; bins moved by hand") : "";
    const trend = named(shapes, feature.binning.trend);
    const unit = unitOf(feature.name);
    const measured = unit && units[unit] ? inOurs(units[unit]) : null;
    pages.table(
      [
        { head: measured === null ? say("分箱", "Bin") : say(`分箱（${measured}）`, `Bin (${measured})`), share: 3.2 },
        { head: say("记录", "Records"), share: 1, right: true },
        { head: say("违约", "Events"), share: 1, right: true },
        { head: say("违约率", "Event rate"), share: 1.1, right: true },
        { head: "WOE", share: 1.1, right: true },
        { head: say("得分", "Points"), share: 1, right: true },
      ],
      feature.binning.bins.map((bin, j): Cell[] => [
        inOurs(binText(bin, unit)),
        grouped(bin.records),
        grouped(bin.events),
        percent(bin.eventRate, 2),
        fixed(bin.woe),
        { text: points(feature.points[j]!, decimals), strong: true },
      ]),
      {
        subheading: `${at + 1}. ${titled(feature.name)}`,
        note: say(
          `列名 ${feature.name}；信息值 ${fixed(feature.binning.iv)}；趋势 ${trend}${by}。`,
          `Column ${feature.name}; information value ${fixed(feature.binning.iv)}; trend ${trend}${by}.`,
        ),
      },
    );
  };
  card.features.forEach(binTable);

  const atBound = say("位于边界", "at its bound");

  pages.table(
    [
      { head: say("项", "Term"), share: 3 },
      { head: say("系数", "Coefficient"), share: 1.2, right: true },
      { head: say("标准误", "Std. error"), share: 1.2, right: true },
      { head: "z", share: 1, right: true },
      { head: "p", share: 1, right: true },
      { head: "VIF", share: 1, right: true },
    ],
    [regression.intercept, ...regression.coefficients].map((term, j): Cell[] => {
      const vif = validation.vif.find((each) => each.feature === term.name)?.value ?? null;
      return [
        j === 0 ? say("截距", "Intercept") : titled(term.name),
        fixed(term.value),
        term.standardError === null ? (term.atBound ? atBound : "–") : fixed(term.standardError),
        term.z === null ? "–" : fixed(term.z, 2),
        term.pValue === null ? "–" : small(term.pValue),
        j === 0 || vif === null ? "" : { text: fixed(vif, 2), warn: vif > 5 },
      ];
    }),
    {
      heading: say("5  系数", "5  Coefficients"),
      note: say(
        `逻辑回归，违约对数几率对证据权重（WOE）；负系数保持特征原意。对数似然 ${fixed(regression.logLikelihood, 2)}（仅截距 ${fixed(regression.nullLogLikelihood, 2)}），AIC ${fixed(regression.aic, 2)}，McFadden R² ${fixed(regression.pseudoR2)}。p 值未计入分箱与选择，偏小。VIF 大于 5 标红。`,
        `Logistic regression of the log-odds of the event on weights of evidence; a negative coefficient keeps a feature's meaning. Log-likelihood ${fixed(regression.logLikelihood, 2)} (intercept alone ${fixed(regression.nullLogLikelihood, 2)}), AIC ${fixed(regression.aic, 2)}, McFadden R² ${fixed(regression.pseudoR2)}. p-values know nothing of binning and selection, and are too small. VIF above 5 is red.`,
      ),
    },
  );

  pages.subheading(say("专家先验", "Expert priors"), 20);
  if (options.priors.length === 0) pages.paragraph(say("未使用专家先验。", "None was used."));
  else
    pages.table(
      [
        { head: say("特征", "Feature"), share: 2 },
        { head: say("约束", "Constraint"), share: 1.6 },
        { head: say("设定人、日期", "Set by, on"), share: 1.5 },
        { head: say("理由", "Reason"), share: 3 },
      ],
      options.priors.map((prior): Cell[] => [
        titled(prior.feature),
        [
          ...(prior.trend === undefined ? [] : [say(`趋势 ${named(shapes, prior.trend)}`, `trend ${named(shapes, prior.trend)}`)]),
          ...(prior.least === undefined ? [] : [`β ≥ ${prior.least}`]),
          ...(prior.most === undefined ? [] : [`β ≤ ${prior.most}`]),
        ].join(say("，", ", ")),
        `${prior.setBy}, ${prior.setOn}`,
        prior.reason,
      ]),
    );

  pages.heading(say("6  验证", "6  Validation"), 130);
  const estimateRow = (name: string, value: Estimate, seen: number | null): Cell[] => [
    name,
    { text: fixed(value.mean), strong: true },
    interval(value.low, value.high),
    fixed(value.deviation),
    seen === null ? "" : fixed(seen),
  ];
  pages.table(
    [
      { head: say("指标", "Figure"), share: 2 },
      { head: say("交叉验证", "Cross-validated"), share: 1.3, right: true },
      { head: say("95% 区间", "95% interval"), share: 1.8, right: true },
      { head: say("折间标准差", "Std. between folds"), share: 1.4, right: true },
      { head: say("训练样本内（偏乐观）", "On seen records (flattering)"), share: 1.9, right: true },
    ],
    [
      estimateRow("AUC", validation.auc, validation.seen.auc),
      estimateRow("KS", validation.ks, validation.seen.ks),
      estimateRow(say("Brier 分数", "Brier score"), validation.brier, null),
      estimateRow(say("对数损失", "Log-loss"), validation.logLoss, null),
    ],
  );
  pages.paragraph(
    say(
      `分箱、选择与回归都在折内完成；区间为 Nadeau–Bengio 校正。标签打乱后的 AUC：${validation.shuffledAuc === null ? "无模型可得" : fixed(validation.shuffledAuc)}（应约为 0.5，否则有信息泄漏）。`,
      `Binning, selection and regression are all inside the fold; intervals are Nadeau and Bengio's. AUC with outcomes shuffled: ${validation.shuffledAuc === null ? "no model came of any" : fixed(validation.shuffledAuc)} (about 0.5, or something leaks).`,
    ),
    { small: true },
  );

  const assessment = (found: Assessment, note: string) => {
    const { discrimination, calibration } = found;
    pages.pairs([
      [
        say("记录", "Records"),
        say(`${grouped(found.records)} 条，违约 ${grouped(found.events)} 条`, `${grouped(found.records)}, ${grouped(found.events)} events`),
      ],
      ["AUC", `${fixed(discrimination.auc)} (${interval(discrimination.scoreLow, discrimination.scoreHigh)})`],
      ["Gini", fixed(discrimination.gini)],
      ["KS", fixed(discrimination.ks)],
      [
        say("Brier 分数", "Brier score"),
        `${fixed(calibration.brier)}${say("；常数率 ", "; of the rate alone ")}${fixed(calibration.brierOfRate)}`,
      ],
      [say("对数损失", "Log-loss"), fixed(calibration.logLoss)],
      [say("平均 PD / 实际", "Mean PD / observed"), `${percent(calibration.meanPd, 2)} / ${percent(calibration.rate, 2)}`],
      [
        "Hosmer–Lemeshow",
        `χ² ${fixed(calibration.hosmerLemeshow.statistic, 2)}, df ${calibration.hosmerLemeshow.freedom}, p ${small(calibration.hosmerLemeshow.pValue)}`,
      ],
    ]);
    pages.paragraph(note, { small: true });
    const most = Math.max(0, ...calibration.table.flatMap((group) => [group.meanPd, group.high]));
    const charts: Chart[] = [
      {
        title: say("校准：预测与实际", "Calibration: predicted and observed"),
        xTitle: say("平均 PD", "mean PD"),
        yTitle: say("实际违约率（95% 区间）", "observed rate (95% interval)"),
        points: calibration.table.map((group) => ({ x: group.meanPd, y: group.rate, low: group.low, high: group.high })),
        line: false,
        most: [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8].find((limit) => limit >= most) ?? 1,
      },
      {
        title: say("增益：从风险最高的组起", "Gains: from the riskiest group down"),
        xTitle: say("记录累计占比", "share of records"),
        yTitle: say("违约累计占比", "share of events"),
        points: found.gains.map((row) => ({ x: row.recordsShare, y: row.eventsShare })),
        line: true,
        most: 1,
      },
    ];
    pages.charts(charts);
    pages.table(
      [
        { head: say("组", "Group"), share: 0.6, right: true },
        { head: say("记录", "Records"), share: 1, right: true },
        { head: say("违约", "Events"), share: 1, right: true },
        { head: say("平均 PD", "Mean PD"), share: 1, right: true },
        { head: say("实际违约率", "Observed rate"), share: 1.1, right: true },
        { head: say("95% 区间", "95% interval"), share: 1.6, right: true },
      ],
      calibration.table.map((group, k): Cell[] => [
        String(k + 1),
        grouped(group.records),
        grouped(group.events),
        percent(group.meanPd, 2),
        percent(group.rate, 2),
        `${percent(group.low)} – ${percent(group.high)}`,
      ]),
      { subheading: say("校准表", "Calibration table") },
    );
    pages.table(
      [
        { head: say("组", "Group"), share: 0.6, right: true },
        { head: say("记录", "Records"), share: 1, right: true },
        { head: say("违约", "Events"), share: 1, right: true },
        { head: say("违约率", "Event rate"), share: 1, right: true },
        { head: say("提升", "Lift"), share: 0.8, right: true },
        { head: say("累计记录", "Records so far"), share: 1.2, right: true },
        { head: say("累计违约", "Events so far"), share: 1.2, right: true },
        { head: say("累计提升", "Lift so far"), share: 1, right: true },
      ],
      found.gains.map((row, k): Cell[] => [
        String(k + 1),
        grouped(row.records),
        grouped(row.events),
        percent(row.rate),
        fixed(row.lift, 2),
        percent(row.recordsShare),
        percent(row.eventsShare),
        fixed(row.cumulativeLift, 2),
      ]),
      { subheading: say("增益表（从风险最高的组起）", "Gains, from the riskiest group down") },
    );
    pages.table(
      [
        { head: say("分数线", "Cut-off"), share: 1, right: true },
        { head: say("通过", "Approved"), share: 1, right: true },
        { head: say("通过率", "Approval rate"), share: 1.1, right: true },
        { head: say("通过者违约率", "Rate, approved"), share: 1.3, right: true },
        { head: say("拒绝者违约率", "Rate, refused"), share: 1.3, right: true },
        { head: say("拒绝的违约", "Events refused"), share: 1.2, right: true },
        { head: say("误拒的正常", "Non-events refused"), share: 1.4, right: true },
      ],
      found.cutOffs.map((row): Cell[] => [
        { text: fixed(row.cutOff, 0), strong: true },
        grouped(row.approved),
        percent(row.approvalRate),
        percent(row.badRate, 2),
        percent(row.refusedBadRate, 2),
        percent(row.eventsRefused),
        percent(row.nonEventsRefused),
      ]),
      { subheading: say("分数线（通过：不低于分数线）", "Cut-offs (approved: at least the cut-off)") },
    );
  };

  pages.subheading(say("6.1  交叉验证中未见过的记录", "6.1  Records held out in cross-validation"), 110);
  assessment(
    validation.heldOut,
    say(
      "每条记录的分数是从未见过它的各模型的平均；概率的校准正是用这些预测拟合的，故校准表偏好看。",
      "Each record is scored by the mean of the models that never saw it; calibration was fitted on these very predictions, so the calibration table flatters.",
    ),
  );
  pages.subheading(say("6.2  留出样本", "6.2  Hold-out"), 20);
  if (validation.split === null) pages.paragraph(say("未设留出样本。", "No records were held out of training."));
  else
    assessment(
      validation.split.assessment,
      validation.split.kind === "time"
        ? say("时间外样本：训练之后观察到的记录。", "Out of time: records observed after those of training.")
        : say("样本外：随机留出，训练与校准均未使用。", "Out of sample: drawn at random, used neither in training nor in calibration."),
    );

  const { challenger } = document.development;
  if (challenger) {
    const { gain, importance } = challenger;
    const signed = (value: number) => `${value > 0 ? "+" : ""}${fixed(value)}`;
    pages.subheading(say("6.3  可解释性的代价：与梯度提升树对照", "6.3  What plainness costs: boosted trees beside the card"), 150);
    pages.paragraph(
      say(
        `梯度提升树用同一批候选特征、同一套交叉验证折，不参与任何决策。合并留出预测：评分卡 AUC ${fixed(gain.card)}，提升树 ${fixed(gain.challenger)}；提升树减评分卡 ${signed(gain.difference)}，95% 区间 ${signed(gain.low)} 至 ${signed(gain.high)}（DeLong，p = ${fixed(gain.pValue)}）。`,
        `Boosted trees on the same candidate features and the same folds; they decide nothing. On the pooled held-out predictions the card has an AUC of ${fixed(gain.card)}, the trees of ${fixed(gain.challenger)}; trees less card ${signed(gain.difference)}, 95% interval ${signed(gain.low)} to ${signed(gain.high)} (DeLong, p = ${fixed(gain.pValue)}).`,
      ),
    );
    pages.table(
      [
        { head: say("特征", "Feature"), share: 3 },
        { head: say("平均绝对 Shapley 值（对数几率）", "Mean absolute Shapley value, log-odds"), share: 2, right: true },
        { head: say("在评分卡中", "In the card"), share: 1 },
      ],
      importance
        .slice(0, 10)
        .map((each): Cell[] => [titled(each.feature), fixed(each.logOdds), each.inCard ? say("是", "yes") : say("否", "no")]),
    );
  }

  pages.heading(say("7  校准与主标尺", "7  Calibration and master scale"), 260);
  const { centralTendency } = options;
  pages.paragraph(
    say(
      `PD = 1 / (1 + exp(-(${fixed(card.calibration.shift)} + ${fixed(card.calibration.slope)} × η)))，η 为分数对应的违约对数几率。${centralTendency === null ? "未锚定长期违约率，平均 PD 即样本违约率。" : `平均 PD 锚定于长期违约率 ${percent(centralTendency, 2)}。`}`,
      `PD = 1 / (1 + exp(-(${fixed(card.calibration.shift)} + ${fixed(card.calibration.slope)} × η))), with η the log-odds of the event that a score stands for. ${centralTendency === null ? "Not anchored to a long-run rate: the mean PD is that of the sample." : `The mean PD is anchored to a long-run rate of ${percent(centralTendency, 2)}.`}`,
    ),
  );
  pages.table(
    [
      { head: say("等级", "Grade"), share: 1 },
      { head: say("PD 下限", "PD from"), share: 1, right: true },
      { head: say("PD 上限", "PD to"), share: 1, right: true },
      { head: say("未见记录", "Held-out records"), share: 1.2, right: true },
      { head: say("违约", "Events"), share: 1, right: true },
      { head: say("平均 PD", "Mean PD"), share: 1, right: true },
      { head: say("实际违约率", "Observed rate"), share: 1.1, right: true },
    ],
    card.grades.map((grade, k): Cell[] => {
      const found = validation.heldOut.byGrade.find((each) => each.grade === grade.name);
      const records = found?.records ?? 0;
      return [
        { text: grade.name, strong: true },
        percent(k === 0 ? 0 : card.grades[k - 1]!.upTo, 3),
        percent(grade.upTo, 3),
        grouped(records),
        grouped(found?.events ?? 0),
        records > 0 ? percent(found!.meanPd, 2) : "–",
        records > 0 ? percent(found!.events / records, 2) : "–",
      ];
    }),
  );

  pages.heading(say("8  公平性", "8  Fairness"), validation.fairness.length > 0 ? 130 : 30);
  if (validation.fairness.length === 0) pages.paragraph(say("样本没有可供比较的分组。", "The sample has no groups to compare."));
  for (const { by, approvalShare, groups } of validation.fairness) {
    pages.table(
      [
        { head: say("组别", "Group"), share: 2 },
        { head: say("记录", "Records"), share: 0.9, right: true },
        { head: say("违约", "Events"), share: 0.8, right: true },
        { head: say("通过率", "Approval rate"), share: 1.1, right: true },
        { head: say("95% 区间", "95% interval"), share: 1.6, right: true },
        { head: say("比值", "Ratio"), share: 0.8, right: true },
        { head: say("五分之四", "Four-fifths"), share: 1.1 },
        { head: say("机会差", "Opportunity diff."), share: 1.2, right: true },
        { head: say("通过者违约率", "Rate, approved"), share: 1.2, right: true },
      ],
      groups.map((group): Cell[] => [
        group.group,
        grouped(group.records),
        grouped(group.events),
        percent(group.approvalRate),
        `${percent(group.low)} – ${percent(group.high)}`,
        group.ratio === null ? "–" : fixed(group.ratio, 3),
        group.ratio === null ? "–" : group.ratio < 0.8 ? { text: say("未达到", "fails"), strong: true, warn: true } : say("达到", "meets"),
        group.opportunityDifference === null ? "–" : fixed(group.opportunityDifference, 3),
        percent(group.badRateOfApproved, 2),
      ]),
      {
        subheading: say(
          `按${by.zh}：分数最高的 ${percent(approvalShare)} 通过`,
          `By ${by.en}: the best ${percent(approvalShare)} approved`,
        ),
      },
    );
  }
  if (validation.fairness.length > 0)
    pages.paragraph(
      say(
        "用未见过记录的分数计算。比值是相对参照组的通过率，低于 0.8 即未达到五分之四规则；小组的比值说明不了什么，请看区间。",
        "By held-out scores. The ratio is of the approval rate to that of the reference group: below 0.8 fails the four-fifths rule. That of a small group says little: see the interval.",
      ),
      { small: true },
    );

  pages.heading(say("9  不确定性", "9  Uncertainty"), 30);
  const [ofShift, both, ofSlope] = development.uncertainty.calibration;
  pages.paragraph(
    say(
      `PD 区间含系数与分箱的抽样误差和校准的误差。整个训练在重抽样记录上成功重做 ${development.uncertainty.refits.length} 次；没有结果可证的新企业，再加上重做之间的离散。校准平移与斜率的标准误：${fixed(Math.sqrt(ofShift))}、${fixed(Math.sqrt(ofSlope))}（协方差 ${fixed(both)}）。`,
      `The interval of a PD holds the sampling of coefficients and bins and the error of calibration. The whole training was done again on resampled records ${development.uncertainty.refits.length} times; for a new enterprise, whom no outcome confirms, the spread of these refits is added. Standard errors of its shift and slope: ${fixed(Math.sqrt(ofShift))}, ${fixed(Math.sqrt(ofSlope))} (covariance ${fixed(both)}).`,
    ),
  );

  pages.table(
    [
      { head: say("特征", "Feature"), share: 2.4 },
      { head: say("信息值", "Info. value"), share: 0.9, right: true },
      { head: say("单独 AUC", "AUC alone"), share: 0.9, right: true },
      { head: say("折中入选", "Used in folds"), share: 1, right: true },
      { head: say("结果", "Outcome"), share: 3.6 },
    ],
    development.candidates.map((each): Cell[] => [
      titled(each.feature),
      each.iv === null ? "–" : fixed(each.iv),
      each.auc === null ? "–" : fixed(each.auc),
      percent(each.usedInFolds, 0),
      each.used ? { text: say("入选", "used"), strong: true } : each.left === null ? say("未入选", "not used") : inOurs(each.left.text),
    ]),
    { heading: say("10  候选特征", "10  Candidate features") },
  );

  pages.table(
    [
      { head: say("时间", "When"), share: 1.6 },
      { head: say("操作", "What"), share: 1 },
      { head: say("操作人", "By"), share: 1.4 },
      { head: say("说明", "Note"), share: 4 },
    ],
    standing.events.map((event): Cell[] => [moment(event.at), named(actions, event.action), event.by, event.note]),
    { heading: say("11  历史", "11  History") },
  );

  pages.heading(say("12  签字", "12  Signatures"), 150);
  pages.paragraph(
    say(
      `签字人确认已审阅哈希为 ${standing.sha256} 的模型文档。`,
      `Those who sign have read the model document of hash ${standing.sha256}.`,
    ),
  );
  pages.space(6);
  pages.signatures(
    [say("开发", "Development"), say("独立验证", "Independent validation"), say("模型委员会", "Model committee")],
    language === "zh" ? ["姓名", "岗位", "签字", "日期"] : ["Name", "Post", "Signature", "Date"],
  );
  return pages.finish();
};
