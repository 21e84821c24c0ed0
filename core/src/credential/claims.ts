import { type Fen, type IsoDate, type Json, type Text, yuanText } from "../basics/index.ts";
import { sectionName, sizeClassText } from "../enterprise/index.ts";
import { type Profile, type Severity, dimensions, flagRules } from "../profile/index.ts";

/** Where a claim stands in the credential: group and name. Every claim that can be withheld has a path of two. */
export type ClaimPath = readonly [group: string, name: string];

/** Claims as they stand in a credential, all disclosed: a document of groups. */
export type Claims = { readonly [group: string]: { readonly [name: string]: Json } };

/** A claim that the holder discloses or keeps back. */
export type Claim = {
  readonly path: ClaimPath;
  readonly name: Text;
  /** What a value says, as a sentence for a reader. A null says that the platform does not know. */
  readonly say: (value: Json) => Text;
};

/**
 * Yuan of net sales within 12 months that a credential speaks to, each by a claim of its own. 5,000,000 divides small-scale
 * taxpayers of VAT from general ones (财税〔2018〕33号); the others are bounds of revenue between size classes of the statistical
 * standard (国家统计局, 统计上大中小微型企业划分办法, 2017), and the round figures between them.
 */
export const SALES_THRESHOLDS = [1_000_000, 3_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000, 100_000_000] as const;

const both = (text: string): Text => ({ zh: text, en: text });
const UNKNOWN: Text = { zh: "平台不掌握", en: "the platform does not know" };
const grouped = (digits: string): string => digits.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");

/** A whole number of yuan as people say it: 500 万元, 1 亿元, CNY 5,000,000. */
export const yuanWords = (yuan: number): Text => ({
  zh: yuan >= 100_000_000 ? `${yuan / 100_000_000} 亿元` : `${yuan / 10_000} 万元`,
  en: `CNY ${grouped(String(yuan))}`,
});

const fenWords = (amount: Fen): Text => {
  const [whole = "", decimals = ""] = yuanText(amount).split(".");
  return { zh: `${grouped(whole)}.${decimals} 元`, en: `CNY ${grouped(whole)}.${decimals}` };
};

/** A value as it is, where it is not of the kind that the claim should have: it is shown, never interpreted. */
const raw = (value: Json): Text => (value === null ? UNKNOWN : both(typeof value === "string" ? value : JSON.stringify(value)));
const ifText = (say: (value: string) => Text) => (value: Json) => (typeof value === "string" ? say(value) : raw(value));
const ifNumber = (say: (value: number) => Text) => (value: Json) => (typeof value === "number" ? say(value) : raw(value));
const ifTruth =
  (yes: Text, no: Text) =>
  (value: Json): Text =>
    value === true ? yes : value === false ? no : raw(value);

const SEVERITY: Readonly<Record<Severity, Text>> = {
  low: { zh: "低", en: "low" },
  medium: { zh: "中", en: "medium" },
  high: { zh: "高", en: "high" },
};
type CredentialFlag = { readonly id: string; readonly severity: Severity };
const isFlag = (value: Json): value is CredentialFlag =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as { id?: unknown }).id === "string" &&
  String((value as { severity?: unknown }).severity) in SEVERITY;

const flagWords = (value: Json): Text => {
  if (!Array.isArray(value) || !value.every(isFlag)) return raw(value);
  if (value.length === 0) return { zh: "没有红旗", en: "no red flag" };
  const name = (id: string) => flagRules.find((rule) => rule.id === id)?.name ?? both(id);
  return {
    zh: value.map(({ id, severity }) => `${name(id).zh}（${SEVERITY[severity].zh}）`).join("；"),
    en: value.map(({ id, severity }) => `${name(id).en} (${SEVERITY[severity].en})`).join("; "),
  };
};

const KIND: Readonly<Record<string, Text>> = {
  company: { zh: "企业法人", en: "company" },
  "sole-trader": { zh: "个体工商户", en: "sole trader" },
};

const claim = (path: ClaimPath, zh: string, en: string, say: Claim["say"] = raw): Claim => ({ path, name: { zh, en }, say });

const thresholdClaim = (yuan: number): Claim => {
  const { zh, en } = yuanWords(yuan);
  return claim(
    ["annualSalesAtLeast", String(yuan)],
    `近 12 个月净销售额是否达到 ${zh}`,
    `Whether net sales of 12 months reach ${en}`,
    ifTruth(
      { zh: `近 12 个月净销售额不低于 ${zh}`, en: `net sales of the last 12 months are at least ${en}` },
      { zh: `近 12 个月净销售额低于 ${zh}`, en: `net sales of the last 12 months are below ${en}` },
    ),
  );
};

/**
 * Every claim that can be disclosed, in the order of reading. A credential always holds all of them, null where the platform does
 * not know, so that neither the number of hashes in it nor a gap among them says anything.
 */
export const CLAIMS: readonly Claim[] = [
  claim(["enterprise", "name"], "企业名称", "Name of the enterprise"),
  claim(["enterprise", "uscc"], "统一社会信用代码", "Unified social credit code"),
  claim(
    ["enterprise", "kind"],
    "主体类型",
    "Kind",
    ifText((kind) => KIND[kind] ?? both(kind)),
  ),
  claim(
    ["enterprise", "section"],
    "行业门类（GB/T 4754）",
    "Section of industry (GB/T 4754)",
    ifText((section) => {
      const name = /^[A-T]$/.test(section) ? sectionName(section as Parameters<typeof sectionName>[0]) : both("");
      return { zh: `${section} ${name.zh}`.trim(), en: `${section} ${name.en}`.trim() };
    }),
  ),
  claim(
    ["enterprise", "sizeClass"],
    "规模（统计标准）",
    "Size class",
    ifText((size) => sizeClassText[size as keyof typeof sizeClassText] ?? both(size)),
  ),
  claim(["enterprise", "region"], "所在地区", "Region"),
  claim(["enterprise", "foundedOn"], "成立日期", "Founded on"),
  claim(["credit", "grade"], "信用等级", "Grade"),
  claim(
    ["credit", "score"],
    "信用评分",
    "Score",
    ifNumber((score) => both(String(score))),
  ),
  claim(
    ["credit", "scorecard"],
    "所用评分卡",
    "Scorecard that gave them",
    ifText((scorecard) => {
      const [id = "", hash = ""] = scorecard.split(" ");
      return both(/^[0-9a-f]{64}$/.test(hash) ? `${id}, SHA-256 ${hash.slice(0, 12)}…` : scorecard);
    }),
  ),
  claim(
    ["annualSales", "fen"],
    "近 12 个月净销售额",
    "Net sales of the last 12 months",
    ifNumber((amount) => (Number.isSafeInteger(amount) ? fenWords(amount) : both(String(amount)))),
  ),
  ...SALES_THRESHOLDS.map(thresholdClaim),
  ...dimensions.map(({ id, name }) =>
    claim(
      ["dimensions", id],
      `${name.zh}（同业位置）`,
      `${name.en} (position among peers)`,
      ifNumber((position) => ({ zh: `${position} / 100`, en: `${position} of 100` })),
    ),
  ),
  claim(
    ["flags", "noneHigh"],
    "有无严重红旗",
    "Whether there is a high red flag",
    ifTruth(
      { zh: "没有严重的红旗", en: "there is no red flag of high severity" },
      { zh: "有严重的红旗", en: "there is a red flag of high severity" },
    ),
  ),
  claim(["flags", "all"], "全部红旗", "All red flags", flagWords),
  claim(
    ["records", "months"],
    "有记录的月数",
    "Months with records",
    ifNumber((months) => ({ zh: `${months} 个月`, en: `${months} months` })),
  ),
  claim(
    ["records", "completeness"],
    "资料完整度",
    "Completeness of the records",
    ifNumber((score) => ({ zh: `${score} / 100`, en: `${score} of 100` })),
  ),
  claim(["records", "lastOn"], "最近一条记录的日期", "Day of the last record"),
  claim(["evidence", "profileSha256"], "信用画像的哈希", "Hash of the profile"),
  claim(["evidence", "log"], "存证日志", "Evidence log"),
  claim(
    ["evidence", "position"],
    "画像在日志中的位置",
    "Position of the profile's record in the log",
    ifNumber((position) => both(String(position))),
  ),
];

export const pathText = (path: readonly string[]): string => path.join("/");
const BY_PATH = new Map(CLAIMS.map((each) => [pathText(each.path), each]));
export const claimAt = (path: readonly string[]): Claim | null => BY_PATH.get(pathText(path)) ?? null;

/** Claims that say nothing without another one: a grade is a grade of some scorecard, a position one in some log. */
const COMPANIONS: Readonly<Record<string, readonly ClaimPath[]>> = {
  "credit/grade": [["credit", "scorecard"]],
  "credit/score": [["credit", "scorecard"]],
  "evidence/position": [
    ["evidence", "log"],
    ["evidence", "profileSha256"],
  ],
  "evidence/log": [["evidence", "profileSha256"]],
};

/** The claims chosen, in the order of reading, with those that they need to be understood. */
export const withCompanions = (chosen: readonly ClaimPath[]): readonly ClaimPath[] => {
  const wanted = new Set(chosen.flatMap((path) => [path, ...(COMPANIONS[pathText(path)] ?? [])]).map(pathText));
  return CLAIMS.map(({ path }) => path).filter((path) => wanted.has(pathText(path)));
};

export type CredentialSource = {
  readonly profile: Profile;
  /** Of the profile's canonical JSON, lower-case hex. */
  readonly profileSha256: string;
  /** What the scorecard in use says; null where none is. */
  readonly score: {
    readonly score: number;
    readonly grade: string;
    readonly scorecard: { readonly id: string; readonly sha256: string };
  } | null;
  /** Where the log has the record of this profile. */
  readonly evidence: { readonly log: string; readonly position: number };
};

/**
 * The claims of a credential from a profile: nothing is in it that the profile and the score do not say. Every credential has the
 * same claims. Net sales are invoiced sales of the 12 months up to the as-of day, before tax, red-letter invoices deducted, in fen.
 */
export const claimsOf = ({
  profile,
  profileSha256,
  score,
  evidence,
}: CredentialSource): { readonly asOf: IsoDate; readonly claims: Claims } => {
  const { enterprise, completeness, freshness } = profile;
  const sales = profile.features["net_sales_12m"]?.value ?? null;
  const flags = profile.flags.map(({ id, severity }) => ({ id, severity }));
  return {
    asOf: profile.asOf,
    claims: {
      enterprise: {
        name: enterprise.name,
        uscc: enterprise.uscc,
        kind: enterprise.kind,
        section: enterprise.industry?.section ?? null,
        sizeClass: enterprise.sizeClass.class,
        region: enterprise.region?.name ?? null,
        foundedOn: enterprise.foundedOn,
      },
      credit: {
        grade: score?.grade ?? null,
        score: score?.score ?? null,
        scorecard: score ? `${score.scorecard.id} ${score.scorecard.sha256}` : null,
      },
      annualSales: { fen: sales },
      annualSalesAtLeast: Object.fromEntries(SALES_THRESHOLDS.map((yuan) => [String(yuan), sales === null ? null : sales >= yuan * 100])),
      dimensions: Object.fromEntries(
        dimensions.map(({ id }) => [id, profile.dimensions.find((dimension) => dimension.id === id)?.position ?? null]),
      ),
      flags: { noneHigh: flags.every(({ severity }) => severity !== "high"), all: flags },
      records: { months: completeness.monthsCovered, completeness: completeness.score, lastOn: freshness.lastRecordOn },
      evidence: { profileSha256, log: evidence.log, position: evidence.position },
    },
  };
};
