import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type FeatureData,
  type PointScale,
  type Scored,
  type TrainOptions,
  categorical,
  numerical,
  score,
  scorecardPmml,
  seeded,
  trainScorecard,
} from "@zhiwei/core/scorecard";
import type { Context } from "./context.ts";
import { readTable } from "./tables.ts";

type Row = Record<string, number | string | null>;
/** JPMML names no reason by which nothing is lost: null from there on. */
type Found = { score: number; pd: number; grade: string; reasons: (string | null)[] };

/** Share of the cells that are taken out, and of amounts that get a special value instead. */
const MISSING_SHARE = 0.08;
const SPECIAL = -999;
/** Names and categories as people write them: whatever XML or the standard's arrays treat in a way of their own. */
const AWKWARD: Readonly<Record<string, string>> = {
  age_in_years: '年龄 "years" & <age>',
  "radio/television": 'radio & "<television>" \\',
  "car (new)": "car\n\t(new)",
  own: " own ",
  rent: 're\\"nt',
};
/** Reasons that the PMML gives out. */
const REASONS = 5;
/** Losses nearer to each other than this are ties, among which the standard names no order. */
const TIE = 1e-9;

const scales: Readonly<Record<string, PointScale>> = {
  whole: { basePoints: 600, baseOdds: 50, pointsToDouble: 20, decimals: 0, spread: false },
  spreadTenths: { basePoints: 600, baseOdds: 50, pointsToDouble: 20, decimals: 1, spread: true },
  exact: { basePoints: 600, baseOdds: 50, pointsToDouble: 20, decimals: null, spread: false },
};

/** The doubles next to a number, and itself. */
const around = (value: number): number[] => {
  if (value === 0) return [-5e-324, 0, 5e-324];
  const view = new DataView(new ArrayBuffer(8));
  return [-1n, 0n, 1n].map((step) => {
    view.setFloat64(0, value);
    view.setBigInt64(0, view.getBigInt64(0) + step);
    return view.getFloat64(0);
  });
};

/**
 * Our PMML read by JPMML (org.jpmml, by the Python package jpmml-evaluator), an implementation of the standard with which
 * this one shares nothing: valid by its schema of PMML 4.4, then score, probability, grade and the order of the reasons.
 * The cards are of German credit with gaps, special values and awkward names put in; the rows are the table's, every
 * boundary with its neighbouring doubles, and categories never seen or empty.
 */
export const pmml = ({ data, folder, runPeer, figures, say }: Context) => {
  const path = join(data, "german-credit/germancredit.csv");
  const table = readTable(path);
  if (table === null) {
    say(`PMML by JPMML: ${path} is absent, left out`);
    return;
  }
  if (runPeer === null) {
    say("PMML by JPMML: no peer, left out");
    return;
  }
  const random = seeded(41);
  const head = table.head.map((name) => AWKWARD[name] ?? name);
  const names = head.filter((name) => name !== "creditability");
  const outcome = head.indexOf("creditability");
  const target = Uint8Array.from(table.rows, (row) => (row[outcome] === "bad" ? 1 : 0));
  const isNumber = new Map(names.map((name) => [name, table.rows.every((row) => /^\d+(\.\d+)?$/.test(row[head.indexOf(name)]!))] as const));
  const people = table.rows.map((row): Row => {
    const cells = names.map((name): [string, number | string | null] => {
      const cell = row[head.indexOf(name)]!;
      const drawn = random();
      if (drawn < MISSING_SHARE) return [name, null];
      if (!isNumber.get(name)) return [name, AWKWARD[cell] ?? cell];
      return [name, name === "credit_amount" && drawn < 2 * MISSING_SHARE ? SPECIAL : Number(cell)];
    });
    return Object.fromEntries(cells);
  });
  const features = names.map((name): FeatureData => {
    const values = people.map((row) => row[name]!);
    return isNumber.get(name) ? numerical(name, values as (number | null)[]) : categorical(name, values as (string | null)[]);
  });
  const options: TrainOptions = {
    minIv: 0,
    keepMeaning: false,
    centralTendency: 0.03,
    binning: { rareShare: 0.05 },
    byFeature: { credit_amount: { special: [SPECIAL] } },
  };

  const jobs = Object.entries(scales).map(([name, scale]) => {
    const trained = trainScorecard(features, target, { ...options, scale }, seeded(1));
    if (!trained.ok) throw new Error(trained.error.text.en);
    const { card } = trained.value;
    // Beside the table: each boundary with its neighbours in a record of the table, a category never seen, an empty one, nothing at all.
    const boundaries = card.features.flatMap((feature) =>
      feature.binning.splits.flatMap(around).map((value, k): Row => ({ ...people[(7 * k) % people.length]!, [feature.name]: value })),
    );
    const unseen = card.features.flatMap((feature): Row[] =>
      feature.binning.kind === "categorical" ? ["never seen & <new>", ""].map((value) => ({ ...people[3]!, [feature.name]: value })) : [],
    );
    const rows = [...people, ...boundaries, ...unseen, Object.fromEntries(names.map((each) => [each, null]))];
    const xml = scorecardPmml(card, { name: "German credit", version: "1", description: "A card for JPMML", product: "0.1.0" });
    const used = card.features.map((feature) => feature.name);
    return { name, card, rows, used, xml, apart: boundaries.length + unseen.length + 1 };
  });
  writeFileSync(join(folder, "pmml.json"), JSON.stringify(jobs.map(({ xml, rows, used }) => ({ xml, rows, used }))));

  const answer = runPeer(`
import sys, json
job = json.load(open(sys.argv[1] + "/pmml.json"))
try:
    import jpmml_evaluator
    from jpmml_evaluator import make_backend, make_evaluator
    backend = make_backend("jpype")
    import jpype
    from javax.xml.validation import SchemaFactory
    from javax.xml.transform.stream import StreamSource
    from java.io import StringReader
    # JPMML carries the Data Mining Group's schema; its reader alone passes over an attribute's value that is not in it.
    url = jpype.JClass("org.dmg.pmml.PMML").class_.getClassLoader().getResource("pmml.xsd")
    schema = SchemaFactory.newInstance("http://www.w3.org/2001/XMLSchema").newSchema(url)
except Exception as e:
    print(json.dumps({"absent": f"{type(e).__name__}: {e}"})); sys.exit()
out = []
for each in job:
    try:
        schema.newValidator().validate(StreamSource(StringReader(each["xml"])))
        evaluator = make_evaluator(each["xml"].encode("utf-8"), backend=backend).verify()
        found = []
        for row in each["rows"]:
            r = evaluator.evaluate({name: (float(row[name]) if isinstance(row[name], int) else row[name]) for name in each["used"]})
            found.append({"score": float(r["score"]), "pd": float(r["pd"]), "grade": r["grade"],
                          "reasons": [r[f"reason{k + 1}"] for k in range(min(${REASONS}, len(each["used"])))]})
        out.append({"found": found})
    except Exception as e:
        out.append({"refused": f"{type(e).__name__}: {e}"})
json.dump(out, open(sys.argv[1] + "/jpmml.json", "w"))
print(json.dumps({"version": jpmml_evaluator.__version__}))
`) as { absent: string } | { version: string };
  if ("absent" in answer) {
    say(`PMML by JPMML: not to be had (${answer.absent.split("\n")[0]}), left out`);
    return;
  }

  const results = JSON.parse(readFileSync(join(folder, "jpmml.json"), "utf8")) as ({ found: Found[] } | { refused: string })[];
  const cards = jobs.map(({ name, card, rows, apart, used }, at) => {
    const result = results[at]!;
    if ("refused" in result) throw new Error(`JPMML refuses the card with ${name} points: ${result.refused}`);
    const wanted = rows.map((row): Scored => score(card, row));
    const { found } = result;
    const most = (difference: (each: Found, ours: Scored) => number) =>
      found.reduce((largest, each, i) => Math.max(largest, difference(each, wanted[i]!)), 0);
    const reasonsOf = (ours: Scored) => ours.reasons.slice(0, REASONS);
    const lostBy = (ours: Scored, feature: string) => ours.reasons.find((reason) => reason.feature === feature)?.lostToMean ?? Number.NaN;
    const otherOrder = found.filter((each, i) =>
      reasonsOf(wanted[i]!).some((reason, k) => (reason.lostToMean < -TIE ? null : reason.feature) !== each.reasons[k]),
    );
    // The same losses in the same places, whichever of two equal ones comes first.
    const otherLosses = found.filter((each, i) =>
      reasonsOf(wanted[i]!).some(({ lostToMean }, k) => {
        const theirs = each.reasons[k] ?? null;
        return theirs === null ? lostToMean > TIE : !(Math.abs(lostBy(wanted[i]!, theirs) - lostToMean) <= TIE);
      }),
    );
    const named = found.reduce((sum, each) => sum + each.reasons.filter((reason) => reason !== null).length, 0);
    return {
      points: name,
      features: used.length,
      rows: rows.length,
      rowsBesideTheTable: apart,
      largestScoreDifference: most((each, ours) => Math.abs(each.score - ours.score)),
      largestPdDifference: most((each, ours) => Math.abs(each.pd - ours.pd)),
      otherGrades: found.filter((each, i) => each.grade !== wanted[i]!.grade).length,
      reasonsNamed: named,
      otherReasonOrder: otherOrder.length,
      otherReasonOrderBeyondTies: otherLosses.length,
    };
  });
  figures["pmml"] = {
    by: `jpmml-evaluator ${answer.version}`,
    validBySchema: cards.length,
    missingShare: MISSING_SHARE,
    reasons: REASONS,
    cards,
  };
  for (const card of cards)
    say(
      `PMML by JPMML, ${card.points} points, ${card.features} features, ${card.rows} rows: valid, score within ${card.largestScoreDifference.toExponential(1)}, PD within ${card.largestPdDifference.toExponential(1)}, ${card.otherGrades} other grades, ${card.otherReasonOrder} other orders of ${card.reasonsNamed} reasons (${card.otherReasonOrderBeyondTies} beyond ties)`,
    );
};
