import { describe, expect, test } from "vitest";
import { type FeatureData, binFeature, categorical, numerical } from "./binning.ts";
import { seeded } from "./random.ts";
import { crossValidate, trainScorecard } from "./train.ts";

const ROWS = 60;
const line = Array.from({ length: ROWS }, (_, i) => i);
const mixed = line.map((i) => (i * 37) % 2);
const none = line.map(() => 0);

/** One feature against one outcome, by the three ways in. */
const answers = (feature: FeatureData, target: readonly number[]) => {
  const outcomes = Uint8Array.from(target);
  const of = (
    result: { ok: true } | { ok: false; error: { code: string; text: { zh: string; en: string }; remedy?: { zh: string; en: string } } },
  ) => {
    if (result.ok) return "ok";
    expect(result.error.text.zh).not.toBe("");
    expect(result.error.text.en).not.toBe("");
    return result.error.code;
  };
  return {
    bin: of(binFeature(feature, outcomes)),
    train: of(trainScorecard([feature], outcomes, {}, seeded(1))),
    validate: of(crossValidate([feature], outcomes, {}, { folds: 5, repeats: 2 }, seeded(1))),
  };
};

const everywhere = (code: string) => ({ bin: code, train: code, validate: code });

describe("degenerate input has a clear answer from binning, training and cross-validation", () => {
  test.each<[string, FeatureData, number[], { bin: string; train: string; validate: string }]>([
    ["one class", numerical("x", line), none, everywhere("one-class")],
    ["one class, all events", numerical("x", line), line.map(() => 1), everywhere("one-class")],
    ["constant", numerical("x", none), mixed, everywhere("constant")],
    ["constant category", categorical("x", Array<string>(ROWS).fill("a")), mixed, everywhere("constant")],
    ["all missing", numerical("x", Array<null>(ROWS).fill(null)), mixed, everywhere("all-missing")],
    ["separable", numerical("x", line), line.map((i) => (i < 23 ? 1 : 0)), everywhere("separable")],
    ["ten rows", numerical("x", line.slice(0, 10)), mixed.slice(0, 10), everywhere("too-few-records")],
    ["no rows", numerical("x", []), [], everywhere("too-few-records")],
    [
      "fewer events than folds",
      numerical("x", line),
      line.map((i) => (i % 20 === 7 ? 1 : 0)),
      { bin: "ok", train: "ok", validate: "too-few-records" },
    ],
    ["one event", numerical("x", line), line.map((i) => (i === 31 ? 1 : 0)), everywhere("no-partition")],
  ])("%s", (_, feature, target, expected) => {
    expect(answers(feature, target)).toEqual(expected);
  });

  test("penalties are tried where some of the folds have no event", () => {
    const random = seeded(4);
    const outcomes = Uint8Array.from({ length: 200 }, (_, i) => (i % 60 === 3 ? 1 : 0));
    const feature = numerical(
      "x",
      Array.from({ length: 200 }, () => random()),
    );
    const result = trainScorecard([feature], outcomes, { l2: [1, 10], minIv: 0, binning: { trend: "none" } }, seeded(1));
    expect(result.ok ? result.value.l2Trials.every((each) => !Number.isNaN(each.logLoss)) : result.error.code).toBe(true);
  });
});
