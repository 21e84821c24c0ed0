import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FeatureData, categorical, numerical, takeRows } from "./binning.ts";
import { type Boosted, type TreeNode, boost, boostedContributions, boostedLogOdds } from "./boosting.ts";
import { seeded } from "./random.ts";
import { aucOf } from "./validation.ts";

const KINDS = ["甲", "乙", "丙", "丁"];

/** Strength and its square matter, a category matters only where strength is missing, noise not at all. */
const tableOf = (records: number, seed: number): { features: FeatureData[]; target: Uint8Array } => {
  const random = seeded(seed);
  const rows = Array.from({ length: records }, () => {
    const strength = random() < 0.15 ? null : 2 * random() - 1;
    const kind = random() < 0.1 ? null : KINDS[Math.floor(random() * 4)]!;
    const eta = strength === null ? (kind === "甲" || kind === "丙" ? 2 : -2) : 4 * Math.abs(strength) - 2;
    return { strength, kind, noise: random(), outcome: random() < 1 / (1 + Math.exp(-eta)) ? 1 : 0 };
  });
  return {
    features: [
      numerical(
        "strength",
        rows.map((row) => row.strength),
      ),
      categorical(
        "kind",
        rows.map((row) => row.kind),
      ),
      numerical(
        "noise",
        rows.map((row) => row.noise),
      ),
    ],
    target: Uint8Array.from(rows, (row) => row.outcome),
  };
};

/** Shapley values by their definition: over all subsets, unknown features filled by the shares of training records. */
const byDefinition = (model: Boosted, row: readonly number[]): { base: number; values: number[] } => {
  const width = model.features.length;
  const expectation = (tree: readonly TreeNode[], known: number, at = 0): number => {
    const node = tree[at]!;
    if (!("left" in node)) return node.value;
    const of = (child: number) => expectation(tree, known, child);
    const value = row[node.feature]!;
    if (known & (1 << node.feature)) {
      const left = Number.isNaN(value) ? node.missingLeft : node.below !== null ? value < node.below : node.categories!.includes(value);
      return of(left ? node.left : node.right);
    }
    return (tree[node.left]!.cover * of(node.left) + tree[node.right]!.cover * of(node.right)) / node.cover;
  };
  const game = Array.from({ length: 1 << width }, (_, known) =>
    model.trees.reduce((sum, tree) => sum + expectation(tree, known), model.start),
  );
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const values = Array.from({ length: width }, (_, feature) => {
    let sum = 0;
    for (let known = 0; known < 1 << width; known++) {
      if (known & (1 << feature)) continue;
      const size = known.toString(2).replaceAll("0", "").length;
      sum += ((factorial(size) * factorial(width - size - 1)) / factorial(width)) * (game[known | (1 << feature)]! - game[known]!);
    }
    return sum;
  });
  return { base: game[0]!, values };
};

describe("gradient-boosted trees", () => {
  test("learn what a line cannot: a valley, and a category that matters only where a number is missing", () => {
    const { features, target } = tableOf(3000, 1);
    const train = Array.from({ length: 2000 }, (_, i) => i);
    const held = Array.from({ length: 1000 }, (_, i) => 2000 + i);
    const model = boost(
      features.map((feature) => takeRows(feature, train)),
      target.slice(0, 2000),
      {},
      seeded(1),
    );
    const risk = boostedLogOdds(
      model,
      features.map((feature) => takeRows(feature, held)),
      1000,
    );
    // The outcomes are drawn from probabilities, so even the truth ranks no better than about 0.83.
    expect(aucOf(risk, target.slice(2000))).toBeGreaterThan(0.77);
  });

  test("the same generator gives the same trees; leaves and their records stay within bounds", () => {
    const { features, target } = tableOf(400, 2);
    const of = (seed: number) => boost(features, target, { leaves: 5, minLeaf: 12, rowShare: 1 }, seeded(seed));
    expect(JSON.stringify(of(1))).toBe(JSON.stringify(of(1)));
    expect(JSON.stringify(of(1))).not.toBe(JSON.stringify(of(2)));
    for (const tree of of(1).trees) {
      const leaves = tree.filter((node) => !("left" in node));
      expect(leaves.length).toBeLessThanOrEqual(5);
      expect(Math.min(...leaves.map((leaf) => leaf.cover))).toBeGreaterThanOrEqual(12);
      expect(leaves.reduce((sum, leaf) => sum + leaf.cover, 0)).toBe(400);
    }
  });

  test("the first split is the best of all, found by trying every one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const { features, target } = tableOf(60, seed);
        const events = target.reduce((sum, value) => sum + value, 0);
        if (events === 0 || events === 60) return;
        const model = boost(features, target, { trees: 1, leaves: 2, minLeaf: 5, rowShare: 1, featureShare: 1, l2: 1 }, seeded(1));
        const p = events / 60;
        const gainOf = (left: (row: number) => boolean, held: number) => {
          const sums = [0, 0];
          const counts = [0, 0];
          for (let row = 0; row < 60; row++) {
            const side = left(row) ? 0 : 1;
            sums[side]! += target[row]! - p;
            counts[side]!++;
          }
          if (Math.min(...counts) < 5) return -Infinity;
          return sums[0]! ** 2 / (counts[0]! * p * (1 - p) + held) + sums[1]! ** 2 / (counts[1]! * p * (1 - p) + held);
        };
        let best = 0;
        for (const feature of features) {
          const texts = feature.kind === "numerical" ? null : Array.from(feature.codes);
          const numbers = feature.kind === "numerical" ? Array.from(feature.values) : null;
          for (const missingLeft of [true, false])
            if (numbers)
              for (const cut of [...numbers, Infinity])
                best = Math.max(
                  best,
                  gainOf((row) => (Number.isNaN(numbers[row]!) ? missingLeft : numbers[row]! < cut), 1),
                );
            // Of categories every subset is tried; with one curvature for all, an order by gradient holds the best of them.
            else
              for (let set = 0; set < 16; set++)
                best = Math.max(
                  best,
                  gainOf((row) => (texts![row]! < 0 ? missingLeft : (set & (1 << texts![row]!)) > 0), 11),
                );
        }
        const root = model.trees[0]?.[0];
        if (!root || !("left" in root)) {
          expect(best).toBeLessThan(1e-6);
          return;
        }
        const data = features[root.feature]!;
        const known = model.features[root.feature]!.categories;
        const found = gainOf(
          (row) => {
            if (data.kind === "numerical") return Number.isNaN(data.values[row]!) ? root.missingLeft : data.values[row]! < root.below!;
            return data.codes[row]! < 0 ? root.missingLeft : root.categories!.includes(known!.indexOf(data.categories[data.codes[row]!]!));
          },
          data.kind === "numerical" ? 1 : 11,
        );
        expect(found).toBeCloseTo(best, 9);
      }),
      { numRuns: 60 },
    );
  });

  test("contributions are Shapley's by definition, and add up to the log-odds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const { features, target } = tableOf(120, seed);
        const model = boost(features, target, { trees: 6, leaves: 7, minLeaf: 5 }, seeded(seed));
        const { base, contributions } = boostedContributions(model, features, 20);
        const eta = boostedLogOdds(model, features, 20);
        for (let row = 0; row < 20; row++) {
          const codes = features.map((feature, j) => {
            if (feature.kind === "numerical") return feature.values[row]!;
            const code = feature.codes[row]!;
            return code < 0 ? Number.NaN : model.features[j]!.categories!.indexOf(feature.categories[code]!);
          });
          const truth = byDefinition(model, codes);
          expect(base).toBeCloseTo(truth.base, 10);
          let sum = base;
          truth.values.forEach((value, j) => {
            expect(contributions[row * 3 + j]).toBeCloseTo(value, 10);
            sum += contributions[row * 3 + j]!;
          });
          expect(sum).toBeCloseTo(eta[row]!, 10);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a category never seen goes where the missing go", () => {
    const { features, target } = tableOf(400, 5);
    const model = boost(features, target, {}, seeded(1));
    const of = (kind: string | null) =>
      boostedLogOdds(model, [numerical("strength", [null]), categorical("kind", [kind]), numerical("noise", [0.5])], 1)[0];
    expect(of("戊")).toBe(of(null));
    expect(of("甲")).not.toBe(of("乙"));
  });

  test("nothing to learn from: no trees, the rate of the sample for all; one outcome throws", () => {
    const flat = boost(
      [
        numerical(
          "same",
          Array.from({ length: 40 }, () => 1),
        ),
        numerical(
          "none",
          Array.from({ length: 40 }, () => null),
        ),
      ],
      Uint8Array.from({ length: 40 }, (_, i) => (i < 10 ? 1 : 0)),
      {},
      seeded(1),
    );
    expect(flat.trees).toEqual([]);
    expect(boostedLogOdds(flat, [numerical("same", [1]), numerical("none", [null])], 1)[0]).toBeCloseTo(Math.log(1 / 3), 12);
    expect(() => boost([numerical("a", [1, 2])], [1, 1], {}, seeded(1))).toThrow(RangeError);
  });
});
