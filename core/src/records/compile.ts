import { type IsoDate, type Text, fenFromYuanText, yuanText } from "../basics/index.ts";
import { type Sql, dayOf, fenOf, idOf, isVoidOf, rateOf, taxIsTooHigh, text, trimmed, trimmedOfSpaces, usccIsWrong } from "./expression.ts";
import { type FieldId, type Mapping, type RecordKind, kindOf } from "./kinds.ts";

/** The cells of a row by field, as they arrived. */
export type Cells = Readonly<Record<FieldId, string>>;

/** Why a row is not accepted: what was found in it, and what the reader can do. */
export type Explanation = { readonly text: Text; readonly remedy: Text };

/** A rule is broken where its expression is true; its place in the list is its bit in the column `reasons`. */
export type Rule = {
  readonly code: string;
  readonly field: FieldId | null;
  /** What the rule says, without regard to a row, for a list of reasons. */
  readonly title: Text;
  readonly broken: Sql;
  readonly explain: (cells: Cells) => Explanation;
};

export type CompileOptions = {
  readonly mapping: Mapping;
  /** Name of the column of the staged relation that holds the cell under a header. */
  readonly column: (header: string) => Sql;
  /** How many cells a whole row has. */
  readonly width: number;
  /** Whose records these are, where the file does not say. */
  readonly enterprise: string | null;
  /** The only enterprise whose records these may be; null where any may. */
  readonly only: string | null;
  /** True where no cell holds a blank other than the space: trimming is then much quicker, and the same. */
  readonly spacesOnly: boolean;
  /** The day of the import: what is dated later is refused. */
  readonly today: IsoDate;
};

/** A kind of record, compiled for one file: from its staged text to typed columns and the rules each row breaks. */
export type Compiled = {
  readonly kind: RecordKind;
  readonly rules: readonly Rule[];
  /** `from`: a relation with line, cells, extra and the columns of text. Adds `reasons`, a set of bits, 0 where none is broken. */
  readonly select: (from: Sql) => Sql;
  /** What makes a record the same record, over the columns of `select`. */
  readonly identity: Sql;
  /** Columns of which one may not change while the identity stays. */
  readonly content: readonly string[];
  /** Columns in the order of the lake, after batch. */
  readonly output: readonly string[];
  /** Column by which the lake sorts within an enterprise; null where there is no lake file. */
  readonly day: string | null;
  /** Where rows may repeat in truth (two equal cash deposits on one day): the condition under which they may. */
  readonly repeats: Sql | null;
};

const t = (zh: string, en: string): Text => ({ zh, en });
const shown = (cells: Cells, field: FieldId): string => (cells[field] ?? "").trim();

const rule = (code: string, field: FieldId | null, title: Text, broken: Sql, found: (cells: Cells) => Text, remedy: Text): Rule => ({
  code,
  field,
  title,
  broken,
  explain: (cells) => ({ text: found(cells), remedy }),
});

const fieldName = (kind: RecordKind, field: FieldId): Text => kindOf(kind).fields.find((each) => each.id === field)!.name;

const ragged = (width: number): Rule =>
  rule(
    "cell-count",
    null,
    t("单元格数与表头不符", "Cells do not match the headers"),
    `cells < ${width} or trim(coalesce(extra, ''), ',;| ' || chr(9)) <> ''`,
    () => t(`这一行的单元格数与表头的 ${width} 列不符。`, `The row does not have the ${width} cells that the headers name.`),
    t(
      "请检查该行是否多了或少了分隔符；含分隔符的文字应加引号。",
      "Look for a separator too many or too few; text that holds one needs quotes.",
    ),
  );

const missing = (kind: RecordKind, field: FieldId, broken: Sql): Rule => {
  const name = fieldName(kind, field);
  return rule(
    `${dashed(field)}-missing`,
    field,
    t(`缺少${name.zh}`, `${name.en} missing`),
    broken,
    () => t(`“${name.zh}”为空。`, `"${name.en}" is empty.`),
    t("请补上该单元格。", "Fill in the cell."),
  );
};

const wrongCode = (kind: RecordKind, field: FieldId, broken: Sql): Rule => {
  const name = fieldName(kind, field);
  return rule(
    `${dashed(field)}-check-character`,
    field,
    t(`${name.zh}的校验码不对`, `${name.en}: wrong check character`),
    broken,
    (cells) =>
      t(
        `“${shown(cells, field)}”形如统一社会信用代码，但校验码不对（GB 32100-2015）。`,
        `"${shown(cells, field)}" looks like a unified social credit code, but its check character is wrong (GB 32100-2015).`,
      ),
    t("请逐位核对营业执照上的代码。", "Compare the code with the business licence, character by character."),
  );
};

const days = (
  kind: RecordKind,
  field: FieldId,
  cell: Sql,
  day: Sql,
  today: IsoDate,
  earliest: string,
  optional = false,
): readonly Rule[] => {
  const name = fieldName(kind, field);
  return [
    ...(optional ? [] : [missing(kind, field, `${cell} = ''`)]),
    rule(
      "date-unreadable",
      field,
      t("日期无法识别", "Date cannot be read"),
      `${cell} <> '' and ${day} is null`,
      (cells) =>
        t(`${name.zh}“${shown(cells, field)}”不是日历中的一天。`, `${name.en} "${shown(cells, field)}" is not a day of the calendar.`),
      t("请写成 2019-03-01、2019/3/1、20190301 或 2019年3月1日。", "Write it as 2019-03-01, 2019/3/1, 20190301 or 2019年3月1日."),
    ),
    rule(
      "date-in-future",
      field,
      t("日期晚于导入当日", "Date lies in the future"),
      `${day} > date '${today}'`,
      (cells) =>
        t(
          `${name.zh}“${shown(cells, field)}”晚于导入当日 ${today}。`,
          `${name.en} "${shown(cells, field)}" is later than the day of import, ${today}.`,
        ),
      t("请核对日期。", "Check the date."),
    ),
    rule(
      "date-too-early",
      field,
      t("日期过早", "Date is too early"),
      `${day} < date '${earliest}'`,
      (cells) => t(`${name.zh}“${shown(cells, field)}”早于 ${earliest}。`, `${name.en} "${shown(cells, field)}" is before ${earliest}.`),
      t("请核对年份。", "Check the year."),
    ),
  ];
};

const amountFound = (name: Text, cell: string): Text => {
  const read = fenFromYuanText(cell);
  if (!read.ok && read.error === "finer-than-a-fen") return t(`${name.zh}“${cell}”细于一分。`, `${name.en} "${cell}" is finer than a fen.`);
  if (read.ok || read.error === "too-large")
    return t(
      `${name.zh}“${cell}”达到十万亿元，超出可接受范围。`,
      `${name.en} "${cell}" is 10 trillion yuan or more, beyond what is accepted.`,
    );
  return t(`${name.zh}“${cell}”不是金额。`, `${name.en} "${cell}" is not an amount.`);
};

const unreadableAmount = (kind: RecordKind, field: FieldId, cell: Sql, fen: Sql): Rule => {
  const name = fieldName(kind, field);
  return rule(
    "amount-unreadable",
    field,
    t("金额无法识别", "Amount cannot be read"),
    `${cell} <> '' and ${fen} is null`,
    (cells) => amountFound(name, shown(cells, field)),
    t("请写成 1234.50 或 1,234.50，至多两位小数。", "Write it as 1234.50 or 1,234.50, with at most two decimals."),
  );
};

const dashed = (field: FieldId): string => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The bits of the rules that a row breaks, as one 64-bit number. */
const bits = (rules: readonly Rule[]): Sql =>
  rules.map((each, place) => `case when ${each.broken} then ${2n ** BigInt(place)}::bigint else 0::bigint end`).join(" + ");

/** The rules whose bits are set. */
export const brokenRules = (compiled: Compiled, reasons: bigint): readonly Rule[] =>
  compiled.rules.filter((_, place) => (reasons >> BigInt(place)) & 1n);

type Cell = (field: FieldId) => Sql;

const cellsOf = (options: CompileOptions): Cell => {
  const { mapping, column } = options;
  const trim = options.spacesOnly ? trimmedOfSpaces : trimmed;
  return (field) => (mapping[field] === undefined ? "''" : trim(column(mapping[field])));
};

const raw = (kind: RecordKind, cell: Cell): Sql =>
  kindOf(kind)
    .fields.map((field) => `${cell(field.id)} as "t_${field.id}"`)
    .join(", ");
const c = (field: FieldId): Sql => `"t_${field}"`;

const owner = (enterprise: string | null): Sql =>
  enterprise === null
    ? idOf(c("enterprise"))
    : `case when ${c("enterprise")} = '' then ${text(enterprise)} else ${idOf(c("enterprise"))} end`;

/** 31 is the unit separator of ASCII: no cell holds it, so joined texts differ where their parts do. */
const joined = (...parts: readonly Sql[]): Sql => parts.join(" || chr(31) || ");

const invoices = (kind: "sales-invoices" | "purchase-invoices", options: CompileOptions): Compiled => {
  const { today } = options;
  const rules: readonly Rule[] = [
    ragged(options.width),
    missing(kind, "enterprise", "enterprise = ''"),
    wrongCode(kind, "enterprise", usccIsWrong("enterprise")),
    ...(options.only === null
      ? []
      : [
          rule(
            "other-enterprise",
            "enterprise",
            t("不是该企业的发票", "Not an invoice of this enterprise"),
            `upper(enterprise) <> ${text(options.only.toUpperCase())}`,
            () => t(`销方与购方都不是指定的企业 ${options.only}。`, `Neither seller nor buyer is the enterprise named, ${options.only}.`),
            t("请指定发票所属的企业后重新导入。", "Import it again for the enterprise it belongs to."),
          ),
        ]),
    missing(kind, "number", "number = ''"),
    rule(
      "number-malformed",
      "number",
      t("发票号码格式不对", "Invoice number malformed"),
      "number <> '' and not regexp_full_match(number, '[0-9A-Za-z_-]{1,40}')",
      (cells) => {
        const number = shown(cells, "eNumber") || shown(cells, "number");
        return /^\d(\.\d+)?[eE]\+\d+$/.test(number)
          ? t(
              `发票号码“${number}”已被电子表格改成科学计数法，末几位已丢失。`,
              `The spreadsheet has turned the number into "${number}"; its last digits are lost.`,
            )
          : t(`发票号码“${number}”含有号码中不会出现的字符。`, `The number "${number}" holds characters that no invoice number has.`);
      },
      t("请按票面填写；在电子表格中先把该列设为文本。", "Write it as on the invoice; in a spreadsheet set the column to text first."),
    ),
    rule(
      "e-invoice-number-length",
      "number",
      t("数电票号码应为 20 位", "An e-invoice number has 20 digits"),
      "length(number) > 12 and length(number) <> 20 and regexp_full_match(number, '\\d+')",
      (cells) => {
        const number = shown(cells, "eNumber") || shown(cells, "number");
        return t(
          `发票号码“${number}”有 ${number.length} 位；数电票号码为 20 位，其他发票号码为 8 位。`,
          `The number "${number}" has ${number.length} digits; e-invoices have 20, other invoices 8.`,
        );
      },
      t("请按票面填写号码；发票代码另列。", "Write the number as on the invoice, and the invoice code in its own column."),
    ),
    ...days(kind, "issuedOn", c("issuedOn"), "issued_on", today, "1994-01-01"),
    missing(kind, "counterparty", "counterparty = ''"),
    wrongCode(kind, "counterparty", usccIsWrong("counterparty")),
    missing(kind, "amount", `${c("amount")} = ''`),
    unreadableAmount(kind, "amount", c("amount"), "amount_fen"),
    missing(kind, "tax", `${c("tax")} = ''`),
    unreadableAmount(kind, "tax", c("tax"), "tax_fen"),
    unreadableAmount(kind, "total", c("total"), "total_read"),
    rule(
      "sum-mismatch",
      "total",
      t("金额与税额之和不等于价税合计", "Amount and tax do not add up to the total"),
      "abs(amount_fen + tax_fen - total_read) > 1",
      (cells) => {
        const [amount, tax, total] = ["amount", "tax", "total"].map((field) => {
          const read = fenFromYuanText(shown(cells, field!));
          return read.ok ? read.value : 0;
        }) as [number, number, number];
        const difference = yuanText(total - amount - tax);
        return t(
          `金额 ${yuanText(amount)} 加税额 ${yuanText(tax)} 得 ${yuanText(amount + tax)}，而价税合计为 ${yuanText(total)}，相差 ${difference} 元。`,
          `Amount ${yuanText(amount)} plus tax ${yuanText(tax)} is ${yuanText(amount + tax)}, but the total is ${yuanText(total)}: a difference of ${difference} yuan.`,
        );
      },
      t("请按票面更正三者之一。", "Correct one of the three as on the invoice."),
    ),
    rule(
      "tax-sign",
      "tax",
      t("税额与金额正负相反", "Tax and amount have opposite signs"),
      "(amount_fen > 0 and tax_fen < 0) or (amount_fen < 0 and tax_fen > 0)",
      (cells) =>
        t(
          `金额 ${shown(cells, "amount")} 与税额 ${shown(cells, "tax")} 正负相反。`,
          `Amount ${shown(cells, "amount")} and tax ${shown(cells, "tax")} have opposite signs.`,
        ),
      t("红字发票的金额与税额都应为负数。", "On a red-letter invoice both are negative."),
    ),
    rule(
      "tax-rate-too-high",
      "tax",
      t("税额高于最高税率", "Tax above the highest rate"),
      `${taxIsTooHigh("amount_fen", "tax_fen", "issued_on")} and coalesce(rate_bps, 0) = 0`,
      (cells) =>
        t(
          `金额 ${shown(cells, "amount")}、税额 ${shown(cells, "tax")}：高于截至 ${shown(cells, "issuedOn")} 曾有效的最高税率。`,
          `Amount ${shown(cells, "amount")} with tax ${shown(cells, "tax")} is above the highest rate in force up to ${shown(cells, "issuedOn")}.`,
        ),
      t("请按票面核对金额、税额和开票日期。", "Compare amount, tax and date with the invoice."),
    ),
    rule(
      "status-unknown",
      "status",
      t("发票状态无法识别", "Status unknown"),
      "is_void is null",
      (cells) => t(`发票状态“${shown(cells, "status")}”无法识别。`, `The status "${shown(cells, "status")}" is not known.`),
      t("请写成有效、作废、正常、红冲之一。", "Write 有效 (valid), 作废 (void), 正常 (normal) or 红冲 (red-letter)."),
    ),
  ];
  const cell = cellsOf(options);
  const identity = joined(
    "enterprise",
    "case when length(number) = 20 and regexp_full_match(number, '\\d+') then number else " +
      joined("coalesce(ltrim(code, '0'), '')", "ltrim(number, '0')", "coalesce(issued_on::varchar, '')", "counterparty") +
      " end",
  );
  return {
    kind,
    rules,
    identity,
    content: ["issued_on", "counterparty", "amount_fen", "tax_fen", "total_fen"],
    day: "issued_on",
    repeats: null,
    output: [
      "line",
      "enterprise",
      "is_sale",
      "number",
      "code",
      "issued_on",
      "counterparty",
      "counterparty_name",
      "amount_fen",
      "tax_fen",
      "total_fen",
      "is_void",
      "rate_bps",
      "key",
    ],
    select: (from) => `select line, enterprise, is_sale, number, code, issued_on, counterparty, counterparty_name, amount_fen, tax_fen,
      coalesce(total_read, amount_fen + tax_fen) as total_fen, coalesce(is_void, false) as is_void, rate_bps::smallint as rate_bps,
      md5_number_lower(${text(kind === "sales-invoices" ? "s" : "p")} || ${identity}) as key,
      ${bits(rules)} as reasons
    from (select *, ${rateOf("amount_fen", "tax_fen", "issued_on")} as rate_bps
    from (select line, cells, extra, ${kindOf(kind)
      .fields.map((field) => c(field.id))
      .join(", ")},
      ${owner(options.enterprise)} as enterprise,
      ${kind === "sales-invoices"} as is_sale,
      case when ${c("eNumber")} <> '' then ${c("eNumber")} else ${c("number")} end as number,
      nullif(${c("code")}, '') as code,
      ${dayOf(c("issuedOn"))} as issued_on,
      case when ${c("counterparty")} <> '' then ${idOf(c("counterparty"))} else ${c("counterpartyName")} end as counterparty,
      nullif(${c("counterpartyName")}, '') as counterparty_name,
      ${fenOf(c("amount"))} as amount_fen,
      ${fenOf(c("tax"))} as tax_fen,
      ${fenOf(c("total"))} as total_read,
      ${isVoidOf(c("status"))} as is_void
    from (select line, cells, extra, ${raw(kind, cell)} from ${from})))`,
  };
};

const WORDS: readonly (readonly [kind: string, words: readonly string[]])[] = [
  ["return", ["退票", "退汇", "冲正", "冲账", "return", "reversal", "RVSL"]],
  ["loan", ["贷款", "放款", "还贷", "借款", "loan", "LDAS"]],
  ["interest", ["利息", "结息", "interest", "INTR"]],
  ["fee", ["手续费", "工本费", "服务费", "年费", "fee", "CHRG"]],
  ["tax", ["税款", "缴税", "扣税", "税务", "TAXS"]],
  ["salary", ["工资", "代发", "薪酬", "salary", "payroll", "SALA"]],
  ["cash", ["现金", "取现", "存现", "cash", "ATM"]],
];

const bank = (options: CompileOptions): Compiled => {
  const kind = "bank-transactions";
  const hasAmount = options.mapping["amount"] !== undefined;
  const money = hasAmount
    ? `case when lower(${c("direction")}) in ('借', 'd', 'dr', 'debit', 'dbit', '支出', '支', '转出', 'out') then -abs(${fenOf(c("amount"))})
        when lower(${c("direction")}) in ('贷', 'c', 'cr', 'credit', 'crdt', '收入', '收', '转入', 'in') then abs(${fenOf(c("amount"))})
        when ${c("direction")} = '' then ${fenOf(c("amount"))} end`
    : `case when (${c("credit")} = '' or ${fenOf(c("credit"))} is not null) and (${c("debit")} = '' or ${fenOf(c("debit"))} is not null)
        and (${c("credit")} <> '' or ${c("debit")} <> '')
        then coalesce(${fenOf(c("credit"))}, 0) - abs(coalesce(${fenOf(c("debit"))}, 0)) end`;
  const rules: readonly Rule[] = [
    ragged(options.width),
    missing(kind, "enterprise", "enterprise = ''"),
    wrongCode(kind, "enterprise", usccIsWrong("enterprise")),
    missing(kind, "account", "account = ''"),
    ...days(kind, "bookedOn", c("bookedOn"), "booked_on", options.today, "1980-01-01"),
    hasAmount ? missing(kind, "amount", `${c("amount")} = ''`) : missing(kind, "amount", `${c("credit")} = '' and ${c("debit")} = ''`),
    ...(hasAmount
      ? [unreadableAmount(kind, "amount", c("amount"), fenOf(c("amount")))]
      : [
          unreadableAmount(kind, "credit", c("credit"), fenOf(c("credit"))),
          unreadableAmount(kind, "debit", c("debit"), fenOf(c("debit"))),
        ]),
    rule(
      "direction-unknown",
      "direction",
      t("借贷标志无法识别", "Direction unknown"),
      `${c("direction")} <> '' and ${fenOf(c("amount"))} is not null and amount_fen is null`,
      (cells) => t(`借贷标志“${shown(cells, "direction")}”无法识别。`, `The direction "${shown(cells, "direction")}" is not known.`),
      t("请写成借或贷、收入或支出。", "Write 借/debit or 贷/credit."),
    ),
    unreadableAmount(kind, "balance", c("balance"), "balance_fen"),
    rule(
      "currency-malformed",
      "currency",
      t("币种无法识别", "Currency malformed"),
      "not regexp_full_match(currency, '[A-Z]{3}')",
      (cells) =>
        t(`币种“${shown(cells, "currency")}”不是三位代码。`, `The currency "${shown(cells, "currency")}" is not a code of three letters.`),
      t("请用 ISO 4217 代码，如 CNY。", "Use a code of ISO 4217, such as CNY."),
    ),
    rule(
      "not-booked",
      "bookingStatus",
      t("尚未入账", "Not booked"),
      `${c("bookingStatus")} not in ('', 'BOOK')`,
      (cells) =>
        t(
          `该笔交易状态为“${shown(cells, "bookingStatus")}”，尚未入账。`,
          `The entry has status "${shown(cells, "bookingStatus")}": it is not booked yet.`,
        ),
      t("请在入账后重新导入对账单。", "Import the statement again once the entry is booked."),
    ),
  ];
  const said = `(${c("type")} || ' ' || ${c("remittance")})`;
  const identity = joined(
    "enterprise",
    "account",
    "coalesce(bank_ref, '')",
    "coalesce(booked_on::varchar, '')",
    "coalesce(amount_fen::varchar, '')",
    "case when bank_ref is null then coalesce(counterparty, '') || chr(31) || coalesce(remittance, '') || chr(31) || coalesce(balance_fen::varchar, '') else '' end",
  );
  return {
    kind,
    rules,
    identity,
    content: ["balance_fen", "currency"],
    day: "booked_on",
    repeats: "contains(identity, chr(31) || chr(31))",
    output: [
      "line",
      "enterprise",
      "account",
      "booked_on",
      "amount_fen",
      "balance_fen",
      "currency",
      "counterparty",
      "counterparty_account",
      "remittance",
      "bank_ref",
      "kind",
      "key",
    ],
    select: (from) => `select line, enterprise, account, booked_on, amount_fen, balance_fen, currency, counterparty, counterparty_account,
      remittance, bank_ref, kind, md5_number_lower(${identity}) as key, ${bits(rules)} as reasons
    from (select line, cells, extra, ${kindOf(kind)
      .fields.map((field) => c(field.id))
      .join(", ")},
      ${owner(options.enterprise)} as enterprise,
      replace(${c("account")}, ' ', '') as account,
      ${dayOf(c("bookedOn"))} as booked_on,
      ${money} as amount_fen,
      ${fenOf(c("balance"))} as balance_fen,
      case when ${c("currency")} in ('', '人民币', '人民币元', 'RMB', '156', '¥', '￥') then 'CNY' else upper(${c("currency")}) end as currency,
      nullif(${c("counterparty")}, '') as counterparty,
      nullif(replace(${c("counterpartyAccount")}, ' ', ''), '') as counterparty_account,
      nullif(${c("remittance")}, '') as remittance,
      nullif(${c("bankRef")}, '') as bank_ref,
      case ${WORDS.map(([name, words]) => `when ${words.map((word) => `contains(lower(${said}), ${text(word.toLowerCase())})`).join(" or ")} then '${name}'`).join(" ")} else 'transfer' end as kind
    from (select line, cells, extra, ${raw(kind, cellsOf(options))} from ${from}))`,
  };
};

const enterprises = (options: CompileOptions): Compiled => {
  const kind = "enterprises";
  const yes = "('是', 'yes', 'y', 'true', '1', '违约')";
  const no = "('否', 'no', 'n', 'false', '0', '未违约', '正常')";
  const rules: readonly Rule[] = [
    ragged(options.width),
    missing(kind, "enterprise", "enterprise = ''"),
    wrongCode(kind, "enterprise", usccIsWrong("enterprise")),
    missing(kind, "name", "name = ''"),
    rule(
      "uscc-malformed",
      "uscc",
      t("统一社会信用代码不对", "Unified social credit code wrong"),
      `uscc is not null and (not regexp_full_match(uscc, '[1-9ANY][0-9A-HJ-NPQRTUWXY]\\d{6}[0-9A-HJ-NPQRTUWXY]{10}') or ${usccIsWrong("uscc")})`,
      (cells) =>
        t(
          `“${shown(cells, "uscc")}”不是统一社会信用代码（GB 32100-2015）。`,
          `"${shown(cells, "uscc")}" is not a unified social credit code (GB 32100-2015).`,
        ),
      t("请逐位核对营业执照上的代码。", "Compare the code with the business licence, character by character."),
    ),
    rule(
      "industry-malformed",
      "industry",
      t("行业代码不对", "Industry code malformed"),
      "industry is not null and not regexp_full_match(industry, '[A-T]?\\d{0,4}')",
      (cells) => t(`“${shown(cells, "industry")}”不是 GB/T 4754 的代码。`, `"${shown(cells, "industry")}" is not a code of GB/T 4754.`),
      t("请写门类字母或两至四位数字代码，或留空。", "Write the section letter or two to four digits, or leave it empty."),
    ),
    rule(
      "region-malformed",
      "region",
      t("行政区划代码不对", "Region code malformed"),
      "region is not null and not regexp_full_match(region, '\\d{6}')",
      (cells) => t(`“${shown(cells, "region")}”不是六位行政区划代码。`, `"${shown(cells, "region")}" is not a six-digit region code.`),
      t("请写 GB/T 2260 的六位代码，或留空。", "Write the six digits of GB/T 2260, or leave it empty."),
    ),
    rule(
      "count-unreadable",
      "persons",
      t("人数无法识别", "Headcount cannot be read"),
      `${c("persons")} <> '' and persons is null`,
      (cells) =>
        t(`从业人员“${shown(cells, "persons")}”不是整数。`, `Persons employed "${shown(cells, "persons")}" is not a whole number.`),
      t("请写成整数，或留空。", "Write a whole number, or leave it empty."),
    ),
    unreadableAmount(kind, "revenue", c("revenue"), "revenue_fen"),
    unreadableAmount(kind, "assets", c("assets"), "assets_fen"),
    ...days(kind, "foundedOn", c("foundedOn"), "founded_on", options.today, "1840-01-01", true),
    rule(
      "answer-unknown",
      "defaulted",
      t("是否违约无法识别", "Default flag unknown"),
      `${c("defaulted")} <> '' and defaulted is null`,
      (cells) => t(`是否违约“${shown(cells, "defaulted")}”无法识别。`, `The default flag "${shown(cells, "defaulted")}" is not known.`),
      t("请写成是或否。", "Write 是 (yes) or 否 (no)."),
    ),
    ...days(kind, "endedOn", c("endedOn"), "ended_on", options.today, "1990-01-01", true),
  ];
  return {
    kind,
    rules,
    identity: "enterprise",
    content: ["name", "uscc", "industry", "region", "persons", "revenue_fen", "assets_fen", "founded_on", "grade", "defaulted", "ended_on"],
    day: null,
    repeats: null,
    output: [
      "line",
      "enterprise",
      "name",
      "uscc",
      "industry",
      "region",
      "persons",
      "revenue_fen",
      "assets_fen",
      "founded_on",
      "grade",
      "defaulted",
      "ended_on",
    ],
    select: (
      from,
    ) => `select line, enterprise, name, uscc, industry, region, persons, revenue_fen, assets_fen, founded_on, grade, defaulted, ended_on,
      md5_number_lower(enterprise) as key, ${bits(rules)} as reasons
    from (select line, cells, extra, ${kindOf(kind)
      .fields.map((field) => c(field.id))
      .join(", ")},
      case when ${c("enterprise")} = '' then upper(${c("uscc")}) else ${idOf(c("enterprise"))} end as enterprise,
      ${c("name")} as name,
      nullif(upper(${c("uscc")}), '') as uscc,
      nullif(upper(${c("industry")}), '') as industry,
      nullif(${c("region")}, '') as region,
      case when regexp_full_match(${c("persons")}, '\\d{1,8}') then cast(${c("persons")} as integer) end as persons,
      ${fenOf(c("revenue"))} as revenue_fen,
      ${fenOf(c("assets"))} as assets_fen,
      ${dayOf(c("foundedOn"))} as founded_on,
      nullif(${c("grade")}, '') as grade,
      case when lower(${c("defaulted")}) in ${yes} then true when lower(${c("defaulted")}) in ${no} then false end as defaulted,
      ${dayOf(c("endedOn"))} as ended_on
    from (select line, cells, extra, ${raw(kind, cellsOf(options))} from ${from}))`,
  };
};

/** Compiles the rules of a kind for one file. */
export const compileRecords = (kind: RecordKind, options: CompileOptions): Compiled =>
  kind === "enterprises" ? enterprises(options) : kind === "bank-transactions" ? bank(options) : invoices(kind, options);

/** The reason of a row whose identity is taken by another content; both values are named. */
export const conflictReason = (
  differences: readonly { readonly column: string; readonly accepted: string; readonly found: string }[],
  where: Text,
): Explanation & { readonly code: "conflicts-with-accepted"; readonly field: null } => {
  const zh = differences.map(
    ({ column, accepted, found }) => `${(COLUMN_NAMES[column] ?? t(column, column)).zh} ${accepted}（已接收）与 ${found}（本行）`,
  );
  const en = differences.map(
    ({ column, accepted, found }) => `${(COLUMN_NAMES[column] ?? t(column, column)).en} ${accepted} accepted, ${found} here`,
  );
  return {
    code: "conflicts-with-accepted",
    field: null,
    text: t(
      `与已接收的同一记录（${where.zh}）不符：${zh.join("；")}。`,
      `Differs from the same record accepted before (${where.en}): ${en.join("; ")}.`,
    ),
    remedy: t(
      "请核对哪一份属实；若本行有误可不予接收，若号码有误请更正后重试。",
      "Find out which is right; dismiss this row if it is wrong, or correct its number and retry.",
    ),
  };
};

export const CONFLICT_TITLE: Text = t("与已接收的记录不符", "Differs from an accepted record");

const COLUMN_NAMES: Readonly<Record<string, Text>> = {
  issued_on: t("开票日期", "date"),
  counterparty: t("对方", "counterparty"),
  amount_fen: t("金额", "amount"),
  tax_fen: t("税额", "tax"),
  total_fen: t("价税合计", "total"),
  balance_fen: t("余额", "balance"),
  currency: t("币种", "currency"),
  name: t("名称", "name"),
};
