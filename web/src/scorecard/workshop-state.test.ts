import { describe, expect, test } from "vitest";
import type { IsoDate } from "@zhiwei/core/basics";
import { type Recipe, type TrainOptions, recipeDefaults, settledOptions } from "@zhiwei/core/scorecard";
import type { Details } from "./words.ts";
import { binningOf, emptyWorkshop, noWord, penaltiesOf, requestOf, workshopOf } from "./workshop-state.ts";

const documentOf = (options: TrainOptions, recipe: Partial<Recipe> = {}) =>
  ({
    document: {
      name: "loans",
      title: { zh: "贷款", en: "Loans" },
      purpose: { zh: "检验", en: "A test" },
      limits: [
        { zh: "甲", en: "a" },
        { zh: "乙", en: "b" },
      ],
      recipe: { ...recipeDefaults, ...recipe, options: settledOptions(options) },
    },
  }) as unknown as Pick<Details, "document">;

const PRIOR = {
  feature: "months",
  trend: "descending",
  least: -1.5,
  setBy: "风控岗",
  setOn: "2026-01-05" as IsoDate,
  reason: "久者稳",
} as const;
const RICH: TrainOptions = {
  binning: { method: "even", maxBins: 10, smoothing: 3, special: [-999], objective: "hellinger", maxPValue: 0.1, minEvents: 2 },
  byFeature: { trade: { rareShare: 0.05 }, amount: { trend: "valley", maxPreBins: 12 } },
  priors: [PRIOR],
  edits: [{ feature: "trade", groups: [["甲"], ["乙", "丙"]] }],
  l2: [1, 10],
  l1: 0.5,
  centre: -0.5,
  keepMeaning: false,
  selection: { direction: "both", criterion: "bic" },
  centralTendency: 0.031,
};

describe("a workshop started from a model", () => {
  test.each<[string, TrainOptions, Partial<Recipe>]>([
    ["of defaults", {}, { unmovedBySplitting: true }],
    [
      "with everything laid down",
      RICH,
      { features: ["months", "trade", "amount"], unmovedBySplitting: false, folds: 4, repeats: 3, seed: 7, holdOut: { share: 0.3 } },
    ],
    [
      "held out by time, without a challenger",
      {},
      { unmovedBySplitting: false, holdOut: { from: "2025-06-01" as IsoDate }, challenger: null },
    ],
    ["with trees of its own", {}, { unmovedBySplitting: true, challenger: { trees: 60, leaves: 4 } }],
  ])("%s, left as it is, asks for the same recipe", (_, options, recipe) => {
    const based = documentOf(options, recipe);
    const request = requestOf(workshopOf(based), "platform", "开发岗", "2026-11-23", "loans@1");
    const settle = (given: Partial<Recipe>) => {
      const whole = { ...recipeDefaults, ...given };
      return JSON.parse(JSON.stringify({ ...whole, options: settledOptions(whole.options) })) as Recipe;
    };
    const [asked, was] = [settle(request.recipe as Partial<Recipe>), settle(based.document.recipe as unknown as Partial<Recipe>)];
    // What the form states outright, the record may have left to the defaults.
    const { binning: ofAsked, ...restOfAsked } = asked.options;
    const { binning: ofWas, ...restOfWas } = was.options;
    expect(ofAsked).toEqual({ ...emptyWorkshop.binning, ...ofWas });
    expect({ ...asked, options: restOfAsked }).toEqual({ ...was, options: restOfWas });
    expect([request.limits, request.basedOn]).toEqual([based.document.limits, "loans@1"]);
  });

  test("only features that billing in parts cannot move: what moves goes, with what was laid down of it, until it is turned off", () => {
    const workshop = {
      ...emptyWorkshop,
      features: ["net_sales_36m", "sale_invoices_36m"],
      words: { sale_invoices_36m: { ...noWord, trend: "descending" as const, reason: "多者稳" } },
      edits: { sale_invoices_36m: { feature: "sale_invoices_36m", splits: [10] } },
    };
    const asked = (unmoved: boolean, sample = "platform") =>
      requestOf({ ...workshop, unmoved }, sample, "开发岗", "2026-11-23", null).recipe;
    expect(asked(true)).toMatchObject({ features: ["net_sales_36m"], unmovedBySplitting: true, options: { priors: [], edits: [] } });
    expect(asked(false)).toMatchObject({ features: workshop.features, unmovedBySplitting: false, options: { priors: [{}], edits: [{}] } });
    // Of a table that was brought nobody knows; its columns are all offered.
    expect(asked(true, "table-1").features).toEqual(workshop.features);
    expect("unmovedBySplitting" in asked(true, "table-1")).toBe(false);
    // A model that was made before anybody asked is left as it was made.
    expect([emptyWorkshop.unmoved, workshopOf(documentOf({})).unmoved]).toEqual([true, false]);
  });

  test("a word that is changed has a new author and day; one that is not keeps its own", () => {
    const workshop = workshopOf(documentOf(RICH));
    const priors = (words: typeof workshop.words) =>
      requestOf({ ...workshop, words }, "s", "开发岗", "2026-11-23", null).recipe.options!.priors;
    expect(priors(workshop.words)).toEqual([PRIOR]);
    expect(priors({ ...workshop.words, months: { ...workshop.words["months"]!, least: "-1" } })).toEqual([
      { ...PRIOR, least: -1, setBy: "开发岗", setOn: "2026-11-23" },
    ]);
    const { months: _, ...without } = workshop.words;
    expect(priors(without)).toEqual([]);
  });

  test("a trend that is cleared is asked for no more, and other settings of the feature stay", () => {
    const workshop = workshopOf(documentOf(RICH));
    const { amount: _, ...words } = workshop.words;
    expect(requestOf({ ...workshop, words }, "s", "开发岗", "2026-11-23", null).recipe.options!.byFeature).toEqual({
      trade: { rareShare: 0.05 },
      amount: { maxPreBins: 12 },
    });
    expect(binningOf(workshop, "amount")).toMatchObject({ trend: "valley", maxPreBins: 12, method: "even" });
  });
});

test("penalties as typed", () => {
  expect(penaltiesOf("3")).toBe(3);
  expect(penaltiesOf("1, 3，10")).toEqual([1, 3, 10]);
  for (const wrong of ["", "a", "-1", "1;2"]) expect(penaltiesOf(wrong)).toBeNull();
});
