import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import type { IsoDate } from "@zhiwei/core/basics";
import { type Product, compileCatalogue, conditionText, factCatalogue, factRow, matchAll, productKinds } from "@zhiwei/core/product";
import { type ProductDocument, ProductSchema, parseProduct } from "./product.schema.ts";

const folder = join(import.meta.dirname, "../../demo/products");
const documents = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8")) as Record<string, unknown>] as const);
const product = (name: string): Product => {
  const parsed = parseProduct(documents.find(([each]) => each === name)?.[1]);
  if (!parsed.ok) throw new Error(parsed.error[0]?.text.en);
  return parsed.value;
};
const all = documents.map(([name]) => product(name));

test("the published schema and the document of core are one", () => {
  expectTypeOf<keyof ProductDocument>().toEqualTypeOf<keyof Product>();
  expectTypeOf<keyof ProductDocument["limit"]>().toEqualTypeOf<keyof Product["limit"]>();
  expectTypeOf<keyof ProductDocument["price"]>().toEqualTypeOf<keyof Product["price"]>();
  expectTypeOf<keyof ProductDocument["fees"][number]>().toEqualTypeOf<keyof Product["fees"][number]>();
  expectTypeOf<keyof ProductDocument["subsidies"][number]>().toEqualTypeOf<keyof Product["subsidies"][number]>();
  expectTypeOf<keyof ProductDocument["eligibility"][number]>().toEqualTypeOf<keyof Product["eligibility"][number]>();
  expectTypeOf<ProductDocument["kind"]>().toEqualTypeOf<Product["kind"]>();
  expect(JSON.parse(JSON.stringify(ProductSchema))).toMatchObject({ $id: "Product", type: "object", additionalProperties: false });
});

test.each(documents)("%s is a product, named as its file, with demonstration providers only", (name, document) => {
  const parsed = parseProduct(document);
  expect(parsed).toMatchObject({ ok: true });
  if (!parsed.ok) return;
  expect(`${parsed.value.id}.json`).toBe(name);
  expect(parsed.value.provider.name.zh).toContain("示范");
  expect(parsed.value.provider.name.en).toContain("Demonstration");
  for (const { when } of parsed.value.eligibility) expect(conditionText(when).zh).not.toContain("undefined");
});

test("at least 24, of every kind", () => {
  expect(all.length).toBeGreaterThanOrEqual(24);
  expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(Object.keys(productKinds)));
});

test.each<[string, unknown, string]>([
  ["no document at all", 7, ""],
  ["a field that there is none of", { ...documents[0]![1], surprise: 1 }, "additional"],
  [
    "a condition that is none",
    {
      ...documents[0]![1],
      eligibility: [
        {
          id: "x1",
          title: { zh: "x", en: "x" },
          when: { fact: "request.lenders" },
          unless: [],
          citation: "assumption",
          validFrom: null,
          validTo: null,
        },
      ],
    },
    "",
  ],
  [
    "an amount that is no whole number of fen",
    { ...documents[0]![1], limit: { ...(documents[0]![1]["limit"] as object), maxFen: 0.5 } },
    "",
  ],
])("%s is refused with a path and words", (_, document) => {
  const parsed = parseProduct(document);
  if (parsed.ok) throw new Error("taken");
  expect(parsed.error[0]!.text.zh).not.toBe("");
});

test("conditions nested without end are refused, not followed", () => {
  let when: unknown = { fact: "request.lenders", op: "le", value: 1 };
  for (let i = 0; i < 20_000; i++) when = { not: when };
  const parsed = parseProduct({
    ...documents[0]![1],
    eligibility: [{ id: "deep", title: { zh: "x", en: "x" }, when, unless: [], citation: "assumption", validFrom: null, validTo: null }],
  });
  expect(parsed.ok).toBe(false);
});

test("the cost of every product is known for an enterprise of which everything is, and lies near its nominal rate", () => {
  const facts = factRow(
    Object.fromEntries(
      factCatalogue.map(({ id, type }) => {
        if (id === "request.outstandingFen") return [id, 10_000_000];
        if (type.kind === "number") return [id, type.unit === "fen" ? 500_000_000 : type.unit === "mu" ? 300 : 24];
        if (type.kind === "boolean") return [id, false];
        if (type.kind === "word") return [id, Object.keys(type.words).at(-1)!];
        if (type.kind === "words") return [id, Object.keys(type.words)];
        return [id, type.kind === "code" ? (type.of === "region" ? "340104" : "A01") : "A"];
      }),
    ),
  );
  const matches = matchAll(compileCatalogue(all, "2025-06-02" as IsoDate), facts);
  expect(matches).toHaveLength(all.length);
  for (const { product: id, annualCost, nominalRate, cost } of matches) {
    expect([id, cost?.missing]).toEqual([id, []]);
    expect(annualCost, id).not.toBeNull();
    // Quoted by 360 days and compounded, fees in and subsidies out: between a third of the nominal rate and twice it.
    expect(annualCost! > nominalRate! / 3 && annualCost! < nominalRate! * 2.2, `${id}: ${annualCost} against ${nominalRate}`).toBe(true);
  }
});
