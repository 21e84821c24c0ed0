import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { usccCheck } from "../enterprise/index.ts";
import { type Asset, type StatedAsset, assetCommitment, assetName, patentCheck, readAsset, statedAgain } from "./index.ts";

const read = (stated: StatedAsset) => readAsset(stated);
const code = (stated: StatedAsset) => {
  const found = read(stated);
  return found.ok ? null : `${found.error.field}: ${found.error.code}`;
};
const BODY = "91350100M000100Y43"; // the worked example of GB 32100-2015
const OTHER = "9144030071526726XG";

describe("check digits of published Chinese patents", () => {
  test.each(["201710601862.3", "95115608.X", "97101765.4", "200820132792.8", "201110047567.0", "201010146372.7"])("%s", (number) => {
    expect(code({ kind: "patent", number })).toBe(null);
    const [digits = "", check] = number.split(".");
    expect(patentCheck(digits)).toBe(check);
  });

  test("by hand: 9×2 + 5×3 + 1×4 + 1×5 + 5×6 + 6×7 + 0×8 + 8×9 = 186 = 16×11 + 10, which is X", () =>
    expect(patentCheck("95115608")).toBe("X"));

  test("every single wrong digit is noticed, in every place", () => {
    for (const number of ["2017106018623", "95115608X"])
      for (let place = 0; place < number.length; place++)
        for (const digit of Array.from("0123456789X"))
          if (digit !== number[place])
            expect(code({ kind: "patent", number: number.slice(0, place) + digit + number.slice(place + 1) })).not.toBe(null);
  });

  test("what is no application number is told apart", () => {
    expect(code({ kind: "patent", number: "CN 107123456 B" })).toBe("number: patent-publication");
    expect(code({ kind: "patent", number: "201710601862" })).toBe("number: patent-check-missing");
    expect(code({ kind: "patent", number: "201710601862.4" })).toBe("number: patent-check");
    expect(code({ kind: "patent", number: `190010601862.${patentCheck("190010601862")}` })).toBe("number: patent-year");
    expect(code({ kind: "patent", number: `201750601862.${patentCheck("201750601862")}` })).toBe("number: patent-kind");
    expect(code({ kind: "patent", number: "US 9,123,456" })).toBe("number: patent-form");
    expect(code({ kind: "patent", number: "" })).toBe("number: patent-form");
  });
});

test("the name of an asset is written as its register writes it", () => {
  expect(assetName({ kind: "patent", application: "2017106018623" }).zh).toBe("专利 ZL 2017 1 0601862.3");
  expect(assetName({ kind: "patent", application: "95115608X" }).en).toBe("Patent ZL 95 1 15608.X");
});

const same = (...spellings: StatedAsset[]) => {
  const [first, ...others] = spellings.map((each) => read(each));
  expect(first).toMatchObject({ ok: true });
  for (const other of others) expect(other).toEqual(first);
};

describe("two spellings of one asset are one asset", () => {
  test("patents", () =>
    same(
      ...[
        "ZL201710601862.3",
        "zl 2017 1 0601862.3",
        "CN201710601862.3",
        "２０１７１０６０１８６２．３",
        "专利号：ZL 2017 1 0601862.3",
        "2017106018623",
      ].map((number): StatedAsset => ({ kind: "patent", number })),
    ));
  test("an e-invoice, whoever its debtor is said to be", () =>
    same(
      { kind: "receivable", document: "24312000000012345678" },
      { kind: "receivable", document: "2431 2000 0000 1234 5678", debtor: BODY },
      { kind: "receivable", document: "发票号码：24312000000012345678", debtor: "" },
    ));
  test("an older invoice with and without its code, and with the zeros that a spreadsheet drops", () =>
    same(
      ...["00123456", "123456", "3400180010 00123456", "034001800105-00123456", "No.00123456"].map((document): StatedAsset => ({
        kind: "receivable",
        debtor: BODY,
        document,
      })),
    ));
  test("a contract", () =>
    same(
      ...["皖合〔2025〕017号", "皖合(2025)017", "合同编号：皖合[2025]017号", "皖合 2025-017"].map((document): StatedAsset => ({
        kind: "receivable",
        debtor: ` ${BODY.toLowerCase()}`,
        document,
      })),
    ));
  test("another debtor, warehouse or insurer is another asset", () => {
    const documents = [BODY, OTHER].map((debtor) => read({ kind: "receivable", debtor, document: "A-1" }));
    expect(documents[0]).not.toEqual(documents[1]);
    const kinds = [
      read({ kind: "warehouse-receipt", warehouse: BODY, receipt: "1" }),
      read({ kind: "insurance-benefit", insurer: BODY, policy: "1" }),
    ];
    expect(kinds[0]).not.toEqual(kinds[1]);
  });
});

describe("what is refused, and where", () => {
  test.each([
    [{ kind: "receivable", document: "A-1" }, "debtor: uscc-length"],
    [{ kind: "receivable", debtor: BODY, document: "合同号" }, "document: number-form"],
    [{ kind: "receivable", debtor: BODY, document: "2.4312E+19" }, "document: number-rounded"],
    // A Cyrillic А would be another asset to a computer and the same one to a clerk.
    [{ kind: "receivable", debtor: BODY, document: "А-17" }, "document: number-character"],
    [{ kind: "warehouse-receipt", warehouse: `${BODY.slice(0, -1)}4`, receipt: "1" }, "warehouse: uscc-check"],
    [{ kind: "warehouse-receipt", warehouse: BODY, receipt: "" }, "receipt: number-form"],
    [{ kind: "insurance-benefit", insurer: BODY, policy: "9".repeat(65) }, "policy: number-form"],
  ] as const satisfies readonly (readonly [StatedAsset, string])[])("%j → %s", (stated, expected) => expect(code(stated)).toBe(expected));
});

const digits = (length: number) => fc.string({ unit: fc.constantFrom(...Array.from("0123456789")), minLength: length, maxLength: length });
const patents = fc
  .tuple(fc.integer({ min: 2003, max: 2099 }), fc.constantFrom(...Array.from("12389")), digits(7))
  .map(([year, kind, serial]) => `${year}${kind}${serial}`)
  .map((number): Asset => ({ kind: "patent", application: number + patentCheck(number) }));
const bodies = fc
  .tuple(digits(6), digits(9))
  .map(([region, own]) => `91${region}${own}`)
  .map((first17) => first17 + usccCheck(first17));
const numbers = fc
  .string({ unit: fc.constantFrom(...Array.from("0123456789ABCXYZ皖苏字第")), minLength: 1, maxLength: 17 })
  .filter((number) => /\d/.test(number) && !/^0./.test(number) && !number.startsWith("NO"));
const assets: fc.Arbitrary<Asset> = fc.oneof(
  patents,
  digits(16).map((rest): Asset => ({ kind: "receivable", invoice: `2431${rest}` })),
  fc.tuple(bodies, numbers).map(([debtor, document]): Asset => ({ kind: "receivable", debtor, document })),
  fc.tuple(bodies, numbers).map(([warehouse, receipt]): Asset => ({ kind: "warehouse-receipt", warehouse, receipt })),
  fc.tuple(bodies, numbers).map(([insurer, policy]): Asset => ({ kind: "insurance-benefit", insurer, policy })),
);

/** The same text as somebody else might write it: wide, small, spaced, dotted, with invisible signs. */
const spelt = (text: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        wide: fc.boolean(),
        small: fc.boolean(),
        before: fc.constantFrom("", "", "", " ", "-", "　", "－", ".", "·", "/", "(", "】", "\u200b", "\u00ad", "_"),
      }),
      { minLength: text.length, maxLength: text.length },
    )
    .map((choices) =>
      Array.from(text)
        .map((character, at) => {
          const { wide, small, before } = choices[at]!;
          const letter = small ? character.toLowerCase() : character;
          return before + (wide && /[!-~]/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) + 0xfee0) : letter);
        })
        .join(""),
    );
const speltAsset = (asset: Asset): fc.Arbitrary<StatedAsset> => {
  const fields = Object.entries(statedAgain(asset) as Readonly<Record<string, string>>);
  return fc
    .record(Object.fromEntries(fields.map(([name, value]) => [name, name === "kind" ? fc.constant(value) : spelt(value)])))
    .map((stated) => stated as unknown as StatedAsset);
};

test("any spelling of any asset is read as that asset; the commitment is of the asset and not of its spelling", () => {
  const mac = (message: Uint8Array) => message;
  fc.assert(
    fc.property(
      assets.chain((asset) => speltAsset(asset).map((stated) => [asset, stated] as const)),
      ([asset, stated]) => {
        const found = read(stated);
        expect(found).toEqual({ ok: true, value: asset });
        if (found.ok) expect(assetCommitment(mac, found.value)).toBe(assetCommitment(mac, asset));
      },
    ),
    { numRuns: 2000 },
  );
});

test("what is read is read again as itself, whatever was typed", () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from("No.0１2-3号编合同票Ａa #А\u0130ſ")) }), numbers);
  fc.assert(
    fc.property(texts, bodies, (document, debtor) => {
      const found = read({ kind: "receivable", document, debtor });
      if (found.ok) expect(read(statedAgain(found.value))).toEqual(found);
    }),
    { numRuns: 3000 },
  );
});

test("different assets have different commitments", () => {
  const mac = (message: Uint8Array) => message;
  fc.assert(
    fc.property(assets, assets, (a, b) => {
      const equal = assetName(a).zh === assetName(b).zh;
      expect(assetCommitment(mac, a) === assetCommitment(mac, b)).toBe(equal);
    }),
  );
});
