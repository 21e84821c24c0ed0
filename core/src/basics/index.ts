/**
 * Basics 基础: the small values that every room shares: money in fen, calendar days, bilingual text,
 * problems told to a reader, and the canonical JSON by which documents are hashed.
 *
 * Nothing here reads a clock, a file or a random number.
 */
export { type Result, ok, err } from "./result.ts";
export { type Text, type Problem, type Language, problem } from "./problem.ts";
export { type Fen, fen, fenFromYuanText, yuanText } from "./money.ts";
export { type IsoDate, isoDate, addMonths, addDays, dayNumber, daysBetween, monthsBefore, monthIndex } from "./date.ts";
export { canonicalJson, type Json } from "./canonical.ts";
export { asPeopleCount } from "./order.ts";
