import { type Problem, type Result, err, ok, problem } from "../basics/index.ts";
import { isMasterScale } from "./calibration.ts";
import type { Scorecard } from "./points.ts";

const refuse = (at: string, zh: string, en: string): Result<never, Problem> =>
  err(
    problem(
      "not-a-scorecard",
      `文档不是可用的评分卡：${at} ${zh}。`,
      `The document is no scorecard that could be used: ${at} ${en}.`,
      "请使用本平台导出的 JSON，勿手工改动。",
      "Use the JSON that this platform exported, unchanged.",
    ),
  );

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(isNumber);

/**
 * A scorecard from exported JSON: a model document, or a card alone. What would make it score otherwise than it did (points
 * that do not match the bins, boundaries out of order, a scale that does not rise) is refused with its place.
 */
export const scorecardFromJson = (text: string): Result<Scorecard, Problem> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("JSON", "无法解析", "cannot be parsed");
  }
  const document = isObject(value) && isObject(value["development"]) ? value["development"] : value;
  const card = isObject(document) && isObject(document["card"]) ? document["card"] : document;
  if (!isObject(card)) return refuse("card", "缺失", "is missing");
  const { scale, base, features, calibration, grades, covariance } = card;
  if (!isObject(scale) || !isNumber(scale["basePoints"]) || !isNumber(scale["baseOdds"]) || !isNumber(scale["pointsToDouble"]))
    return refuse("scale", "不完整", "is incomplete");
  if (!(scale["baseOdds"] > 0) || !(scale["pointsToDouble"] > 0)) return refuse("scale", "须为正数", "must be positive");
  const { decimals } = scale;
  if (decimals !== null && !(Number.isInteger(decimals) && (decimals as number) >= 0))
    return refuse("scale.decimals", "无效", "is not valid");
  if (!isNumber(base)) return refuse("base", "不是数", "is no number");
  if (!isObject(calibration) || !isNumber(calibration["shift"]) || !isNumber(calibration["slope"]))
    return refuse("calibration", "不完整", "is incomplete");
  const sound = (grade: unknown) => isObject(grade) && typeof grade["name"] === "string" && isNumber(grade["upTo"]);
  if (!Array.isArray(grades) || !grades.every(sound) || !isMasterScale(grades as unknown as Scorecard["grades"]))
    return refuse("grades", "不是递增至 1 的主标尺", "do not rise to 1");
  if (!Array.isArray(features)) return refuse("features", "不是列表", "is no list");
  if (!isNumbers(covariance) || covariance.length !== (features.length + 1) ** 2)
    return refuse("covariance", "大小不符", "has the wrong size");
  for (const [at, feature] of features.entries()) {
    const place = `features[${at}]`;
    if (!isObject(feature) || typeof feature["name"] !== "string" || !isNumber(feature["coefficient"]) || !isNumber(feature["expected"]))
      return refuse(place, "不完整", "is incomplete");
    const { binning, points } = feature;
    if (!isObject(binning) || !Array.isArray(binning["bins"]) || !isNumbers(binning["splits"]))
      return refuse(place, "没有分箱", "has no bins");
    const bins = binning["bins"] as unknown[];
    if (!isNumbers(points) || points.length !== bins.length) return refuse(`${place}.points`, "与分箱不符", "does not match the bins");
    const kinds = bins.map((bin) => (isObject(bin) ? bin["kind"] : null));
    if (kinds.at(-1) !== "missing" || kinds.filter((kind) => kind === "missing").length !== 1)
      return refuse(`${place}.bins`, "没有缺失箱", "has no bin for missing values at its end");
    const splits = binning["splits"];
    if (splits.some((split, k) => k > 0 && split <= splits[k - 1]!)) return refuse(`${place}.splits`, "未递增", "does not rise");
    if (binning["kind"] === "numerical") {
      const intervals = bins.filter((bin) => isObject(bin) && bin["kind"] === "interval") as Record<string, unknown>[];
      const agrees = (bin: Record<string, unknown>, k: number) =>
        bin["from"] === (splits[k - 1] ?? null) && bin["to"] === (splits[k] ?? null);
      if (intervals.length !== splits.length + 1 || !intervals.every(agrees))
        return refuse(`${place}.bins`, "与分界点不符", "does not match the boundaries");
    } else if (binning["kind"] !== "categorical") return refuse(`${place}.kind`, "无效", "is not valid");
  }
  return ok(card as unknown as Scorecard);
};
