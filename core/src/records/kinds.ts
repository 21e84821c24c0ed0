import type { Text } from "../basics/index.ts";

export const RECORD_KINDS = ["sales-invoices", "purchase-invoices", "enterprises", "bank-transactions"] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export type FieldId = string;

/** One column that a kind of record has, and the headers under which it arrives. */
export type Field = {
  readonly id: FieldId;
  readonly name: Text;
  /** Without it, or one of `instead`, a file is not read as this kind. */
  readonly required: boolean;
  /** Fields that can stand in for this one: each entry is a set that must be there in whole. */
  readonly instead?: readonly (readonly FieldId[])[];
  /** Headers that mean this field, the most telling first; compared without case, spaces and punctuation. */
  readonly synonyms: readonly string[];
};

export type Kind = { readonly kind: RecordKind; readonly name: Text; readonly fields: readonly Field[] };

const field = (
  id: FieldId,
  zh: string,
  en: string,
  required: boolean,
  synonyms: readonly string[],
  instead?: readonly (readonly FieldId[])[],
): Field => ({ id, name: { zh, en }, required, synonyms: [zh, en, id, ...synonyms], ...(instead ? { instead } : {}) });

const SELLER_ID = [
  "销方识别号",
  "销方税号",
  "销方单位代号",
  "销售方识别号",
  "销售方税号",
  "销售方纳税人识别号",
  "销方纳税人识别号",
  "seller id",
  "seller tax id",
];
const SELLER_NAME = ["销方名称", "销售方名称", "销方企业名称", "seller name", "seller"];
const BUYER_ID = [
  "购方识别号",
  "购方税号",
  "购方单位代号",
  "购买方识别号",
  "购买方税号",
  "购买方纳税人识别号",
  "购方纳税人识别号",
  "buyer id",
  "buyer tax id",
];
const BUYER_NAME = ["购方名称", "购买方名称", "购方企业名称", "buyer name", "buyer"];
const OWNER = [
  "企业代号",
  "企业编号",
  "企业代码",
  "企业标识",
  "本企业税号",
  "统一社会信用代码",
  "纳税人识别号",
  "enterprise id",
  "company id",
  "owner",
];

const invoiceFields = (
  ownId: readonly string[],
  otherId: readonly string[],
  otherName: readonly string[],
  other: Text,
): readonly Field[] => [
  field("enterprise", "企业", "Enterprise", true, [...OWNER, ...ownId]),
  field("number", "发票号码", "Invoice number", true, ["发票号", "票号", "invoice no", "invoice no.", "number"], [["eNumber"]]),
  field("eNumber", "数电票号码", "E-invoice number", false, [
    "数电发票号码",
    "全电发票号码",
    "电子发票号码",
    "einvoice number",
    "InvoiceNumber20",
  ]),
  field("code", "发票代码", "Invoice code", false, ["票据代码", "invoice code"]),
  field("issuedOn", "开票日期", "Issued on", true, [
    "开具日期",
    "开票时间",
    "发票日期",
    "日期",
    "issue date",
    "issued",
    "invoice date",
    "date",
    "IssueTime",
  ]),
  field(
    "counterparty",
    `${other.zh}识别号`,
    `${other.en} id`,
    true,
    [...otherId, "对方识别号", "对方税号", "counterparty id"],
    [["counterpartyName"]],
  ),
  field("counterpartyName", `${other.zh}名称`, `${other.en} name`, false, [...otherName, "对方名称", "counterparty name"]),
  field("amount", "金额", "Amount before tax", true, ["不含税金额", "合计金额", "amount", "net amount", "amount excl tax"]),
  field("tax", "税额", "Tax", true, ["合计税额", "增值税额", "tax amount", "vat", "vat amount"]),
  field("total", "价税合计", "Total with tax", false, ["含税金额", "总金额", "价税合计金额", "total", "gross amount", "amount incl tax"]),
  field("status", "发票状态", "Status", false, ["状态", "票据状态", "invoice status", "status"]),
];

export const KINDS: readonly Kind[] = [
  {
    kind: "sales-invoices",
    name: { zh: "销项发票", en: "Sales invoices" },
    fields: invoiceFields(SELLER_ID, BUYER_ID, BUYER_NAME, { zh: "购方", en: "Buyer" }),
  },
  {
    kind: "purchase-invoices",
    name: { zh: "进项发票", en: "Purchase invoices" },
    fields: invoiceFields(BUYER_ID, SELLER_ID, SELLER_NAME, { zh: "销方", en: "Seller" }),
  },
  {
    kind: "enterprises",
    name: { zh: "企业名录", en: "Enterprises" },
    fields: [
      field("enterprise", "企业代号", "Enterprise id", true, ["企业编号", "企业标识", "enterprise", "company id", "id"], [["uscc"]]),
      field("name", "企业名称", "Name", true, ["名称", "单位名称", "公司名称", "company", "company name", "enterprise name"]),
      field("uscc", "统一社会信用代码", "Unified social credit code", false, ["社会信用代码", "信用代码", "税号", "纳税人识别号", "uscc"]),
      field("industry", "行业代码", "Industry code", false, ["行业", "国民经济行业代码", "industry"]),
      field("region", "行政区划代码", "Region code", false, ["行政区划", "地区代码", "region", "region code"]),
      field("persons", "从业人员", "Persons employed", false, ["从业人数", "员工人数", "职工人数", "employees", "headcount"]),
      field("revenue", "营业收入", "Revenue", false, ["年营业收入", "revenue (yuan)", "turnover"]),
      field("assets", "资产总额", "Total assets", false, ["总资产", "assets"]),
      field("foundedOn", "成立日期", "Founded on", false, ["注册日期", "设立日期", "founded", "established"]),
      field("grade", "信誉评级", "Bank's grade", false, ["信用评级", "评级", "grade", "rating"]),
      field("defaulted", "是否违约", "Defaulted", false, ["违约", "default", "default flag"]),
      field("endedOn", "违约终止日", "Default ended on", false, ["不良终止日", "违约结清日", "default ended"]),
    ],
  },
  {
    kind: "bank-transactions",
    name: { zh: "银行流水", en: "Bank transactions" },
    fields: [
      field("enterprise", "企业", "Enterprise", true, [...OWNER, "户名", "本方户名", "账户名称", "account owner"]),
      field("account", "账号", "Account", true, ["本方账号", "账户", "银行账号", "交易账号", "iban", "account number", "own account"]),
      field("bookedOn", "记账日期", "Booked on", true, [
        "交易日期",
        "入账日期",
        "交易时间",
        "日期",
        "booking date",
        "transaction date",
        "date",
      ]),
      field("amount", "交易金额", "Amount", true, ["金额", "发生额", "amount"], [["credit", "debit"]]),
      field("direction", "借贷标志", "Direction", false, ["借贷方向", "收支方向", "收支", "借贷", "debit/credit", "dc"]),
      field("credit", "贷方金额", "Money in", false, ["收入金额", "贷方发生额", "转入金额", "收入", "贷方", "credit"]),
      field("debit", "借方金额", "Money out", false, ["支出金额", "借方发生额", "转出金额", "支出", "借方", "debit"]),
      field("balance", "余额", "Balance", false, ["账户余额", "交易后余额", "联机余额", "balance after"]),
      field("currency", "币种", "Currency", false, ["货币", "ccy"]),
      field("counterparty", "对方户名", "Counterparty", false, ["对方名称", "对方单位", "交易对手", "交易对方"]),
      field("counterpartyAccount", "对方账号", "Counterparty's account", false, ["对方账户", "交易对手账号", "counterparty account"]),
      field("remittance", "摘要", "Remittance", false, ["附言", "用途", "备注", "交易摘要", "description", "memo", "purpose"]),
      field("bankRef", "流水号", "Bank reference", false, ["交易流水号", "流水", "凭证号", "reference", "transaction id"]),
      field("type", "交易类型", "Type", false, ["业务类型", "交易方式", "transaction type", "type"]),
      field("bookingStatus", "记账状态", "Booking status", false, ["booking status"]),
    ],
  },
];

export const kindOf = (kind: RecordKind): Kind => KINDS.find((candidate) => candidate.kind === kind)!;

/** Field to the header of the file that holds it. */
export type Mapping = Readonly<Record<FieldId, string>>;

export type Suggestion = {
  /** Null where the headers fit no kind, or fit several alike (a file with seller and buyer). */
  readonly kind: RecordKind | null;
  readonly mapping: Mapping;
  /** Required fields for which no header was found. */
  readonly missing: readonly FieldId[];
  /** Headers that no field takes. */
  readonly unmapped: readonly string[];
  /** Share of the required fields that were found, 0–1. */
  readonly confidence: number;
};

const plain = (header: string): string =>
  header
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{P}\p{S}]/gu, "");

const mapOnto = (headers: readonly string[], kind: Kind): Mapping => {
  const free = new Map<string, string>();
  for (const header of headers) if (!free.has(plain(header))) free.set(plain(header), header);
  const mapping: Record<string, string> = {};
  // The most telling synonym of every field first, so that a vague one ("日期") takes only what is left.
  const longest = Math.max(...kind.fields.map((field) => field.synonyms.length));
  for (let place = 0; place < longest; place++)
    for (const field of kind.fields) {
      const synonym = field.synonyms[place];
      if (synonym === undefined || field.id in mapping) continue;
      const header = free.get(plain(synonym));
      if (header === undefined) continue;
      mapping[field.id] = header;
      free.delete(plain(synonym));
    }
  return mapping;
};

/** Required fields that neither the mapping nor a stand-in provides. `given`: fields that need no header. */
export const missingFields = (kind: Kind, mapping: Mapping, given: readonly FieldId[] = []): readonly FieldId[] =>
  kind.fields
    .filter(
      (field) =>
        field.required &&
        !(field.id in mapping) &&
        !given.includes(field.id) &&
        !(field.instead ?? []).some((set) => set.every((id) => id in mapping)),
    )
    .map((field) => field.id);

const suggestionFor = (headers: readonly string[], kind: Kind): Suggestion => {
  const mapping = mapOnto(headers, kind);
  const missing = missingFields(kind, mapping);
  const required = kind.fields.filter((field) => field.required).length;
  const used = new Set(Object.values(mapping));
  return {
    kind: kind.kind,
    mapping,
    missing,
    unmapped: headers.filter((header) => !used.has(header)),
    confidence: (required - missing.length) / required,
  };
};

/**
 * Finds the kind of a file and which header holds which field. The user may change the answer.
 * With `kind` given only the mapping is sought.
 */
export const suggestMapping = (headers: readonly string[], kind?: RecordKind): Suggestion => {
  if (kind) return suggestionFor(headers, kindOf(kind));
  const weight = (suggestion: Suggestion) => suggestion.confidence * 1000 + Object.keys(suggestion.mapping).length;
  const ranked = KINDS.map((candidate) => suggestionFor(headers, candidate)).sort((a, b) => weight(b) - weight(a));
  const [best, next] = [ranked[0]!, ranked[1]!];
  // Whose records they are may be told apart from the file, so a missing owner alone does not make a kind unfit.
  const fits = best.missing.every((id) => id === "enterprise") && best.confidence >= 0.5;
  const alike = next.missing.length === best.missing.length && weight(next) === weight(best);
  return { ...best, kind: fits && !alike ? best.kind : null };
};
