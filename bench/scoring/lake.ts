/** A card as one SQL expression over Parquet: enterprises a second on two threads, beside a plain read of the same columns. */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { type FeatureData, scoreRows, scoreSql, seeded, trainScorecard } from "@zhiwei/core/scorecard";
import type { Context } from "./context.ts";

const FEATURES = 12;

export const lake = async ({ quick, folder, figures, ratios, say }: Context): Promise<void> => {
  const enterprises = quick ? 1_000_000 : 5_000_000;
  const instance = await DuckDBInstance.create(":memory:", { threads: "2", memory_limit: "4GB" });
  const connection = await instance.connect();
  try {
    const path = join(folder, "enterprises.parquet");
    const names = Array.from({ length: FEATURES }, (_, j) => `feature_${j}`);
    // Sums, shares and counts of generated enterprises, about one value in twenty missing.
    const column = (j: number) =>
      `CASE WHEN hash(i, ${j}, 'gap') % 20 = 0 THEN NULL ELSE ${
        j % 3 === 0
          ? `exp(10 * (hash(i, ${j}) % 1000003) / 1000003.0)`
          : j % 3 === 1
            ? `(hash(i, ${j}) % 1000003) / 1000003.0`
            : `CAST(hash(i, ${j}) % 37 AS DOUBLE)`
      } END AS feature_${j}`;
    await connection.run(
      `COPY (SELECT i AS enterprise, ${names.map((_, j) => column(j)).join(", ")} FROM range(${enterprises}) AS every (i)) TO '${path}' (FORMAT parquet)`,
    );

    const read = async (limit: number): Promise<FeatureData[]> => {
      const reader = await connection.runAndReadAll(`SELECT * FROM '${path}' ORDER BY enterprise LIMIT ${limit}`);
      const columns = reader.getColumnsObject() as Record<string, (number | null)[]>;
      return names.map((name) => ({
        kind: "numerical",
        name,
        values: Float64Array.from(columns[name]!, (value) => value ?? Number.NaN),
      }));
    };
    const sample = await read(20_000);
    const random = seeded(1);
    const target = Uint8Array.from({ length: 20_000 }, (_, i) => {
      const strength = sample.reduce(
        (sum, each, j) => sum + (each.kind === "numerical" && j % 3 === 1 ? (each.values[i] || 0.5) - 0.5 : 0),
        0,
      );
      return random() < 1 / (1 + Math.exp(1.5 - 2 * strength)) ? 1 : 0;
    });
    const model = trainScorecard(sample, target, { minIv: 0, keepMeaning: false, binning: { trend: "none", minBins: 5 } }, seeded(1));
    if (!model.ok) throw new Error(model.error.text.en);
    const { card } = model.value;
    const sql = scoreSql(card);

    const scored = await connection.runAndReadAll(
      `SELECT ${sql} AS score FROM (SELECT * FROM '${path}' ORDER BY enterprise LIMIT 20000) AS first_ones`,
    );
    const found = scored.getColumnsObject()["score"] as number[];
    const wanted = scoreRows(card, sample, 20_000);
    if (found.some((value, i) => value !== wanted[i])) throw new Error("a score of the lake differs from ours");

    const seconds = async (statement: string): Promise<number> => {
      let best = Number.POSITIVE_INFINITY;
      for (let turn = 0; turn < 3; turn++) {
        const start = performance.now();
        await connection.run(statement);
        best = Math.min(best, (performance.now() - start) / 1000);
      }
      return best;
    };
    const scoring = await seconds(`SELECT sum(score), min(score), max(score) FROM (SELECT ${sql} AS score FROM '${path}') AS scored`);
    const written = await seconds(
      `COPY (SELECT enterprise, ${sql} AS score FROM '${path}') TO '${join(folder, "scores.parquet")}' (FORMAT parquet)`,
    );
    const plain = await seconds(`SELECT ${card.features.map(({ name }) => `sum(${name})`).join(", ")} FROM '${path}'`);
    const million = (value: number) => Math.round(value / 10_000) / 100;
    figures["lake"] = {
      enterprises,
      features: card.features.length,
      bins: card.features.reduce((sum, feature) => sum + feature.points.length, 0),
      millionScoredPerSecond: million(enterprises / scoring),
      millionScoredAndWrittenPerSecond: million(enterprises / written),
      millionReadPerSecond: million(enterprises / plain),
      equalToOurs: wanted.length,
    };
    ratios["lakeScoringToPlainRead"] = Math.round((plain / scoring) * 1000) / 1000;
    say(
      `lake: ${million(enterprises / scoring)} million enterprises scored a second (${card.features.length} features), ${million(enterprises / written)} with the scores written; a plain read of the columns ${million(enterprises / plain)}`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};
