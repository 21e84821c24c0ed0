import { type Text, canonicalJson } from "../basics/index.ts";
import { type IndustryCode, type RegionCode, industryName, region } from "../enterprise/index.ts";
import { catalogue } from "../features/index.ts";
import { dimensions, flagRules, steers } from "../profile/index.ts";

/** What a rule may look at: text, a number, yes or no, or a set of words. Null is not known, which is never the same as no. */
export type FactValue = number | string | boolean | readonly string[];

/** `bp` are hundredths of a per cent; the others are as in the catalogue of features. Money is in fen. */
export type FactUnit = "fen" | "ratio" | "count" | "months" | "days" | "per-month" | "points" | "mu" | "years";

export type FactType =
  | { readonly kind: "number"; readonly unit: FactUnit }
  | { readonly kind: "boolean" }
  /** One of the words; where `ordered`, from worst to best. */
  | { readonly kind: "word"; readonly words: Readonly<Record<string, Text>>; readonly ordered: boolean }
  /** Any text: a grade of a scorecard that sets its own names. */
  | { readonly kind: "text" }
  | { readonly kind: "words"; readonly words: Readonly<Record<string, Text>> }
  /** A code whose beginning names the larger whole that it lies in: region (digits) and industry (section, then digits). */
  | { readonly kind: "code"; readonly of: "region" | "industry" };

export type FactSource = "enterprise" | "feature" | "profile" | "score" | "request" | "rights";

export type Fact = {
  /** `source.name`; names are stable. */
  readonly id: string;
  readonly source: FactSource;
  readonly name: Text;
  readonly type: FactType;
  /** The record that makes the fact known where it is not. */
  readonly settledBy: { readonly record: string; readonly name: Text };
  /** Why billing a sale in parts moves it, for which no rule may look at it; null where it cannot. */
  readonly movedBySplitting: Text | null;
};

const t = (zh: string, en: string): Text => ({ zh, en });

const RECORDS = {
  enterprises: t("企业登记信息", "registration of the enterprise"),
  "sales-invoices": t("销项发票", "sales invoices"),
  "purchase-invoices": t("进项发票", "purchase invoices"),
  invoices: t("销项与进项发票", "sales and purchase invoices"),
  "bank-transactions": t("银行流水", "bank transactions"),
  scorecard: t("在用评分卡的评分", "a score by the scorecard in use"),
  request: t("融资申请资料", "the loan request"),
  "tax-certificate": t("税务部门出具的纳税信用与完税证明", "tax credit grade and tax payment certificate of the tax authority"),
  "credit-report": t("征信报告", "credit report"),
  "rights-register": t("知识产权登记簿副本与评估报告", "register extract and valuation of the intellectual property"),
  contract: t("合同或订单", "contract or order"),
  qualification: t("资质认定证书", "certificate of the qualification"),
} as const;
type RecordId = keyof typeof RECORDS;

const facts: Fact[] = [];
const add = (id: string, zh: string, en: string, type: FactType, record: RecordId, movedBySplitting: Text | null = null): void => {
  facts.push({
    id,
    source: id.slice(0, id.indexOf(".")) as FactSource,
    name: t(zh, en),
    type,
    settledBy: { record, name: RECORDS[record] },
    movedBySplitting,
  });
};
const number = (unit: FactUnit): FactType => ({ kind: "number", unit });
const YES_NO: FactType = { kind: "boolean" };
const word = (words: Readonly<Record<string, Text>>): FactType => ({ kind: "word", words, ordered: false });

// ── Enterprise 企业 ──
add(
  "enterprise.kind",
  "主体类型",
  "Kind of enterprise",
  word({ company: t("企业", "company"), "sole-trader": t("个体工商户", "sole trader") }),
  "enterprises",
);
add("enterprise.region", "所在地区", "Region", { kind: "code", of: "region" }, "enterprises");
add("enterprise.industry", "所属行业", "Industry", { kind: "code", of: "industry" }, "enterprises");
add(
  "enterprise.sizeClass",
  "规模划型",
  "Size class",
  word({ large: t("大型", "large"), medium: t("中型", "medium"), small: t("小型", "small"), micro: t("微型", "micro") }),
  "enterprises",
);
add("enterprise.ageMonths", "成立月数", "Months since founded", number("months"), "enterprises");
add("enterprise.persons", "从业人员", "Persons employed", number("count"), "enterprises");
add("enterprise.revenueFen", "营业收入（登记）", "Stated revenue", number("fen"), "enterprises");
add("enterprise.assetsFen", "资产总额（登记）", "Stated total assets", number("fen"), "enterprises");

// ── Features 特征 ──
for (const { id, name, unit, needs, rows, movedBySplitting } of catalogue) {
  const own: RecordId = rows.side === "sale" ? "sales-invoices" : "purchase-invoices";
  const record = needs === "bank" ? "bank-transactions" : rows.side === "both" || needs === "graph" ? "invoices" : own;
  add(`feature.${id}`, name.zh, name.en, number(unit), record, movedBySplitting);
}

// ── Profile 画像 ──
add("profile.position", "画像综合位置", "Overall position in the profile", number("points"), "invoices");
for (const { id, name } of dimensions)
  add(
    `profile.dimension.${id}`,
    `画像维度“${name.zh}”`,
    `Profile: ${name.en}`,
    number("points"),
    id === "cash" ? "bank-transactions" : "invoices",
  );
add("profile.flagsHigh", "严重红旗数", "Red flags of high severity", number("count"), "invoices");
add("profile.flagsMedium", "中等红旗数", "Red flags of medium severity", number("count"), "invoices");
const BY_INVOICE = t("看单张发票怎么开：分开开票即可改变", "looks at how single invoices are made out, which billing in parts changes");
for (const { id, name } of flagRules)
  add(`profile.flag.${id}`, `红旗“${name.zh}”`, `Red flag: ${name.en}`, YES_NO, "invoices", steers(id) ? null : BY_INVOICE);
add("profile.completeness", "资料完整度", "Completeness of the records", number("points"), "invoices");
add("profile.freshnessDays", "最近一条记录距今天数", "Days since the last record", number("days"), "invoices");
add("profile.gapMonths", "最长连续无票月数", "Longest run of months without invoices", number("months"), "invoices");

// ── Score 评分 ──
add("score.score", "信用评分", "Credit score", number("points"), "scorecard");
add("score.grade", "信用等级", "Credit grade", { kind: "text" }, "scorecard");
add("score.pd", "一年违约概率", "Probability of default in a year", number("ratio"), "scorecard");

// ── Request 融资申请 ──
add("request.amountFen", "申请金额", "Amount asked for", number("fen"), "request");
add("request.termMonths", "申请期限", "Term asked for", number("months"), "request");
add(
  "request.purpose",
  "用途",
  "Purpose",
  word({
    working: t("日常周转", "working capital"),
    order: t("订单备货", "fulfilling an order"),
    receivable: t("应收账款回笼前周转", "bridging receivables"),
    equipment: t("购置设备", "equipment"),
    research: t("研发与成果转化", "research and commercialisation"),
    planting: t("种植养殖", "planting and breeding"),
    startup: t("创业", "starting a business"),
    renewal: t("续贷", "renewal"),
  }),
  "request",
);
add("request.firstLoan", "从未获得银行贷款（首贷户）", "Never had a bank loan", YES_NO, "credit-report");
add("request.outstandingFen", "现有融资余额", "Outstanding finance", number("fen"), "credit-report");
add("request.lenders", "现有融资机构数", "Lenders with an outstanding loan", number("count"), "credit-report");
add("request.overdues24m", "近24个月逾期次数", "Overdue payments, last 24 months", number("count"), "credit-report");
add("request.overdueNow", "当前有逾期", "Overdue now", YES_NO, "credit-report");
add("request.blacklisted", "列入失信或限制高消费", "On the list of dishonest debtors", YES_NO, "credit-report");
add("request.enquiries3m", "近3个月贷款审批查询次数", "Loan enquiries, last 3 months", number("count"), "credit-report");
add("request.loanDueDays", "现有贷款到期天数", "Days until the present loan is due", number("days"), "credit-report");
add(
  "request.loanCategory",
  "现有贷款五级分类",
  "Category of the present loan",
  {
    kind: "word",
    ordered: true,
    words: {
      loss: t("损失", "loss"),
      doubtful: t("可疑", "doubtful"),
      substandard: t("次级", "substandard"),
      attention: t("关注", "special mention"),
      normal: t("正常", "normal"),
    },
  },
  "credit-report",
);
add(
  "request.taxGrade",
  "纳税信用等级",
  "Tax credit grade",
  {
    kind: "word",
    ordered: true,
    // Measures of the State Taxation Administration of 2014 with M of 2018: M is a new or idle taxpayer, between B and C.
    words: { D: t("D级", "D"), C: t("C级", "C"), M: t("M级", "M"), B: t("B级", "B"), A: t("A级", "A") },
  },
  "tax-certificate",
);
add("request.taxPaid12mFen", "近12个月实际缴税额", "Tax paid, last 12 months", number("fen"), "tax-certificate");
add("request.taxArrears", "有欠税", "Tax in arrears", YES_NO, "tax-certificate");
add(
  "request.qualifications",
  "资质",
  "Qualifications",
  {
    kind: "words",
    words: {
      "high-tech": t("高新技术企业", "high-tech enterprise"),
      "tech-sme": t("科技型中小企业", "technology SME"),
      innovative: t("创新型中小企业", "innovative SME"),
      "specialised-provincial": t("省级专精特新中小企业", "specialised and sophisticated SME of the province"),
      "little-giant": t("国家级专精特新“小巨人”企业", "national little giant"),
      green: t("绿色工厂", "green factory"),
      "agri-leader": t("农业产业化龙头企业", "leading agricultural enterprise"),
      cooperative: t("农民专业合作社示范社", "model farmers' cooperative"),
    },
  },
  "qualification",
);
add(
  "request.startupGroups",
  "创业群体",
  "Start-up groups",
  {
    kind: "words",
    words: {
      graduate: t("高校毕业生", "graduate"),
      veteran: t("退役军人", "veteran"),
      returning: t("返乡创业农民工", "returning migrant worker"),
      unemployed: t("城镇登记失业人员", "registered unemployed"),
      "hard-to-employ": t("就业困难人员", "person hard to employ"),
      farmer: t("脱贫或自主创业农民", "farmer starting a business"),
    },
  },
  "qualification",
);
add("request.newHiresShare", "当年新招用符合条件人员占比", "Share of eligible new hires in the year", number("ratio"), "qualification");
add("request.receivableFen", "可转让应收账款", "Assignable receivables", number("fen"), "contract");
add("request.receivableDays", "应收账款剩余账期", "Days until the receivables are due", number("days"), "contract");
add(
  "request.debtor",
  "买方性质",
  "Kind of debtor",
  word({
    government: t("机关事业单位", "public body"),
    soe: t("国有企业", "state-owned enterprise"),
    core: t("供应链核心企业", "core enterprise of a chain"),
    other: t("其他企业", "other enterprise"),
  }),
  "contract",
);
add("request.debtConfirmed", "买方已确权", "The debtor has confirmed the debt", YES_NO, "contract");
add("request.orderFen", "在手订单金额", "Orders in hand", number("fen"), "contract");
add("request.areaMu", "种植面积（亩）", "Area planted (mu)", number("mu"), "request");
add(
  "request.crop",
  "作物",
  "Crop",
  word({
    rice: t("水稻", "rice"),
    tea: t("茶叶", "tea"),
    citrus: t("柑橘", "citrus"),
    cherry: t("樱桃", "cherries"),
    rubber: t("橡胶", "rubber"),
  }),
  "request",
);
add("request.equipmentFen", "设备价款", "Price of the equipment", number("fen"), "contract");
add("request.downPaymentShare", "首付比例", "Down payment", number("ratio"), "request");
add("request.ownerAge", "实际控制人年龄", "Age of the controlling owner", number("years"), "request");
add("request.ownerGuarantees", "实际控制人提供保证", "The controlling owner guarantees", YES_NO, "request");

// ── Rights 知识产权 ──
add(
  "rights.kinds",
  "权利种类",
  "Kinds of rights",
  {
    kind: "words",
    words: {
      invention: t("发明专利", "invention patent"),
      utility: t("实用新型专利", "utility model"),
      design: t("外观设计专利", "design patent"),
      trademark: t("注册商标", "registered trademark"),
      software: t("软件著作权", "software copyright"),
    },
  },
  "rights-register",
);
add("rights.valueFen", "评估价值", "Appraised value", number("fen"), "rights-register");
add("rights.monthsLeft", "剩余保护期", "Months of protection left", number("months"), "rights-register");
add("rights.disputed", "存在质押、查封或权属争议", "Pledged, preserved or disputed", YES_NO, "rights-register");

/** Every fact, in the order of its place in a row of facts. */
export const factCatalogue: readonly Fact[] = facts;

const places = new Map(facts.map((fact, place) => [fact.id, place]));
export const factById = (id: string): Fact | null => {
  const place = places.get(id);
  return place === undefined ? null : facts[place]!;
};
export const factPlace = (id: string): number => {
  const place = places.get(id);
  if (place === undefined) throw new RangeError(`no fact "${id}"`);
  return place;
};

/** Facts by name; what is absent or null is not known. */
export type FactValues = Readonly<Record<string, FactValue | null | undefined>>;
/** Facts in the order of the catalogue: what compiled rules read. */
export type FactRow = readonly (FactValue | null)[];

export const factRow = (values: FactValues): FactRow => facts.map(({ id }) => values[id] ?? null);

/** Whether only an application tells it: what is asked for, and the rights named in it. No record says it before. */
export const isOfApplication = ({ source }: Fact): boolean => source === "request" || source === "rights";

/** A row with some facts told anew; null makes one unknown. Throws where one is no fact. */
export const withFacts = (row: FactRow, told: FactValues): FactRow => {
  const next = [...row];
  for (const id of Object.keys(told)) next[factPlace(id)] = told[id] ?? null;
  return next;
};

/** Places in the order of their ids by UTF-16 code units, with the id as canonical JSON has it. */
const inOrder = facts.map(({ id }, place) => ({ id, place, key: `${JSON.stringify(id)}:` })).toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** The facts of a row that are known, as canonical JSON (RFC 8785): what the hash of facts is of. */
export const factsText = (row: FactRow): string => {
  let text = "{";
  for (const { place, key } of inOrder) {
    const value = row[place] ?? null;
    if (value !== null) text += `${text.length > 1 ? "," : ""}${key}${typeof value === "number" ? value : JSON.stringify(value)}`;
  }
  return `${text}}`;
};

/** Why a value is none of the fact's type, or null where it is. */
export const wrongValue = ({ type }: Fact, value: unknown): Text | null => {
  switch (type.kind) {
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? null : t("应为数字", "should be a number");
    case "boolean":
      return typeof value === "boolean" ? null : t("应为是或否（true/false）", "should be true or false");
    case "text":
      return typeof value === "string" && value !== "" ? null : t("应为文字", "should be a text");
    case "word":
      return typeof value === "string" && Object.hasOwn(type.words, value)
        ? null
        : t(`应为以下之一：${Object.keys(type.words).join("、")}`, `should be one of ${Object.keys(type.words).join(", ")}`);
    case "words":
      return Array.isArray(value) && value.every((each) => typeof each === "string" && Object.hasOwn(type.words, each))
        ? null
        : t(`应为以下词的列表：${Object.keys(type.words).join("、")}`, `should be a list of ${Object.keys(type.words).join(", ")}`);
    case "code":
      return typeof value === "string" && (type.of === "region" ? /^\d{6}$/ : /^[A-T]\d{0,4}$/).test(value)
        ? null
        : type.of === "region"
          ? t("应为六位行政区划代码", "should be a region code of six digits")
          : t("应为行业代码，如 C 或 C13", "should be an industry code, as C or C13");
  }
};

/** The value in the words of its reader: 84.2 万元, 12 months, 3.2 %. */
export const factValueText = ({ type }: Fact, value: FactValue | null): Text => {
  if (value === null) return t("未知", "not known");
  if (typeof value === "number" && type.kind === "number") return amountText(type.unit, value);
  if (typeof value === "boolean") return value ? t("是", "yes") : t("否", "no");
  if (typeof value === "string") {
    if (type.kind === "word") return type.words[value] ?? t(value, value);
    if (type.kind === "code") return codeText(type.of, value);
    return t(value, value);
  }
  if (Array.isArray(value)) {
    const names = (value as readonly string[]).map((each) => (type.kind === "words" ? (type.words[each] ?? t(each, each)) : t(each, each)));
    return names.length === 0 ? t("无", "none") : t(names.map((name) => name.zh).join("、"), names.map((name) => name.en).join(", "));
  }
  return t(String(value), String(value));
};

const codeText = (of: "region" | "industry", code: string): Text => {
  if (of === "region") {
    const name = region(code as RegionCode)?.fullName;
    return name === undefined ? t(code, code) : t(name, `${name} (${code})`);
  }
  const name = industryName(code as IndustryCode);
  return t(name.zh, name.en);
};

/** Rounded as `toFixed` does, without zeros at the end. Between two ties whole numbers give the same digits, and sooner. */
export const plain = (value: number, digits: 1 | 2): string => {
  const scale = digits === 1 ? 10 : 100;
  const scaled = value * scale;
  const whole = Math.round(scaled);
  return Math.abs(scaled) < 1e9 && Math.abs(Math.abs(scaled - whole) - 0.5) > 1e-6
    ? String(whole / scale)
    : String(Number(value.toFixed(digits)));
};

/** A whole number with a comma at every third digit. */
export const grouped = (value: number): string => {
  const size = Math.abs(value);
  if (size < 1000) return String(value);
  if (size >= 1e9) return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  const three = (part: number): string => String(1000 + (part % 1000)).slice(1);
  const thousands = Math.floor(size / 1000);
  const front = thousands < 1000 ? String(thousands) : `${Math.floor(thousands / 1000)},${three(thousands)}`;
  return `${value < 0 ? "-" : ""}${front},${three(size)}`;
};

export const amountText = (unit: FactUnit, value: number): Text => {
  switch (unit) {
    case "fen": {
      const yuan = value / 100;
      return Math.abs(yuan) >= 10_000
        ? t(`${plain(yuan / 10_000, 2)} 万元`, `${grouped(Math.round(yuan))} yuan`)
        : t(`${plain(yuan, 2)} 元`, `${plain(yuan, 2)} yuan`);
    }
    case "ratio":
      return t(`${plain(value * 100, 2)}%`, `${plain(value * 100, 2)} %`);
    case "months":
      return t(`${plain(value, 1)} 个月`, `${plain(value, 1)} months`);
    case "days":
      return t(`${plain(value, 1)} 天`, `${plain(value, 1)} days`);
    case "years":
      return t(`${plain(value, 1)} 岁`, `${plain(value, 1)} years`);
    case "mu":
      return t(`${plain(value, 1)} 亩`, `${plain(value, 1)} mu`);
    case "points":
      return t(`${plain(value, 1)} 分`, `${plain(value, 1)} points`);
    case "per-month":
      return t(`每月 ${plain(value * 100, 2)}%`, `${plain(value * 100, 2)} % a month`);
    case "count":
      return t(plain(value, 2), plain(value, 2));
  }
};

/** What the version of the catalogue of facts is a hash of. */
export const factCatalogueVersion: string = canonicalJson(
  facts.map(({ id, type }) =>
    type.kind === "word" || type.kind === "words" ? { id, type: { ...type, words: Object.keys(type.words) } } : { id, type },
  ),
);
