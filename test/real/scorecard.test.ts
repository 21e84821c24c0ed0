/** The demonstration region's scorecard on the real enterprises: trained, approved by two, put to use, rolled back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "@zhiwei/core/features";
import type { ModelDocument, Recipe } from "@zhiwei/core/scorecard";
import { loadDemo } from "../../demo/load.ts";
import { DEMO_APPROVAL, DEMO_MODEL } from "../../demo/scorecard.ts";
import { readConfig } from "../../server/src/config.ts";
import { type Platform, openPlatform } from "../../server/src/platform.ts";
import { OPERATOR } from "../../server/src/access/actor.ts";
import { permitList, platformPermit } from "../../server/src/consent/index.ts";
import { enterpriseList, rebuildRegion } from "../../server/src/profile/index.ts";
import { compareModels, monitorModel } from "../../server/src/scorecard/compare.ts";
import { actOn, getModel, listModels, modelDetails, rollBack } from "../../server/src/scorecard/registry.ts";
import { refreshScores, scoreOf, scoresOf } from "../../server/src/scorecard/score.ts";
import { PLATFORM_SAMPLE, loadSample } from "../../server/src/scorecard/sample.ts";
import { type TrainingRequest, train } from "../../server/src/scorecard/training.ts";
import { lastDay } from "../../server/src/system/as-of.ts";
import { freshDatabase } from "../database.ts";

const anybody = permitList(OPERATOR, { classes: ["profile"], what: "list" });
let platform: Platform;
let folder: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;
const request = (recipe: Partial<Recipe> = {}): TrainingRequest =>
  ({ ...DEMO_MODEL, sample: PLATFORM_SAMPLE, recipe: { ...DEMO_MODEL.recipe, ...recipe } }) as unknown as TrainingRequest;

beforeAll(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), "zhiwei-scorecard-"));
  platform = await openPlatform(readConfig({ ZHIWEI_DATA: folder, DATABASE_URL: database.url, ZHIWEI_LAKE_MEMORY: "1GB" }));
  await loadDemo(platform);
  await rebuildRegion(platform, () => {});
});
afterAll(async () => {
  await platform.close();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("82 enterprises, 18 defaults; no grade of the bank is among what the model may use", async () => {
  const { sample, ids, source } = await loadSample(platform, PLATFORM_SAMPLE);
  expect([ids.length, Array.from(sample.target).filter((value) => value === 1).length]).toEqual([82, 18]);
  const again = await loadSample(platform, PLATFORM_SAMPLE);
  expect(again.source.sha256).toBe(source.sha256);
  // Grade and default stand in no feature: only the outcome, as the target, leaves credit_outcome.
  await sql`update credit_outcome set bank_grade = 'Z'`.execute(platform.db);
  expect((await loadSample(platform, PLATFORM_SAMPLE)).source.sha256).toBe(source.sha256);
});

test("trained twice it is the same model; two people approve it, and it scores all 384 with wider intervals for the unknown", async () => {
  const first = await train(platform, request());
  const second = await train(platform, request());
  const [a, b] = await Promise.all([modelDetails(platform.db, first.id), modelDetails(platform.db, second.id)]);
  const same = ({ development, recipe, sample }: ModelDocument) => JSON.stringify({ development, recipe, sample });
  expect(same(a.document)).toBe(same(b.document));
  expect([first.version, second.version]).toEqual([1, 2]);
  expect(a.document.development.validation.auc.mean).toBeGreaterThan(0.93);
  expect(a.text).not.toContain("bank_grade");

  const { db } = platform;
  await actOn(db, first.id, { action: "submit", by: DEMO_MODEL.by });
  await expect(actOn(db, first.id, { action: "approve", by: DEMO_MODEL.by, sha256: first.sha256 })).rejects.toMatchObject({
    problem: { code: "own-model" },
  });
  await expect(actOn(db, first.id, { action: "approve", by: "committee", sha256: "0".repeat(64) })).rejects.toMatchObject({
    problem: { code: "not-what-was-seen" },
  });
  await actOn(db, first.id, { action: "approve", ...DEMO_APPROVAL, sha256: first.sha256 });
  await actOn(db, first.id, { action: "deploy", ...DEMO_APPROVAL });
  await refreshScores(platform);

  const model = await getModel(db, first.id);
  const scores = await scoresOf(platform, anybody, model, (await lastDay(db))!);
  expect(scores).toHaveLength(384);
  const width = (seen: boolean) => {
    const own = scores
      .filter((score) => score.seen === seen)
      .map(({ pdLow, pdHigh }) => Math.log(pdHigh / (1 - pdHigh)) - Math.log(pdLow / (1 - pdLow)));
    return [own.length, own.reduce((sum, value) => sum + value, 0) / own.length] as const;
  };
  expect(width(true)[0]).toBe(82);
  expect(width(false)[0]).toBe(302);
  expect(width(false)[1]).toBeGreaterThan(width(true)[1]);
  const { items } = await enterpriseList(db, anybody, { sort: "score", order: "desc", pageSize: 200 });
  expect(items[0]!.score!.score).toBe(Math.max(...scores.map((score) => score.score)));
  const one = await scoreOf(platform, platformPermit("E1"));
  expect(one.score).toEqual(scores.find((score) => score.enterprise === "E1"));
  for (const reason of one.score!.reasons) expect(reason.lostToBest).toBeGreaterThanOrEqual(0);
  expect(one.score!.score).toBe(one.score!.range.base + one.score!.reasons.reduce((sum, reason) => sum + reason.points, 0));
});

test("a challenger in shadow, compared on held-out predictions, deployed, and rolled back", async () => {
  const { db } = platform;
  const other = await train(
    platform,
    request({ features: ["net_sales_36m", "sales_variation_24m"], options: { ...DEMO_MODEL.recipe.options, priors: [] } }),
  );
  await actOn(db, other.id, { action: "submit", by: "modeller" });
  await actOn(db, other.id, { action: "approve", by: "committee", sha256: other.sha256 });
  await actOn(db, other.id, { action: "shadow", by: "operations" });
  expect((await scoreOf(platform, platformPermit("E2"))).challengers.map((each) => each.model)).toEqual([other.id]);

  const champion = (await listModels(db))[0]!;
  const compared = await compareModels(platform, champion.id, other.id, 0.75);
  expect(compared.ranking!.difference).toBeCloseTo(compared.ranking!.aucA - compared.ranking!.aucB, 12);
  const { swap, migration } = compared;
  expect(swap!.bothApprove.records + swap!.swappedIn.records + swap!.swappedOut.records + swap!.bothRefuse.records).toBe(82);
  expect(migration!.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(384);
  const itself = await compareModels(platform, champion.id, champion.id, 0.75);
  expect([itself.ranking!.difference, itself.swap!.swappedIn.records, itself.migration!.rankCorrelation]).toEqual([
    0,
    0,
    expect.closeTo(1, 12),
  ]);

  await actOn(db, other.id, { action: "deploy", by: "operations" });
  expect((await listModels(db)).filter((model) => model.role === "champion").map((model) => model.id)).toEqual([other.id]);
  const back = await rollBack(db, "operations", "worse in practice");
  expect([back.id, back.role]).toEqual([champion.id, "champion"]);
  expect((await modelDetails(db, champion.id)).events.map((event) => event.action)).toEqual([
    "train",
    "submit",
    "approve",
    "deploy",
    "replaced",
    "deploy",
  ]);
});

test("monitoring: the records it was trained on have not moved, the others are told apart", async () => {
  const champion = (await listModels(platform.db))[0]!;
  const { groups } = await monitorModel(platform, champion.id);
  expect(groups.map(({ group, monitoring }) => [group, monitoring.records])).toEqual([
    ["all", 384],
    ["seen", 82],
    ["unseen", 302],
  ]);
  expect(groups[1]!.monitoring.population.index).toBe(0);
  expect(groups[1]!.monitoring.outcomes).toMatchObject({ records: 82, events: 18 });
  expect(groups[2]!.monitoring.outcomes).toBeNull();
});

test("the database itself holds four eyes, one champion, and documents that never change", async () => {
  const { db } = platform;
  const champion = (await listModels(db))[0]!;
  const refused = async (statement: ReturnType<typeof sql>) => expect(statement.execute(db)).rejects.toThrow();
  await refused(sql`update scorecard_model set document = '{}' where id = ${champion.id}`);
  await refused(sql`delete from scorecard_model where id = ${champion.id}`);
  await refused(sql`update scorecard_event set note = 'other'`);
  await refused(sql`delete from scorecard_event`);
  await refused(sql`update scorecard_model set approved_by = made_by where id = ${champion.id}`);
  await refused(sql`update scorecard_model set role = 'champion' where state = 'draft'`);
  await refused(sql`update scorecard_model set role = 'champion'`);
});

test("only features that billing in parts cannot move, unless somebody turns that off, which the model's document records", async () => {
  // A count of invoices that is named is refused with the reason, also as an expert's word; one that is not named is not offered.
  const counting = ["net_sales_36m", "sale_invoices_36m"];
  const options = { ...DEMO_MODEL.recipe.options, priors: [] };
  await expect(train(platform, request({ features: counting, options }))).rejects.toMatchObject({
    status: 422,
    problem: { code: "moved-by-splitting", text: { en: expect.stringContaining("counts invoices") } },
  });
  const priors = [{ ...DEMO_MODEL.recipe.options!.priors![0]!, feature: "sale_invoices_36m" }];
  await expect(train(platform, request({ features: null, options: { ...options, priors } }))).rejects.toMatchObject({
    problem: { code: "moved-by-splitting" },
  });
  const quick = { features: null, folds: 3, repeats: 1, refits: 0, challenger: null, options: { ...options, minIv: 0.5, l2: 100 } };
  const { unmovedBySplitting: _, ...unsaid } = DEMO_MODEL.recipe;
  const byDefault = await train(platform, { ...request(), recipe: { ...unsaid, ...quick } as never });
  const { document } = await modelDetails(platform.db, byDefault.id);
  expect(document.recipe.unmovedBySplitting).toBe(true);
  expect(document.development.candidates.map(({ feature }) => feature)).toEqual(
    catalogue.filter(({ movedBySplitting }) => movedBySplitting === null).map(({ id }) => id),
  );
  const off = await train(platform, request({ ...quick, features: counting, unmovedBySplitting: false }));
  const recorded = (await modelDetails(platform.db, off.id)).document;
  expect(recorded.recipe.unmovedBySplitting).toBe(false);
  expect(recorded.development.candidates.map(({ feature }) => feature)).toEqual(counting);
});

test("what a request asks of the sample must be there", async () => {
  await expect(train(platform, request({ features: ["no such feature"] }))).rejects.toMatchObject({ status: 400 });
  await expect(train(platform, request({ features: ["net_sales_36m"] }))).rejects.toMatchObject({ status: 400 });
  await expect(train(platform, request({ holdOut: { from: "2019-01-01" as never } }))).rejects.toMatchObject({ status: 400 });
});
