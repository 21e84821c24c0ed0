import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IsoDate } from "../basics/index.ts";
import { type FeatureData, categorical, numerical } from "./binning.ts";
import { type Recipe, type Sample, develop } from "./develop.ts";
import { monitor, scoreByChallenger, scoreByModel } from "./model.ts";
import { boostedLogOdds } from "./boosting.ts";
import { score, scoreRows } from "./points.ts";
import { seeded } from "./random.ts";
import { aucOf } from "./validation.ts";

/** Two informative features, one of noise and one of categories; about three events in ten. */
const sampleOf = (records: number, seed: number): Sample => {
  const random = seeded(seed);
  const rows = Array.from({ length: records }, () => {
    const strength = random() + random() - 1;
    const outcome = random() < 1 / (1 + Math.exp(1 + 4 * strength)) ? 1 : 0;
    return {
      strong: strength + 0.3 * (random() - 0.5),
      weak: random() < 0.1 ? null : strength + 2 * (random() - 0.5),
      noise: random(),
      kind: strength > 0.2 ? "a" : random() < 0.5 ? "b" : "c",
      outcome,
    };
  });
  const features: FeatureData[] = [
    numerical(
      "strong",
      rows.map((row) => row.strong),
    ),
    numerical(
      "weak",
      rows.map((row) => row.weak),
    ),
    numerical(
      "noise",
      rows.map((row) => row.noise),
    ),
    categorical(
      "kind",
      rows.map((row) => row.kind),
    ),
  ];
  return {
    features,
    target: Uint8Array.from(rows, (row) => row.outcome),
    groups: [{ name: { zh: "甲乙", en: "halves" }, values: rows.map((_, i) => (i % 2 === 0 ? "even" : "odd")) }],
    days: rows.map((_, i) => `2025-${String(1 + Math.floor((12 * i) / records)).padStart(2, "0")}-01` as IsoDate),
  };
};

const quick: Partial<Recipe> = {
  folds: 3,
  repeats: 2,
  refits: 20,
  seed: 7,
  options: { minIv: 0.05, binning: { maxPreBins: 16, refine: false } },
};
const developed = (sample: Sample, recipe: Partial<Recipe> = {}) => {
  const found = develop(sample, { ...quick, ...recipe });
  if (!found.ok) throw new Error(found.error.text.en);
  return found.value;
};

describe("a model developed whole", () => {
  const sample = sampleOf(400, 1);
  const model = developed(sample);

  test("the same sample and recipe give the same model, to the bit", () => {
    expect(JSON.stringify(developed(sample))).toBe(JSON.stringify(model));
    expect(JSON.stringify(developed(sample, { seed: 8 }))).not.toBe(JSON.stringify(model));
  });

  test("every feature offered has its account: used, or the reason why not", () => {
    expect(model.candidates.map((each) => each.feature)).toEqual(["strong", "weak", "noise", "kind"]);
    for (const candidate of model.candidates) expect(candidate.used).toBe(candidate.left === null);
    expect(model.candidates.find((each) => each.feature === "noise")!.left!.code).toBe("weak");
  });

  test("figures on seen records flatter, shuffled outcomes show no leak, probabilities average to the rate", () => {
    const { validation } = model;
    expect(validation.seen.auc).toBeGreaterThan(validation.auc.mean);
    expect(Math.abs(validation.shuffledAuc! - 0.5)).toBeLessThan(0.12);
    const { calibration } = validation.heldOut;
    // Platt's smoothed targets move the mean by less than one record in a hundred here.
    expect(Math.abs(calibration.meanPd - calibration.rate)).toBeLessThan(0.01);
  });

  test("a central tendency moves the level of the probabilities and nothing of the ranking", () => {
    const anchored = developed(sample, { options: { ...quick.options, centralTendency: 0.03 } });
    expect(anchored.validation.auc).toEqual(model.validation.auc);
    expect(anchored.validation.heldOut.calibration.meanPd).toBeCloseTo(0.03, 9);
    expect(anchored.card.features.map((feature) => feature.points)).toEqual(model.card.features.map((feature) => feature.points));
  });

  test("bins drawn by hand stay where they were put, and the model follows", () => {
    const edited = developed(sample, {
      options: {
        ...quick.options,
        edits: [
          { feature: "strong", splits: [-0.4, 0.05] },
          { feature: "kind", groups: [["a"], ["b", "c"]] },
        ],
      },
    });
    const binningOf = (name: string) => edited.card.features.find((feature) => feature.name === name)!.binning;
    expect(binningOf("strong").splits).toEqual([-0.4, 0.05]);
    expect(binningOf("strong").edited).toBe(true);
    expect(
      binningOf("kind")
        .bins.filter((bin) => bin.kind === "categories")
        .map((bin) => bin.categories),
    ).toEqual([["a"], ["b", "c"]]);
    expect(edited.validation.auc.mean).not.toBe(model.validation.auc.mean);
  });

  test("the challenger meets the card's folds, and says exactly what each feature adds", () => {
    const challenger = model.challenger!;
    expect(challenger.gain.card).toBeCloseTo(model.validation.heldOut.discrimination.auc, 3);
    expect(challenger.gain.challenger).toBeCloseTo(aucOf(challenger.heldOut, sample.target), 3);
    expect(challenger.gain.low).toBeLessThan(challenger.gain.difference);
    expect(challenger.importance.map((each) => each.feature).slice(0, 1)).toEqual(["strong"]);
    const said = scoreByChallenger(challenger, { strong: 0.7, weak: null, noise: 0.2, kind: "a" });
    expect(said.contributions.reduce((sum, each) => sum + each.logOdds, said.base)).toBeCloseTo(said.logOdds, 12);
    expect(said.pd).toBeLessThan(scoreByChallenger(challenger, { strong: -0.7, weak: null, noise: 0.2, kind: "c" }).pd!);
    // The trees on the whole table, asked of a record of it, are those that the importance is of.
    expect(said.logOdds).toBeCloseTo(
      boostedLogOdds(
        challenger.model,
        [numerical("strong", [0.7]), numerical("weak", [null]), numerical("noise", [0.2]), categorical("kind", ["a"])],
        1,
      )[0]!,
      10,
    );
    expect(developed(sample, { challenger: null }).challenger).toBeNull();
  });

  test("an out-of-time split trains before the day and tests from it on", () => {
    const split = developed(sample, { holdOut: { from: "2025-10-01" as IsoDate } });
    expect(split.records).toBe(300);
    expect(split.validation.split).toMatchObject({ kind: "time", assessment: { records: 100 } });
    const share = developed(sample, { holdOut: { share: 0.25 } });
    expect(share.validation.split!.assessment.records).toBe(100);
    const none = develop(sample, { ...quick, holdOut: { from: "2030-01-01" as IsoDate } });
    expect(none.ok ? null : none.error.code).toBe("hold-out-empty");
  });

  test("nothing but noise is refused, or its probabilities lie flat about the rate", () => {
    let refused = 0;
    for (const seed of [3, 4, 5, 6]) {
      const random = seeded(seed);
      const target = Uint8Array.from({ length: 200 }, () => (random() < 0.3 ? 1 : 0));
      const features = Array.from({ length: 4 }, (_, j) =>
        numerical(
          `noise ${j}`,
          Array.from(target, () => random()),
        ),
      );
      const found = develop({ features, target, groups: [], days: null }, { ...quick, refits: 0, options: { minIv: 0, l2: 0.01 } });
      if (!found.ok) {
        expect(found.error.code).toMatch(/^(no-discrimination|no-features)$/);
        refused++;
        continue;
      }
      expect(found.value.validation.auc.low).toBeLessThan(0.5);
      expect(found.value.card.calibration.slope).toBeLessThan(0.4);
    }
    expect(refused).toBeGreaterThan(0);
  });

  test("degenerate samples get their reason", () => {
    const all = (outcome: number): Sample => ({ ...sample, target: new Uint8Array(400).fill(outcome) });
    const code = (given: Sample) => {
      const found = develop(given, quick);
      return found.ok ? null : found.error.code;
    };
    expect(code(all(0))).toBe("one-class");
    expect(code(all(1))).toBe("one-class");
    expect(code({ ...sampleOf(10, 2), days: null })).toBe("too-few-records");
    expect(code({ ...sample, features: [numerical("constant", Array(400).fill(1))] })).toBe("constant");
    expect(code({ ...sample, features: [numerical("none", Array(400).fill(null))] })).toBe("all-missing");
    expect(code({ ...sample, features: [numerical("leak", Array.from(sample.target))] })).toBe("separable");
  });
});

describe("the uncertainty of a score", () => {
  const sample = sampleOf(300, 5);
  const model = developed(sample, { refits: 60 });
  const someone = fc.record({
    strong: fc.option(fc.double({ min: -2, max: 2, noNaN: true })),
    weak: fc.option(fc.double({ min: -2, max: 2, noNaN: true })),
    kind: fc.option(fc.constantFrom("a", "b", "c", "never met")),
  });

  test("the score is the card's own; the interval holds the probability, and is wider for whom the model has not seen", () => {
    fc.assert(
      fc.property(someone, (values) => {
        const seen = scoreByModel(model, values, { seen: true });
        const unseen = scoreByModel(model, values, { seen: false });
        const plain = score(model.card, values);
        expect([seen.score, seen.pd, seen.grade]).toEqual([plain.score, plain.pd, plain.grade]);
        expect([unseen.score, unseen.pd]).toEqual([seen.score, seen.pd]);
        expect(unseen.pdLow).toBeLessThan(seen.pdLow);
        expect(unseen.pdHigh).toBeGreaterThan(seen.pdHigh);
        expect(seen.pdLow).toBeLessThanOrEqual(seen.pd);
        expect(seen.pdHigh).toBeGreaterThanOrEqual(seen.pd);
      }),
    );
  });

  test("more records, narrower", () => {
    const width = (records: number) => {
      const { pdLow, pdHigh } = scoreByModel(developed(sampleOf(records, 5)), { strong: 0, weak: 0, kind: "b" }, { seen: false });
      return Math.log(pdHigh / (1 - pdHigh)) - Math.log(pdLow / (1 - pdLow));
    };
    expect(width(3000)).toBeLessThan(width(200));
  });
});

describe("monitoring", () => {
  const sample = sampleOf(500, 9);
  const model = developed(sample);

  test("the training records themselves are stable to the last bit", () => {
    const found = monitor(model, sample.features, sample.target);
    expect(found.population).toMatchObject({ index: 0, verdict: "stable" });
    for (const feature of found.features) expect([feature.index, feature.pointsMoved]).toEqual([0, 0]);
    expect(found.outcomes!.discrimination.auc).toBeCloseTo(model.validation.seen.auc, 12);
  });

  test("a population that has moved is seen, with the feature that moved it", () => {
    const moved = sample.features.map((feature) =>
      feature.name === "strong" && feature.kind === "numerical"
        ? numerical(
            "strong",
            Array.from(feature.values, (value) => value - 0.6),
          )
        : feature,
    );
    const found = monitor(model, moved, new Int8Array(500).fill(-1));
    expect(found.population.verdict).toBe("shifted");
    expect(found.features.find((feature) => feature.feature === "strong")!.verdict).toBe("shifted");
    expect(found.features.find((feature) => feature.feature === "strong")!.pointsMoved).toBeLessThan(0);
    expect(found.outcomes).toBeNull();
    expect(scoreRows(model.card, moved, 500).length).toBe(500);
  });
});
