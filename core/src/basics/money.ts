import { type Result, err, ok } from "./result.ts";

/** An amount of renminbi in fen (1 yuan = 100 fen): a safe integer, so up to about 90 trillion yuan. */
export type Fen = number;

/** Asserts that `value` is a whole, exactly representable number of fen; anything else is our own mistake. */
export const fen = (value: number | bigint): Fen => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`not a whole number of fen: ${value}`);
  return number;
};

const YUAN = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$/;

/**
 * Reads an amount in yuan as people write it (`1,234.50`, `-7`, `¥88.00`) exactly, without passing through a
 * binary fraction. More than two decimals are accepted only when the surplus digits are zeros.
 */
export const fenFromYuanText = (text: string): Result<Fen, "not-a-number" | "finer-than-a-fen" | "too-large"> => {
  const match = YUAN.exec(text.trim().replace(/^([+-]?)[¥￥]/, "$1"));
  if (!match) return err("not-a-number");
  const [, sign, whole = "", decimals = ""] = match;
  if (/[1-9]/.test(decimals.slice(2))) return err("finer-than-a-fen");
  const value = Number(whole.replaceAll(",", "") + decimals.slice(0, 2).padEnd(2, "0"));
  if (!Number.isSafeInteger(value)) return err("too-large");
  return ok(sign === "-" && value !== 0 ? -value : value);
};

/** Fen as yuan with two decimals and no grouping (`123450` → `1234.50`), exact. */
export const yuanText = (amount: Fen): string => {
  const digits = String(Math.abs(amount)).padStart(3, "0");
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
