import { describe, expect, test } from "vitest";
import { type IsoDate, isoDate } from "../basics/index.ts";
import { KINDS, VAT_RATES, compileRecords, kindOf, missingFields, suggestMapping } from "./index.ts";

describe("headers", () => {
  test("of the public sales and purchase files", () => {
    const common = ["企业代号", "发票号码", "开票日期", "金额", "税额", "价税合计", "发票状态"];
    expect(suggestMapping([...common, "购方单位代号"])).toMatchObject({
      kind: "sales-invoices",
      confidence: 1,
      missing: [],
      unmapped: [],
      mapping: { enterprise: "企业代号", counterparty: "购方单位代号", issuedOn: "开票日期", total: "价税合计" },
    });
    expect(suggestMapping([...common, "销方单位代号"]).kind).toBe("purchase-invoices");
    expect(suggestMapping(["企业代号", "企业名称", "信誉评级", "是否违约"]).kind).toBe("enterprises");
  });

  test("in English, in any case, with spaces and full-width signs", () => {
    expect(suggestMapping(["Enterprise ID", "INVOICE NO.", "issue_date", "Buyer  Id", "Amount", "VAT", "Total", "comment"])).toMatchObject({
      kind: "sales-invoices",
      missing: [],
      unmapped: ["comment"],
    });
    expect(suggestMapping(["账号", "交易日期", "收入金额（元）".replace("（元）", ""), "支出金额", "余额"]).kind).toBe("bank-transactions");
  });

  test("a file with seller and buyer does not say whose it is", () => {
    const headers = ["发票号码", "开票日期", "销方识别号", "销方名称", "购方识别号", "购买方名称", "金额", "税额", "价税合计"];
    expect(suggestMapping(headers).kind).toBeNull();
    expect(suggestMapping(headers, "purchase-invoices").mapping).toMatchObject({ enterprise: "购方识别号", counterparty: "销方识别号" });
  });

  test("nothing that fits is no kind", () => expect(suggestMapping(["a", "b", "c"])).toMatchObject({ kind: null, mapping: {} }));

  test("a field can be stood in for", () => {
    const kind = kindOf("bank-transactions");
    expect(missingFields(kind, { account: "a", bookedOn: "b", credit: "c", debit: "d" }, ["enterprise"])).toEqual([]);
    expect(missingFields(kind, { account: "a", bookedOn: "b", credit: "c" })).toEqual(["enterprise", "amount"]);
  });
});

test("the ids of fields are unique within a kind", () => {
  for (const kind of KINDS) expect(new Set(kind.fields.map((field) => field.id)).size).toBe(kind.fields.length);
});

test("every rule has both languages, and no kind has more rules than bits", () => {
  for (const { kind } of KINDS) {
    const { rules } = compileRecords(kind, {
      mapping: {},
      column: () => "c0",
      width: 1,
      enterprise: null,
      only: "E1",
      spacesOnly: false,
      today: "2024-06-30" as IsoDate,
    });
    expect(rules.length).toBeLessThan(63);
    for (const rule of rules) {
      const { text, remedy } = rule.explain({});
      for (const each of [rule.title, text, remedy]) expect(each.zh.length * each.en.length).toBeGreaterThan(0);
    }
  }
});

test("on every day since 1994 there is exactly one standard rate", () => {
  for (const day of ["1994-01-01", "2018-04-30", "2018-05-01", "2019-03-31", "2019-04-01", "2026-01-01"]) {
    const inForce = VAT_RATES.filter(
      (rate) => rate.bps >= 1300 && !(rate.bps === 1300 && rate.to) && rate.from <= day && (rate.to === null || day <= rate.to),
    );
    expect(inForce.length, day).toBe(1);
  }
  for (const rate of VAT_RATES) expect([isoDate(rate.from), rate.to === null || isoDate(rate.to)]).not.toContain(null);
});
