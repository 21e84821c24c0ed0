import type { ReactNode } from "react";
import type { Language, Text } from "@zhiwei/core/basics";
import { Facts } from "../ui/controls.tsx";
import { formatCount, formatDay, formatFen, formatPercent, formatValue, NO_VALUE } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Ask } from "./ask.tsx";
import { DimensionTable } from "./dimensions.tsx";
import { type InvoiceQuery, Invoices } from "./invoices.tsx";
import { Mark, Nothing } from "./small.tsx";
import {
  AIM,
  CONFIDENCE,
  DIRECTION,
  type Features,
  FRESHNESS,
  MEASURE,
  PEER_KIND,
  type Profile,
  SEVERITY,
  SOURCES,
  formatPoints,
  trendWords,
} from "./words.ts";

const T = {
  value: { zh: "值", en: "Value" },
  percentile: { zh: "同业百分位", en: "Percentile among peers" },
  among: { zh: "低于它的占比加相等者的一半，同业其他企业", en: "share below it and half of those equal, among" },
  amongPeers: { zh: "家", en: "others and itself" },
  formula: { zh: "算法", en: "Formula" },
  window: { zh: "期间", en: "Window" },
  whole: { zh: "截至观察日的全部记录", en: "all records up to the as-of day" },
  direction: { zh: "取向", en: "Direction" },
  missing: { zh: "没有值时表示", en: "No value means" },
  standard2017: { zh: "统计上大中小微型企业划分办法（2017）", en: "Statistical standard of size classes, 2017" },
  noValue: { zh: "没有值", en: "No value" },
  family: { zh: "类别", en: "Family" },
  code: { zh: "代码", en: "Code" },
  counts: { zh: "计入维度", en: "Counts in" },
  bank: {
    zh: "这个数字来自银行流水，没有可列出的发票。",
    en: "This number comes from bank transactions; there are no invoices to list.",
  },
  unknown: { zh: "这份画像里没有这个数字。", en: "This profile holds no such number." },
  why: { zh: "原因", en: "Why" },
  severity: { zh: "程度", en: "Severity" },
  rows: { zh: "背后的发票", en: "Invoices behind it" },
  bankRows: { zh: "背后的流水", en: "Transactions behind it" },
  features: { zh: "所依据的指标", en: "Features it rests on" },
  position: { zh: "位置", en: "Position" },
  level: { zh: "水平", en: "Level" },
  meaning: { zh: "含义", en: "Meaning" },
  trend: { zh: "趋势", en: "Trend" },
  before: { zh: "十二个月前的位置", en: "Position twelve months before" },
  confidence: { zh: "置信度", en: "Confidence" },
  history: { zh: "历史长度", en: "length of history" },
  invoiceCount: { zh: "发票数量", en: "number of invoices" },
  coverage: { zh: "指标齐全", en: "features with a value" },
  peerCount: { zh: "同业家数", en: "number of peers" },
  overall: { zh: "总体位置", en: "Overall position" },
  overallHow: {
    zh: "各维度位置按权重平均，再取这一平均值在同业中的中位秩百分位。有位置的维度权重不足一半时没有总体位置。",
    en: "The weighted mean of the dimensions' positions, and then the mid-rank percentile of that mean among the peers. Without dimensions of at least half the weight there is none.",
  },
  dimensionHow: {
    zh: "每个指标先取同业中的百分位，按取向换成“越高越好”，再按权重平均；这一平均值在同业中的中位秩百分位就是位置，50 为同业中位。",
    en: "Each feature is given its percentile among the peers, turned so that high is good, and averaged by weight; the position is the mid-rank percentile of that mean among the peers, 50 being their middle.",
  },
  peers: { zh: "同业组", en: "The peer group" },
  group: { zh: "所用分组", en: "Group taken" },
  others: { zh: "其他企业", en: "Other enterprises" },
  tried: { zh: "依次考虑", en: "Looked at in turn" },
  peersHow: {
    zh: "先取同规模且同行业（门类）的企业；不足 20 家则取同规模，再取同行业，最后取全部。企业自身计入分组。",
    en: "Enterprises of the same size class and section of industry; where those are fewer than 20, of the same size, then of the same industry, then all. The enterprise itself belongs to the group.",
  },
  completeness: { zh: "数据完整度", en: "Completeness" },
  completenessHow: {
    zh: "销售发票 35 分，采购发票 25 分，银行流水 20 分，有发票的月份满 24 个月 20 分（不足按比例）。",
    en: "35 for sales invoices, 25 for purchase invoices, 20 for bank transactions, 20 for 24 months with invoices (fewer in proportion).",
  },
  points: { zh: "得分", en: "Points" },
  monthsCovered: { zh: "有发票的月份", en: "Months with invoices" },
  freshness: { zh: "数据新鲜度", en: "Freshness" },
  lastRecord: { zh: "最近一条记录", en: "Last record" },
  age: { zh: "距观察日", en: "Before the as-of day" },
  freshnessHow: {
    zh: "最近一条记录距观察日不超过 31 天为新鲜，不超过 92 天为渐旧，更久为陈旧。",
    en: "Fresh: the last record lies at most 31 days before the as-of day; ageing: at most 92; stale beyond.",
  },
  size: { zh: "规模划型", en: "Size class" },
  standard: { zh: "标准", en: "Standard" },
  basis: { zh: "依据", en: "Basis" },
  measured: { zh: "已有指标", en: "Figures known" },
  lacking: { zh: "缺少指标", en: "Figures missing" },
  revenue: { zh: "营业收入来源", en: "Revenue comes from" },
  stated: { zh: "企业申报", en: "what the enterprise states" },
  invoiced: { zh: "近12个月开票净销售额代替", en: "net invoiced sales of 12 months in its place" },
  provisional: { zh: "暂定", en: "provisional" },
  sales: { zh: "净销售（不含税）", en: "Net sales before tax" },
  purchases: { zh: "净采购（不含税）", en: "Net purchases before tax" },
  month: { zh: "月份", en: "Month" },
  partial: { zh: "未满月", en: "part of a month" },
  monthHow: {
    zh: "当月有效发票的金额之和，红字发票冲减，作废发票不计。下方合计为价税合计。",
    en: "The sum before tax of the month's valid invoices less red-letter ones; void ones do not count. The sum below is with tax.",
  },
  saleSide: { zh: "销售", en: "sales" },
  purchaseSide: { zh: "采购", en: "purchases" },
  buyer: { zh: "客户", en: "Customer" },
  supplier: { zh: "供应商", en: "Supplier" },
  partyHow: {
    zh: "近12个月与该单位的有效发票，含红字，作废不计；合计即名单上的净额。",
    en: "Valid invoices with this counterparty in the last 12 months, red-letter ones included, void ones not; their sum is the net amount of the list.",
  },
  sourceHow: {
    zh: "截至观察日的全部行，含作废。合计不含作废发票。",
    en: "All rows up to the as-of day, void ones included. The sum leaves void ones out.",
  },
  firstOn: { zh: "最早", en: "First" },
  lastOn: { zh: "最近", en: "Last" },
  rowCount: { zh: "行数", en: "Rows" },
  strength: { zh: "优势", en: "Strength" },
} satisfies Record<string, Text>;

type Row = readonly [name: string, value: ReactNode] | null;
type Subject = {
  readonly title: string;
  readonly facts: readonly Row[];
  /** How the number comes about, in a sentence. */
  readonly how?: string;
  /** Features to go on asking about. */
  readonly features?: readonly string[];
  readonly more?: ReactNode;
  readonly invoices?: InvoiceQuery;
  readonly bothSides?: boolean;
  /** Where there is nothing to list, why. */
  readonly nothing?: string;
};

type Context = { profile: Profile; features: Features; text: (text: Text) => string; language: Language };

const within = (words: string, language: Language) => (language === "zh" ? `（${words}）` : ` (${words})`);

const isSource = (kind: string): kind is keyof typeof SOURCES => kind in SOURCES;

/** What an address `?of=kind:detail` asks about; null where the profile holds no such thing. */
const SUBJECTS: Readonly<Record<string, (detail: string, context: Context) => Subject | null>> = {
  feature: (id, { profile, features, text, language }) => {
    const feature = features.get(id);
    if (!feature) return null;
    const stated = profile.features[id];
    const value = stated?.value ?? null;
    const used = profile.dimensions.flatMap((dimension) => {
      const found = dimension.features.find((each) => each.id === id);
      return found ? [{ dimension, aim: found.aim }] : [];
    });
    return {
      title: text(feature.name),
      facts: [
        [
          text(T.value),
          value === null ? (
            <Mark key="none">{text(T.noValue)}</Mark>
          ) : (
            <strong className="zp-lead">{formatValue(value, feature.unit, language)}</strong>
          ),
        ],
        value !== null && feature.unit === "fen" ? ["", formatFen(value, language, { exact: true })] : null,
        [
          text(T.percentile),
          stated?.percentile == null ? (
            NO_VALUE
          ) : (
            <span key="percentile">
              {formatPoints(stated.percentile, language)}{" "}
              <span className="zw-mute">
                {text(T.among)}{" "}
                <Ask of="peers" what={text(T.peers)}>
                  {formatCount(profile.peers.count, language)}
                </Ask>{" "}
                {text(T.amongPeers)}
              </span>
            </span>
          ),
        ],
        [text(T.formula), text(feature.formula)],
        [
          text(T.window),
          feature.windowMonths === null
            ? text(T.whole)
            : text({
                zh: `截至 ${profile.asOf} 的 ${feature.windowMonths} 个滚动月`,
                en: `${feature.windowMonths} rolling months up to ${profile.asOf}`,
              }),
        ],
        [text(T.direction), text(DIRECTION[feature.direction])],
        [text(T.missing), text(feature.missing)],
        used.length > 0
          ? [
              text(T.counts),
              <span key="used">
                {used.map(({ dimension, aim }) => (
                  <span key={dimension.id}>
                    <Ask of={`dimension:${dimension.id}`} what={text(T.counts)}>
                      {text(dimension.name)}
                    </Ask>{" "}
                    <span className="zw-mute">{text(AIM[aim])}</span>{" "}
                  </span>
                ))}
              </span>,
            ]
          : null,
        [text(T.family), text(feature.familyName)],
        [text(T.code), <code key="code">{id}</code>],
      ],
      ...(feature.traceable ? { invoices: { feature: id } } : { nothing: text(T.bank) }),
    };
  },

  flag: (id, { profile, text, language }) => {
    const flag = profile.flags.find((each) => each.id === id);
    if (!flag) return null;
    const fromBank = flag.rows.source === "bank";
    return {
      title: text(flag.name),
      facts: [
        [
          text(T.severity),
          <Mark key="severity" tone={flag.severity === "high" ? "bad" : flag.severity === "medium" ? "warn" : "plain"}>
            {text(SEVERITY[flag.severity])}
          </Mark>,
        ],
        [text(T.why), text(flag.why)],
        [text(fromBank ? T.bankRows : T.rows), formatCount(flag.evidence.rows, language)],
      ],
      features: flag.features,
      ...(fromBank ? { nothing: text(T.bank) } : { invoices: { flag: id }, bothSides: flag.rows.side === "both" }),
    };
  },

  strength: (id, { profile, features, text }) => {
    const strength = profile.strengths.find((each) => each.id === id);
    if (!strength) return null;
    const [first] = strength.features;
    const single = strength.features.length <= 2 && first !== undefined && features.get(first)?.traceable === true;
    return {
      title: text(strength.name),
      facts: [[text(T.why), text(strength.why)]],
      features: strength.features,
      ...(single ? { invoices: { feature: first } } : {}),
    };
  },

  dimension: (id, { profile, features, text, language }) => {
    const dimension = profile.dimensions.find((each) => each.id === id);
    if (!dimension) return null;
    const { confidence, trend } = dimension;
    const share = (value: number) => formatPercent(value, language, 0);
    return {
      title: text(dimension.name),
      facts: [
        [
          text(T.position),
          <span key="position">
            <strong className="zp-lead">{formatPoints(dimension.position, language)}</strong> <span className="zw-mute">/ 100</span>{" "}
            {dimension.level && text(dimension.level.name)}
          </span>,
        ],
        [text(T.meaning), text(dimension.meaning)],
        [text(T.trend), text(trendWords(dimension, language).words)],
        [`${text(T.before)}${within(trend.asOf, language)}`, formatPoints(trend.position, language)],
        [
          text(T.confidence),
          <div key="confidence">
            {text(CONFIDENCE[confidence.level])} {share(confidence.value)}{" "}
            <ul className="zp-plain zw-mute">
              {(
                [
                  [0.35, T.history, confidence.history],
                  [0.25, T.invoiceCount, confidence.invoices],
                  [0.25, T.coverage, confidence.coverage],
                  [0.15, T.peerCount, confidence.peers],
                ] as const
              ).map(([weight, name, value]) => (
                <li key={name.en}>
                  {text(name)} {share(value)} × {weight}
                </li>
              ))}
            </ul>
          </div>,
        ],
      ],
      how: text(T.dimensionHow),
      more: <DimensionTable dimension={dimension} features={features} />,
    };
  },

  overall: (_, { profile, text, language }) => ({
    title: text(T.overall),
    facts: [
      [
        text(T.position),
        <span key="position">
          <strong className="zp-lead">{formatPoints(profile.overall.position, language)}</strong> <span className="zw-mute">/ 100</span>{" "}
          {profile.overall.level && text(profile.overall.level.name)}
        </span>,
      ],
      ...profile.dimensions.map((dimension): Row => [
        text(dimension.name),
        <Ask key={dimension.id} of={`dimension:${dimension.id}`} what={text(dimension.name)}>
          {formatPoints(dimension.position, language)}
        </Ask>,
      ]),
    ],
    how: text(T.overallHow),
  }),

  peers: (_, { profile: { peers }, text, language }) => ({
    title: text(T.peers),
    facts: [
      [text(T.group), `${text(PEER_KIND[peers.kind])}${within(text(peers.name), language)}`],
      [text(T.others), formatCount(peers.count, language)],
      [
        text(T.tried),
        <ul key="tried" className="zp-plain">
          {peers.tried.map(({ kind, count }) => (
            <li key={kind}>
              {text(PEER_KIND[kind])} <span className="zw-mute">{formatCount(count, language)}</span>
            </li>
          ))}
        </ul>,
      ],
      ["SHA-256", <code key="hash">{peers.sha256}</code>],
    ],
    how: text(T.peersHow),
  }),

  completeness: (_, { profile: { completeness }, text, language }) => ({
    title: text(T.completeness),
    facts: [
      [text(T.points), `${formatCount(completeness.score, language)} / 100`],
      ...completeness.sources.map((source): Row => [
        text(SOURCES[source.kind]),
        source.present ? (
          <Ask key={source.kind} of={`source:${source.kind}`} what={text(SOURCES[source.kind])}>
            {formatCount(source.rows, language)}
          </Ask>
        ) : (
          NO_VALUE
        ),
      ]),
      [text(T.monthsCovered), `${formatCount(completeness.monthsCovered, language)} / ${formatCount(completeness.monthsSpan, language)}`],
    ],
    how: text(T.completenessHow),
  }),

  freshness: (_, { profile: { freshness, asOf }, text, language }) => ({
    title: text(T.freshness),
    facts: [
      [text(T.lastRecord), formatDay(freshness.lastRecordOn)],
      [text(T.age), `${formatValue(freshness.days, "days", language)}${within(asOf, language)}`],
      [text(T.level), text(FRESHNESS[freshness.level])],
    ],
    how: text(T.freshnessHow),
  }),

  size: (_, { profile, text }) => {
    const { sizeClass } = profile.enterprise;
    const names = (measures: readonly (keyof typeof MEASURE)[]) =>
      measures.length > 0 ? measures.map((measure) => text(MEASURE[measure])).join(text({ zh: "、", en: ", " })) : NO_VALUE;
    return {
      title: text(T.size),
      facts: [
        [
          text(T.size),
          <span key="class">
            <strong>{sizeClass.name ? text(sizeClass.name) : NO_VALUE}</strong>{" "}
            {sizeClass.provisional && <Mark>{text(T.provisional)}</Mark>}
          </span>,
        ],
        [text(T.basis), text(sizeClass.basis)],
        [text(T.standard), sizeClass.standard === "size-2017" ? text(T.standard2017) : sizeClass.standard],
        [text(T.measured), names(sizeClass.measured)],
        [text(T.lacking), names(sizeClass.missing)],
        sizeClass.revenueSource ? [text(T.revenue), text(sizeClass.revenueSource === "stated" ? T.stated : T.invoiced)] : null,
      ],
      ...(sizeClass.revenueSource === "invoiced-sales" ? { features: ["net_sales_12m"], invoices: { feature: "net_sales_12m" } } : {}),
    };
  },

  month: (detail, { profile, text, language }) => {
    const [name = "", side] = detail.split(":");
    const month = profile.monthly.find((each) => each.month === name);
    if (!month) return null;
    const one = side === "sale" || side === "purchase" ? side : undefined;
    return {
      title: one ? `${name} ${text(one === "sale" ? T.saleSide : T.purchaseSide)}` : name,
      facts: [
        month.partial
          ? [
              text(T.month),
              <span key="partial">
                {name} <Mark>{text(T.partial)}</Mark>
              </span>,
            ]
          : null,
        one === "purchase" ? null : [text(T.sales), formatFen(month.salesFen, language, { exact: true })],
        one === "sale" ? null : [text(T.purchases), formatFen(month.purchasesFen, language, { exact: true })],
      ],
      how: text(T.monthHow),
      invoices: { month: name, status: "valid", ...(one ? { side: one } : {}) },
      bothSides: !one,
    };
  },

  buyer: (counterparty, { text }) => ({
    title: `${text(T.buyer)} ${counterparty}`,
    facts: [],
    how: text(T.partyHow),
    invoices: { feature: "net_sales_12m", counterparty },
  }),
  supplier: (counterparty, { text }) => ({
    title: `${text(T.supplier)} ${counterparty}`,
    facts: [],
    how: text(T.partyHow),
    invoices: { feature: "net_purchases_12m", counterparty },
  }),

  source: (kind, { profile, text, language }) => {
    const source = profile.completeness.sources.find((each) => each.kind === kind);
    if (!source || !isSource(kind)) return null;
    return {
      title: text(SOURCES[kind]),
      facts: [
        [text(T.rowCount), formatCount(source.rows, language)],
        [text(T.firstOn), formatDay(source.firstOn)],
        [text(T.lastOn), formatDay(source.lastOn)],
      ],
      ...(kind === "bank-transactions"
        ? { nothing: text(T.bank) }
        : { how: text(T.sourceHow), invoices: { side: kind === "sales-invoices" ? ("sale" as const) : ("purchase" as const) } }),
    };
  },
};

/** The subject of an address; null where the profile holds no such thing. */
export const useSubject = (of: string | undefined, profile: Profile, features: Features): Subject | null => {
  const text = useText();
  const language = useLanguage();
  if (of === undefined) return null;
  const at = of.indexOf(":");
  const kind = at < 0 ? of : of.slice(0, at);
  const read = Object.hasOwn(SUBJECTS, kind) ? SUBJECTS[kind] : undefined;
  return read?.(at < 0 ? "" : of.slice(at + 1), { profile, features, text, language }) ?? null;
};

/** Where a number comes from: what it means, how it is made, what it rests on, and the very invoices. */
export const Source = ({ subject, profile, features }: { subject: Subject | null; profile: Profile; features: Features }) => {
  const text = useText();
  const language = useLanguage();
  if (!subject) return <Nothing says={text(T.unknown)} />;
  return (
    <div className="zp-source">
      <Facts className="zp-facts" rows={subject.facts} />
      {subject.how !== undefined && <p className="zw-mute">{subject.how}</p>}
      {subject.more}
      {subject.features && subject.features.length > 0 && (
        <section aria-label={text(T.features)}>
          <h3>{text(T.features)}</h3>
          <Facts
            className="zp-facts"
            rows={subject.features.map((id): Row => {
              const feature = features.get(id);
              return [
                feature ? text(feature.name) : id,
                <Ask key={id} of={`feature:${id}`} what={feature ? text(feature.name) : id}>
                  {formatValue(profile.features[id]?.value ?? null, feature?.unit ?? "count", language)}
                </Ask>,
              ];
            })}
          />
        </section>
      )}
      {subject.nothing !== undefined && <Nothing says={subject.nothing} />}
      {subject.invoices && <Invoices profile={profile} query={subject.invoices} bothSides={subject.bothSides ?? false} />}
    </div>
  );
};
