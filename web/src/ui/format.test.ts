import { expect, test } from "vitest";
import { formatBytes, formatFen, formatPercent, formatValue } from "./format.ts";

test.each([
  [0, "0.00 元", "CN¥0.00"],
  [123_456, "1,234.56 元", "CN¥1,234.56"],
  [12_345_600, "12.35 万元", "CN¥123.5k"],
  [-250_000_000, "-250.0 万元", "−CN¥2.50m"],
  [123_456_789_012, "12.35 亿元", "CN¥1.23bn"],
  [null, "—", "—"],
])("%s fen", (fen, zh, en) => {
  expect(formatFen(fen, "zh")).toBe(zh);
  expect(formatFen(fen, "en")).toBe(en);
});

test("exact amounts keep every fen", () => expect(formatFen(123_456_789_012, "zh", { exact: true })).toBe("1,234,567,890.12 元"));

test("values in the units of the catalogue", () => {
  expect(formatValue(0.1234, "ratio", "zh")).toBe("12.3%");
  expect(formatValue(250, "ratio", "en")).toBe("250.0×");
  expect(formatValue(1, "months", "en")).toBe("1 month");
  expect(formatValue(3, "days", "zh")).toBe("3 天");
  expect(formatValue(0.021, "per-month", "en")).toBe("2.1% a month");
  expect(formatValue(null, "count", "en")).toBe("—");
});

test("shares and bytes", () => {
  expect(formatPercent(1, "en", 0)).toBe("100%");
  expect(formatBytes(0, "en")).toBe("0 B");
  expect(formatBytes(1_234_567, "en")).toBe("1.2 MB");
});
