import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseUscc, usccCheck } from "./uscc.ts";

const ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const characters = (length: number, from = ALPHABET) =>
  fc.string({ unit: fc.constantFrom(...Array.from(from)), minLength: length, maxLength: length });
const codes = fc
  .tuple(fc.constantFrom("91", "92", "93", "51", "11", "Y1"), characters(6, "0123456789"), characters(9))
  .map((parts) => parts.join(""))
  .map((first17) => first17 + usccCheck(first17));

const refusal = (text: string) => {
  const read = parseUscc(text);
  return read.ok ? null : read.error.code;
};

/** The definition again, written out apart: Σ value × 3^(i−1), the check completing it to a multiple of 31. */
const remainder = (code: string) =>
  Array.from(code).reduce(
    (sum, character, place) => sum + BigInt(ALPHABET.indexOf(character)) * (place === 17 ? 1n : 3n ** BigInt(place)),
    0n,
  ) % 31n;

describe("codes of well-known public companies", () => {
  test.each([
    ["91350100M000100Y43", "350100"], // the worked example of GB 32100-2015
    ["9144030071526726XG", "440300"],
    ["91330100799655058B", "330100"],
    ["914403001922038216", "440300"],
    ["91110000802100433B", "110000"],
  ])("%s", (code, region) => {
    const read = parseUscc(code);
    expect(read).toMatchObject({
      ok: true,
      value: { code, region, department: { code: "9" }, category: { name: { zh: "企业" } }, organizationCheckHolds: true },
    });
    expect(remainder(code)).toBe(0n);
  });
});

describe("refusals are named", () => {
  test("length", () => expect(refusal("91350100M000100Y4")).toBe("uscc-length"));
  test("the old registration number", () => expect(refusal("440301103097413")).toBe("uscc-length"));
  test("forbidden character, with its place", () => {
    const read = parseUscc("91350100M0001O0Y43");
    expect(read).toMatchObject({ ok: false, error: { code: "uscc-character", text: { zh: "第 14 位“O”不是代码可用的字符。" } } });
  });
  test("department", () => expect(refusal("B1350100M000100Y43")).toBe("uscc-department"));
  test("region", () => expect(refusal("9135A100M000100Y43")).toBe("uscc-region"));
  test("wrong check, with the expected character", () => {
    const read = parseUscc("91350100M000100Y44");
    expect(read).toMatchObject({ ok: false, error: { code: "uscc-check", text: { zh: expect.stringContaining("应为“3”") as string } } });
  });
  test("white space and lower case are no refusal", () => expect(parseUscc(" 91350100m000100y43\n").ok).toBe(true));
  test("an organisation code whose own check fails is reported, not refused", () => {
    const first17 = "91350100M000100Y5";
    expect(parseUscc(first17 + usccCheck(first17))).toMatchObject({ ok: true, value: { organizationCheckHolds: false } });
  });
});

describe("what the check character guarantees", () => {
  test("every code completed by it is valid", () => fc.assert(fc.property(codes, (code) => parseUscc(code).ok && remainder(code) === 0n)));

  test("every change of a single character is noticed", () => {
    fc.assert(
      fc.property(codes, fc.nat(17), fc.constantFrom(...Array.from(ALPHABET)), (code, place, character) => {
        fc.pre(code[place] !== character);
        return !parseUscc(code.slice(0, place) + character + code.slice(place + 1)).ok;
      }),
    );
  });

  const exchanged = (code: string, a: number, b: number) =>
    Array.from(code)
      .map((character, place) => (place === a ? code[b] : place === b ? code[a] : character))
      .join("");

  test("every exchange of unequal characters is noticed, neighbours or not, but that of the first with the last", () => {
    fc.assert(
      fc.property(codes, fc.nat(17), fc.nat(17), (code, a, b) => {
        fc.pre(code[a] !== code[b] && !(Math.min(a, b) === 0 && Math.max(a, b) === 17));
        return remainder(exchanged(code, a, b)) !== 0n && !parseUscc(exchanged(code, a, b)).ok;
      }),
    );
  });

  test("the first and the last have equal weight: their exchange goes unnoticed", () => {
    const first17 = "91350100M000100Y7";
    const last = Array.from(ALPHABET)
      .map((character) => first17.slice(0, 16) + character)
      .find((text) => usccCheck(text) === "5")!;
    const code = `${last}5`;
    expect(parseUscc(code).ok).toBe(true);
    expect(parseUscc(exchanged(code, 0, 17)).ok).toBe(true);
  });
});
