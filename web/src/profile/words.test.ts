import { expect, test } from "vitest";
import { type Dimension, formatPoints, trendWords } from "./words.ts";

const moved = (direction: Dimension["trend"]["direction"], change: number | null) =>
  trendWords({ trend: { direction, change, asOf: "2019-02-21", position: null } } as Dimension, "en");

test("a trend is told in words, its sign by a true minus", () => {
  expect(moved("up", 16.1)).toEqual({ arrow: "↑", words: { zh: "升 16.1 点", en: "up 16.1 points" } });
  expect(moved("down", -11.6).words.en).toBe("down 11.6 points");
  expect(moved("flat", -2.5).words).toEqual({ zh: "持平（−2.5 点）", en: "level (−2.5 points)" });
  expect(moved("unknown", null)).toEqual({ arrow: "", words: { zh: "无上年可比", en: "no year before" } });
});

test("points keep their one decimal", () => {
  expect([formatPoints(91, "zh"), formatPoints(0, "en"), formatPoints(null, "zh")]).toEqual(["91.0", "0.0", "—"]);
});
