/** A score from each export equals ours: SQL in DuckDB and PostgreSQL, PMML read by an evaluator of the test's own, JSON. */
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import pg from "pg";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import {
  type FeatureData,
  type Scorecard,
  categorical,
  gradeSql,
  logOddsOfScore,
  numerical,
  pdOfScore,
  pdSql,
  scoreSql,
  score,
  scorecardFromJson,
  scorecardPmml,
  seeded,
  trainScorecard,
} from "@zhiwei/core/scorecard";
import { freshDatabase } from "../../../test/database.ts";
import { plain } from "./registry.ts";

type Values = Record<string, number | string | null>;
const CATEGORIES = ["批发 & 零售", "it's", '"quoted" <b>', "ends with \\", "two\nlines", "稀有"];

/** A card of a random table: numbers with a special value and gaps, awkward categories, points whole, in tenths or exact. */
const cardOf = (seed: number, decimals: number | null, spread: boolean): { card: Scorecard; people: Values[] } => {
  const random = seeded(seed);
  const rows = Array.from({ length: 400 }, () => {
    const x = random() * 10 - 5;
    return {
      x: random() < 0.1 ? null : random() < 0.1 ? -999 : x,
      // A name that needs quoting, values beyond whole numbers of a float.
      'odd "name"': random() < 0.05 ? null : Math.exp(8 * random()) * 1e5,
      kind: random() < 0.08 ? null : CATEGORIES[Math.min(5, Math.floor(random() ** 2 * 6))]!,
      never: Math.floor(random() * 6),
      outcome: random() < 1 / (1 + Math.exp(1 + x / 2)) ? 1 : 0,
    };
  });
  const columns: FeatureData[] = [
    numerical("x", rows.map((row) => row.x)), // prettier-ignore
    numerical('odd "name"', rows.map((row) => row['odd "name"'])), // prettier-ignore
    categorical("kind", rows.map((row) => row.kind)), // prettier-ignore
    numerical("never", rows.map((row) => row.never)), // prettier-ignore
  ];
  const model = trainScorecard(
    columns,
    Uint8Array.from(rows, (row) => row.outcome),
    {
      minIv: 0,
      keepMeaning: false,
      byFeature: { x: { special: [-999] } },
      scale: { basePoints: 600, baseOdds: 50, pointsToDouble: 20, decimals, spread },
    },
    seeded(seed),
  );
  if (!model.ok) throw new Error(model.error.text.en);
  const { card } = model.value;
  const numbers = (name: string) => {
    const splits = card.features.find((feature) => feature.name === name)?.binning.splits ?? [];
    const near = splits.flatMap((split) => [split, next(split, 1), next(split, -1)]);
    return [...near, 0, -0, -999, 1e300, -1e300, 5e-324, NaN, Infinity, -Infinity, null];
  };
  const people: Values[] = [];
  const texts = [...CATEGORIES, "never met", "", null];
  const columnsOf = { x: numbers("x"), 'odd "name"': numbers('odd "name"'), never: numbers("never") };
  for (let i = 0; i < 120; i++) {
    const pick = <T>(of: readonly T[]): T => of[i < of.length ? i : Math.floor(random() * of.length)]!;
    people.push({ x: pick(columnsOf.x), 'odd "name"': pick(columnsOf['odd "name"']), never: pick(columnsOf.never), kind: pick(texts) });
  }
  return { card, people };
};

/** The neighbouring double. */
const next = (value: number, direction: 1 | -1): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  if (value === 0) return direction * 5e-324;
  const bits = view.getBigInt64(0);
  view.setBigInt64(0, bits + (value > 0 ? BigInt(direction) : -BigInt(direction)));
  return view.getFloat64(0);
};

const NAMES = ["x", 'odd "name"', "never"] as const;
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const selection = (card: Scorecard) => `SELECT i, ${scoreSql(card)} AS score FROM people`;
const statement = (card: Scorecard) =>
  `SELECT score, ${pdSql(card, "score")} AS pd, ${gradeSql(card, "score")} AS grade FROM (${selection(card)}) AS scored ORDER BY i`;
type Scored = { score: number; pd: number; grade: string };

const inDuckDb = async (card: Scorecard, people: readonly Values[]): Promise<Scored[]> => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  try {
    await connection.run(`CREATE TABLE people (i INTEGER, ${NAMES.map((name) => `${quoted(name)} DOUBLE`).join(", ")}, kind VARCHAR)`);
    const literal = (value: number | string | null) => (value === null ? "NULL" : `'${String(value).replaceAll("'", "''")}'`);
    await connection.run(
      `INSERT INTO people VALUES ${people.map((each, i) => `(${i}, ${NAMES.map((name) => `CAST(${literal(each[name]!)} AS DOUBLE)`).join(", ")}, ${literal(each["kind"]!)})`).join(", ")}`,
    );
    const reader = await connection.runAndReadAll(statement(card));
    return reader.getRowObjectsJS() as Scored[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const inPostgres = async (client: pg.Client, card: Scorecard, people: readonly Values[]): Promise<Scored[]> => {
  await client.query(`CREATE TEMPORARY TABLE people (i integer, ${NAMES.map((name) => `${quoted(name)} float8`).join(", ")}, kind text)`);
  const column = (name: string) => people.map((each) => (each[name] === null ? null : String(each[name])));
  await client.query("INSERT INTO people SELECT * FROM unnest($1::int[], $2::float8[], $3::float8[], $4::float8[], $5::text[])", [
    people.map((_, i) => i),
    ...[...NAMES, "kind"].map(column),
  ]);
  const { rows } = await client.query<Scored>(statement(card));
  await client.query("DROP TABLE people");
  return rows;
};

const ours = (card: Scorecard, people: readonly Values[]): Scored[] =>
  people.map((each) => {
    const { score: points, pd, grade } = score(card, each);
    return { score: points, pd, grade };
  });

const expectEqual = (found: readonly Scored[], card: Scorecard, people: readonly Values[]) => {
  const wanted = ours(card, people);
  found.forEach((each, i) => {
    // Sums of floating points in the same order are the same to the bit; the exponential differs in its last places.
    expect(each.score, JSON.stringify(people[i])).toBe(wanted[i]!.score + 0);
    expect(Math.abs(each.pd - wanted[i]!.pd)).toBeLessThan(1e-12);
    if (card.scale.decimals !== null) expect(each.grade).toBe(wanted[i]!.grade);
  });
};

describe("SQL", () => {
  test("one expression scores in DuckDB and in PostgreSQL as we do, on every boundary and its neighbours", async () => {
    await using database = await freshDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await fc.assert(
        fc.asyncProperty(fc.nat(1_000_000), fc.constantFrom(0, 1, null), fc.boolean(), async (seed, decimals, spread) => {
          const { card, people } = cardOf(seed, decimals, spread);
          expectEqual(await inDuckDb(card, people), card, people);
          expectEqual(await inPostgres(client, card, people), card, people);
        }),
        { numRuns: 12 },
      );
    } finally {
      await client.end();
    }
  });

  test("grades change at the very score where ours do", async () => {
    const { card } = cardOf(5, 0, false);
    const scores = Array.from({ length: 900 }, (_, k) => k + 100);
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `SELECT ${gradeSql(card, "s")} AS grade FROM (SELECT CAST(range AS DOUBLE) AS s FROM range(100, 1000)) AS all_scores ORDER BY s`,
    );
    const wanted = scores.map((each) => card.grades.find((grade) => pdOfScore(card, each) < grade.upTo)!.name);
    expect((reader.getRowObjectsJS() as { grade: string }[]).map((row) => row.grade)).toEqual(wanted);
    expect(new Set(wanted).size).toBeGreaterThan(5);
    connection.closeSync();
    instance.closeSync();
  });
});

// A reading of PMML of its own: a tree of elements, and the rules of the Scorecard model as the standard states them.

type Node = { name: string; attributes: Record<string, string>; children: Node[]; text: string };
const parse = (xml: string): Node => {
  const root: Node = { name: "", attributes: {}, children: [], text: "" };
  const stack = [root];
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    const node: Node = { name, attributes: attributes as Record<string, string>, children: [], text: "" };
    stack.at(-1)!.children.push(node);
    stack.push(node);
  });
  parser.on("text", (value) => (stack.at(-1)!.text += value));
  parser.on("closetag", () => void stack.pop());
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(xml).close();
  return root.children[0]!;
};
const child = (node: Node, name: string): Node => node.children.find((each) => each.name === name)!;

const truth = (node: Node, values: Values): boolean | null => {
  if (node.name === "True") return true;
  if (node.name === "CompoundPredicate") {
    expect(node.attributes["booleanOperator"]).toBe("or");
    const parts = node.children.map((each) => truth(each, values));
    return parts.includes(true) ? true : parts.includes(null) ? null : false;
  }
  const value = values[node.attributes["field"]!] ?? null;
  if (node.name === "SimpleSetPredicate") {
    if (value === null) return null;
    const items = [...child(node, "Array").text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!.replaceAll('\\"', '"'));
    expect(items).toHaveLength(Number(child(node, "Array").attributes["n"]));
    return items.includes(String(value));
  }
  const { operator, value: against } = node.attributes;
  if (operator === "isMissing") return value === null;
  if (value === null) return null;
  if (operator === "lessThan") return Number(value) < Number(against);
  if (operator === "equal") return typeof value === "number" ? value === Number(against) : value === against;
  throw new Error(`operator ${operator}`);
};

type Evaluated = { score: number; pd: number; grade: string; reasons: string[] };
const evaluate = (document: Node, values: Values): Evaluated => {
  const card = child(document, "Scorecard");
  let total = Number(card.attributes["initialScore"]);
  const below: { code: string; points: number; at: number }[] = [];
  child(card, "Characteristics").children.forEach((characteristic, at) => {
    const attribute = characteristic.children.find((each) => truth(each.children[0]!, values) === true);
    if (!attribute) throw new Error(`no attribute of ${characteristic.attributes["name"]}`);
    const points = Number(attribute.attributes["partialScore"]);
    total += points;
    below.push({ code: characteristic.attributes["reasonCode"]!, points: Number(characteristic.attributes["baselineScore"]) - points, at });
  });
  const fields: Record<string, number | string> = {};
  const value = (node: Node): number | string | boolean => {
    if (node.name === "Constant") return node.attributes["dataType"] === "string" ? node.text : Number(node.text);
    if (node.name === "FieldRef") return fields[node.attributes["field"]!]!;
    const parts = node.children.map((each) => () => value(each));
    const number = (k: number) => Number(parts[k]!());
    switch (node.attributes["function"]) {
      case "+":
        return number(0) + number(1);
      case "*":
        return number(0) * number(1);
      case "/":
        return number(0) / number(1);
      case "exp":
        return Math.exp(number(0));
      case "lessThan":
        return number(0) < number(1);
      case "if":
        return parts[0]!() ? parts[1]!() : parts[2]!();
      default:
        throw new Error(`function ${node.attributes["function"]}`);
    }
  };
  below.sort((a, b) => b.points - a.points || a.at - b.at);
  const reasons: string[] = [];
  for (const output of child(card, "Output").children) {
    const { name, feature, rank } = output.attributes;
    if (feature === "predictedValue") fields[name!] = total;
    else if (feature === "transformedValue") fields[name!] = value(output.children[0]!) as number | string;
    else reasons.push(below[Number(rank) - 1]!.code);
  }
  return { score: total, pd: Number(fields["pd"]), grade: String(fields["grade"]), reasons };
};

test("PMML: score, probability, grade and the order of the reasons", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.constantFrom(0, 1), fc.boolean(), (seed, decimals, spread) => {
      const { card, people } = cardOf(seed, decimals, spread);
      const xml = scorecardPmml(card, { name: "a & b", version: "1", description: 'of "quotes" <and> 括号', product: "0.1.0" });
      const document = parse(xml);
      expect(document.attributes).toMatchObject({ xmlns: "http://www.dmg.org/PMML-4_4", version: "4.4" });
      for (const each of people) {
        const given = Object.fromEntries(
          Object.entries(each).map(([name, value]) => [
            name,
            value === "" || (typeof value === "number" && !Number.isFinite(value)) ? null : value,
          ]),
        );
        const found = evaluate(document, given);
        const wanted = score(card, each);
        expect(found.score).toBeCloseTo(wanted.score, 9);
        expect(Math.abs(found.pd - pdOfScore(card, found.score))).toBeLessThan(1e-12);
        expect(found.grade).toBe(wanted.grade);
        expect(found.reasons).toEqual(wanted.reasons.slice(0, 5).map((reason) => reason.feature));
      }
    }),
    { numRuns: 20 },
  );
});

describe("JSON", () => {
  const { card, people } = cardOf(11, 0, false);
  const text = JSON.stringify(plain(card));

  test("there and back it scores the same", () => {
    const back = scorecardFromJson(text);
    if (!back.ok) throw new Error(back.error.text.en);
    expect(ours(back.value, people)).toEqual(ours(card, people));
    expect(logOddsOfScore(back.value.scale, 600)).toBe(logOddsOfScore(card.scale, 600));
  });

  test("what would make it score otherwise is refused", () => {
    const change = (edit: (copy: Record<string, never>) => void) => {
      const copy = JSON.parse(text) as Record<string, never>;
      edit(copy);
      const result = scorecardFromJson(JSON.stringify(copy));
      return result.ok ? null : result.error.code;
    };
    type Loose = {
      features: { points: number[]; binning: { splits: number[]; bins: unknown[] } }[];
      grades: unknown[];
      calibration: unknown;
    };
    const loose = (edit: (copy: Loose) => void) => change((copy) => edit(copy as unknown as Loose));
    expect(loose(() => {})).toBeNull();
    expect(loose((copy) => copy.features[0]!.points.pop())).toBe("not-a-scorecard");
    expect(loose((copy) => copy.features[0]!.binning.bins.pop())).toBe("not-a-scorecard");
    expect(loose((copy) => copy.features[0]!.binning.splits.reverse())).toBe("not-a-scorecard");
    expect(loose((copy) => (copy.features[0]!.binning.splits[0]! += 1e-9))).toBe("not-a-scorecard");
    expect(loose((copy) => copy.grades.pop())).toBe("not-a-scorecard");
    expect(loose((copy) => (copy.calibration = {}))).toBe("not-a-scorecard");
    for (const wrong of ["", "null", "[]", "{", "{}", '{"card":7}']) expect(scorecardFromJson(wrong).ok).toBe(false);
  });
});
