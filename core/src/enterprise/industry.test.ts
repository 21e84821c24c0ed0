import { expect, test } from "vitest";
import { divisionOf, divisions, groupOf, industryCode, industryName, sectionName, sectionOf, sections } from "./industry.ts";

test("20 sections A–T and 97 divisions 01–97, each in one section, in order", () => {
  expect(sections.map((section) => section.code).join("")).toBe("ABCDEFGHIJKLMNOPQRST");
  expect(divisions.map((division) => Number(division.code.slice(1))).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 97 }, (_, at) => at + 1),
  );
  const inOrder = divisions.toSorted((a, b) => (a.code < b.code ? -1 : 1)).map((division) => division.code.slice(1));
  expect(inOrder).toEqual(inOrder.toSorted());
});

test("every name is there in both languages, and none twice", () => {
  for (const name of [...sections, ...divisions].map((each) => each.name)) expect(name.zh.length > 1 && /^[A-Z]/.test(name.en)).toBe(true);
  expect(new Set(divisions.map((division) => division.name.zh)).size).toBe(97);
});

test.each([
  ["F5171", "F5171"],
  ["5171", "F5171"],
  [" f51 ", "F51"],
  ["51", "F51"],
  ["F", "F"],
  ["0111", "A0111"],
])("%s is read as %s", (text, code) => expect(industryCode(text)).toBe(code));

test.each(["", "5", "98", "00", "E51", "U", "F51711", "F510", "K705", "电器"])("%s is no code", (text) =>
  expect(industryCode(text)).toBeNull(),
);

test("names go to the finest level held", () => {
  expect(industryName(industryCode("F5171")!).zh).toBe("机械设备、五金产品及电子产品批发");
  expect(industryName(industryCode("A0111")!).zh).toBe("农业");
  expect(industryName(industryCode("F")!).zh).toBe("批发和零售业");
  expect(sectionName(industryCode("F51")!).en).toBe("Wholesale and retail trade");
});

test("parts of a code", () => {
  const code = industryCode("F5171")!;
  expect([sectionOf(code), divisionOf(code), groupOf(code), divisionOf(industryCode("F")!), groupOf(industryCode("F51")!)]).toEqual([
    "F",
    "51",
    "517",
    null,
    null,
  ]);
});
