import type { Bin } from "./binning.ts";
import { type Scorecard, type ScorecardFeature, logOddsOfScore } from "./points.ts";

const escaped = (value: string) =>
  value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // A reader makes a space of these in an attribute, and so would our own indentation add to a line within a text.
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
    // What XML 1.0 has no way to say at all.
    // eslint-disable-next-line no-control-regex -- these are the characters that are taken out
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
const element = (name: string, attributes: Attributes = {}, children: readonly string[] = []): string => {
  const head = `<${name}${Object.entries(attributes)
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escaped(String(value))}"`]))
    .join("")}`;
  if (children.length === 0) return `${head}/>`;
  return `${head}>\n${children.map((child) => child.replaceAll(/^/gm, "  ")).join("\n")}\n</${name}>`;
};

const simple = (field: string, operator: string, value?: number | string) => element("SimplePredicate", { field, operator, value });

/** Items of an Array are parted by spaces; those with a space or a quote are quoted, with quotes inside escaped by a backslash. */
const arrayOf = (items: readonly string[]) => items.map((item) => `"${item.replaceAll('"', String.raw`\"`)}"`).join(" ");

/**
 * When a value falls into a bin. The first attribute that is true counts, so intervals need their upper end only, and a
 * missing value, for which a comparison is unknown, has been met before.
 */
const predicate = (field: string, bin: Bin): string => {
  switch (bin.kind) {
    case "missing":
      return simple(field, "isMissing");
    case "special":
      return simple(field, "equal", bin.special ?? "");
    case "interval":
      return bin.to === null ? "<True/>" : simple(field, "lessThan", bin.to);
    case "categories": {
      if (bin.takesOther) return "<True/>";
      // The standard has no way to write a backslash at the end of an item, where it would escape the closing quote.
      if (bin.categories.some((category) => category.includes("\\"))) {
        const each = bin.categories.map((category) => simple(field, "equal", category));
        return each.length === 1 ? each[0]! : element("CompoundPredicate", { booleanOperator: "or" }, each);
      }
      const array = `<Array type="string" n="${bin.categories.length}">${escaped(arrayOf(bin.categories))}</Array>`;
      return `<SimpleSetPredicate field="${escaped(field)}" booleanOperator="isIn">\n  ${array}\n</SimpleSetPredicate>`;
    }
  }
};

const RANK: Readonly<Record<Bin["kind"], number>> = { missing: 0, special: 1, interval: 2, categories: 2 };

const characteristic = ({ name, binning, points, expected }: ScorecardFeature): string => {
  const order = binning.bins
    .map((bin, at) => ({ bin, at }))
    .filter(({ bin }) => bin.kind !== "categories" || bin.takesOther || bin.categories.length > 0)
    .toSorted((a, b) => RANK[a.bin.kind] - RANK[b.bin.kind] || Number(a.bin.takesOther) - Number(b.bin.takesOther) || a.at - b.at);
  const attributes = order.map(({ bin, at }) => element("Attribute", { partialScore: points[at]! }, [predicate(name, bin)]));
  // A category never met, where no bin takes it, scores as missing does.
  if (binning.kind === "categorical" && !binning.bins.some((bin) => bin.takesOther))
    attributes.push(element("Attribute", { partialScore: points[binning.bins.findIndex((bin) => bin.kind === "missing")]! }, ["<True/>"]));
  return element("Characteristic", { name: `points of ${name}`, reasonCode: name, baselineScore: expected }, attributes);
};

const constant = (value: number) => `<Constant dataType="double">${value}</Constant>`;
const apply = (operation: string, ...parts: readonly string[]) => element("Apply", { function: operation }, parts);

/**
 * The scorecard as PMML 4.4 (Data Mining Group): a `Scorecard` model with reason codes. Reasons are points below the mean of
 * the training records, as our `lostToMean` is. Beside the score it gives the probability of default and the grade.
 *
 * What is not finite must be handed over as missing: PMML knows no NaN.
 */
export const scorecardPmml = (
  card: Scorecard,
  about: { readonly name: string; readonly version: string; readonly description: string; readonly product: string },
): string => {
  const { shift, slope } = card.calibration;
  const at0 = shift + slope * logOddsOfScore(card.scale, 0);
  const perPoint = slope * (logOddsOfScore(card.scale, 1) - logOddsOfScore(card.scale, 0));
  const logOdds = apply("+", constant(at0), apply("*", constant(perPoint), `<FieldRef field="score"/>`));
  const pd = apply("/", constant(1), apply("+", constant(1), apply("exp", apply("*", constant(-1), logOdds))));
  const grade = card.grades
    .slice(0, -1)
    .toReversed()
    .reduce(
      (rest, { name, upTo }) =>
        apply(
          "if",
          apply("lessThan", `<FieldRef field="pd"/>`, constant(upTo)),
          `<Constant dataType="string">${escaped(name)}</Constant>`,
          rest,
        ),
      `<Constant dataType="string">${escaped(card.grades.at(-1)!.name)}</Constant>`,
    );
  const document = element("PMML", { xmlns: "http://www.dmg.org/PMML-4_4", version: "4.4" }, [
    element("Header", { description: about.description, modelVersion: about.version }, [
      element("Application", { name: "Zhiwei", version: about.product }),
    ]),
    element(
      "DataDictionary",
      { numberOfFields: card.features.length },
      card.features.map(({ name, binning }) =>
        binning.kind === "numerical"
          ? element("DataField", { name, optype: "continuous", dataType: "double" })
          : element("DataField", { name, optype: "categorical", dataType: "string" }, [
              element("Value", { value: "", property: "missing" }),
            ]),
      ),
    ),
    element(
      "Scorecard",
      {
        modelName: about.name,
        functionName: "regression",
        initialScore: card.base,
        useReasonCodes: true,
        reasonCodeAlgorithm: "pointsBelow",
        baselineMethod: "mean",
      },
      [
        element(
          "MiningSchema",
          {},
          card.features.map(({ name }) => element("MiningField", { name, usageType: "active", invalidValueTreatment: "asIs" })),
        ),
        element("Output", {}, [
          element("OutputField", { name: "score", optype: "continuous", dataType: "double", feature: "predictedValue" }),
          element("OutputField", { name: "pd", optype: "continuous", dataType: "double", feature: "transformedValue" }, [pd]),
          element("OutputField", { name: "grade", optype: "categorical", dataType: "string", feature: "transformedValue" }, [grade]),
          ...card.features.slice(0, 5).map((_, k) =>
            element("OutputField", {
              name: `reason${k + 1}`,
              optype: "categorical",
              dataType: "string",
              feature: "reasonCode",
              rank: k + 1,
            }),
          ),
        ]),
        element("Characteristics", {}, card.features.map(characteristic)),
      ],
    ),
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document}\n`;
};
