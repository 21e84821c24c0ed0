/** Allocation of a lending budget among the platform's enterprises, on the probabilities of the scorecard in use. */
import type { AllocateBody, AllocationDocument, ShockResult } from "@zhiwei/api/portfolio";
import { type IsoDate, problem } from "@zhiwei/core/basics";
import { industryCode, sectionOf } from "@zhiwei/core/enterprise";
import {
  type Allocation,
  type AllocationTerms,
  type Applicant,
  type ChurnTable,
  type Scenario,
  riskDefaults,
  riskOfAllocation,
  termDefaults,
} from "@zhiwei/core/product";
import { type MasterScale, anchorTo, gradeOf, isMasterScale } from "@zhiwei/core/scorecard";
import { loadPortfolioSettings } from "../../../demo/portfolio.ts";
import { type ListPermit, traceShown } from "../consent/index.ts";
import { requireEnterprise } from "../enterprise/require.ts";
import type { Context } from "../features/index.ts";
import { Refusal } from "../http/refusal.ts";
import { getModel, modelsInUse, noChampion } from "../scorecard/registry.ts";
import { storedFeatures } from "../scorecard/sample.ts";
import { scoreEnterprise } from "../scorecard/score.ts";
import { asOfDay } from "../system/as-of.ts";
import type { Shocked } from "./allocate-work.ts";

/**
 * From probability of default to the grades of the contest. The boundaries split the 82 enterprises with outcomes, ranked by the
 * demonstration scorecard, into the shares 19, 22, 26 and 15 of A, B, C and D that the bank's grades have among them, at the round
 * figure between the two neighbours. An enterprise's own grade is never read: only how many there are of each.
 */
export const DEFAULT_BANDS: MasterScale = [
  { name: "A", upTo: 0.0075 },
  { name: "B", upTo: 0.1 },
  { name: "C", upTo: 0.47 },
  { name: "D", upTo: 1 },
];

const refuse = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string) =>
  new Refusal(422, problem(code, zh, en, remedyZh, remedyEn));

const noApplicants = refuse(
  "no-applicants",
  "没有可供分配的企业。",
  "There are no enterprises to allot to.",
  "请换一组企业；机构只能在已授权给自己的企业之间分配。",
  "Choose others; an institution allots among enterprises that consented to its reading.",
);

/** What the mathematics is asked, parsed and complete. */
export type Question = {
  readonly asOf: IsoDate;
  readonly model: { readonly id: string; readonly sha256: string };
  readonly applicants: readonly Applicant[];
  readonly names: ReadonlyMap<string, string>;
  readonly table: ChurnTable;
  readonly terms: AllocationTerms;
  readonly bands: MasterScale;
  readonly scenario: Scenario | null;
};

const logOdds = (p: number) => Math.log(p / (1 - p));
const probability = (eta: number) => 1 / (1 + Math.exp(-eta));

const checkTable = ({ rates, grades }: ChurnTable): void => {
  const fits = rates.every((rate, at) => at === 0 || rate > rates[at - 1]!) && grades.every(({ churn }) => churn.length === rates.length);
  if (!fits || new Set(grades.map(({ grade }) => grade)).size !== grades.length)
    throw refuse(
      "churn-table",
      "客户流失率表的利率须递增，各等级取值个数须与利率相同，等级不得重复。",
      "Rates of the table of churn must rise, every grade must have a value for each, and no grade may stand twice.",
      "请改正流失率表。",
      "Correct the table.",
    );
};

const scenarioOf = (asked: AllocateBody["scenario"], known: readonly Scenario[]): Scenario | null => {
  if (asked === undefined || asked === null) return null;
  if (typeof asked !== "string") return asked;
  const found = known.find(({ id }) => id === asked);
  if (!found)
    throw refuse(
      "no-such-scenario",
      `没有名为“${asked.slice(0, 60)}”的情景。`,
      `There is no scenario "${asked.slice(0, 60)}".`,
      `可用：${known.map(({ id }) => id).join("、")}，或给出情景文档。`,
      `There are ${known.map(({ id }) => id).join(", ")}; or give a document.`,
    );
  return found;
};

/** Reads what an allocation needs, of those enterprises that the permit covers, and leaves its trace. Refuses with `no-champion`, `no-applicants`, `churn-table`, `grade-bands`, `no-such-scenario`. */
export const questionOf = async (context: Context, permit: ListPermit<"profile">, body: AllocateBody): Promise<Question> => {
  const settings = await loadPortfolioSettings();
  const table = body.churn ?? settings.churn;
  checkTable(table);
  const bands: MasterScale = body.bands ?? DEFAULT_BANDS;
  if (!isMasterScale(bands))
    throw refuse(
      "grade-bands",
      "等级区间的上界须递增到 1，且等级名各不相同。",
      "Bands of grades must rise to 1, with different names.",
      "请改正等级区间。",
      "Correct the bands.",
    );
  const { db } = context;
  const model = body.model === undefined ? (await modelsInUse(db)).champion : await getModel(db, body.model);
  if (!model?.summary.applies) throw noChampion;
  const asOf = await asOfDay(db, body.asOf);
  const which = body.enterprises ?? "unseen";
  if (typeof which !== "string") for (const id of which) await requireEnterprise(db, id);
  const named = typeof which === "string" ? null : new Set(which);
  const asked = (await storedFeatures(context, asOf)).filter(({ id }) =>
    named ? named.has(id) : which === "all" || model.seen.has(id) === (which === "seen"),
  );
  const shown = await traceShown(
    db,
    permit,
    asked.map(({ id }) => id),
  );
  const stored = asked.filter(({ id }) => shown.has(id));
  if (stored.length === 0) throw noApplicants;
  const rows = new Map(
    (await db.selectFrom("enterprise").select(["id", "name", "industry_code", "region_code"]).execute()).map((row) => [row.id, row]),
  );
  const scored = stored.map(({ id, values }) => ({ id, values, pd: scoreEnterprise(model, id, values).pd }));
  // An anchor moves log-odds and the boundaries of the grades alike, so that it changes probabilities and no grade.
  const shift = body.centralTendency
    ? anchorTo(
        scored.map(({ pd }) => logOdds(pd)),
        body.centralTendency,
      ).shift
    : 0;
  const moved = (p: number) => (shift === 0 || p <= 0 || p >= 1 ? p : probability(logOdds(p) + shift));
  const movedBands = bands.map(({ name, upTo }) => ({ name, upTo: moved(upTo) }));
  const applicants = scored.map(({ id, values, pd }): Applicant => {
    const row = rows.get(id);
    const code = row?.industry_code ? industryCode(row.industry_code) : null;
    return {
      enterprise: id,
      grade: gradeOf(bands, pd),
      pd: moved(pd),
      sector: code ? sectionOf(code) : null,
      region: row?.region_code ? row.region_code.slice(0, 2) : null,
      turnoverFen: values["net_sales_12m"] ?? null,
    };
  });
  const { budgetFen, minFen, maxFen, rateMin, rateMax } = body;
  const terms: AllocationTerms = {
    ...termDefaults,
    budgetFen,
    minFen,
    maxFen,
    rateMin,
    rateMax,
    budgetKind: body.budgetKind ?? termDefaults.budgetKind,
    rateStep: body.rateStep ?? null,
    lgd: body.lgd ?? termDefaults.lgd,
    funding: body.funding ?? termDefaults.funding,
    interest: body.interest ?? termDefaults.interest,
    limits: body.limits ?? [],
    singleNameFen: body.singleNameFen ?? null,
    turnoverShare: body.turnoverShare ?? null,
    refusedGrades: body.refusedGrades ?? termDefaults.refusedGrades,
  };
  return {
    asOf,
    model: { id: model.summary.id, sha256: model.summary.sha256 },
    applicants,
    names: new Map(applicants.map(({ enterprise }) => [enterprise, rows.get(enterprise)?.name ?? enterprise])),
    table,
    terms,
    bands: movedBands,
    scenario: scenarioOf(body.scenario, settings.scenarios),
  };
};

const yuan = (fen: number) => fen / 100;

/** The document of an allocation. Expected values are rounded to a fen, the bound upwards, so that it stays one. */
export const allocationDocument = ({ asOf, model, names }: Question, found: Allocation): AllocationDocument => {
  const nameOf = (enterprise: string) => names.get(enterprise) ?? enterprise;
  const { totals } = found;
  const expectedProfitFen = Math.round(totals.profitFen);
  const boundFen = Math.max(expectedProfitFen, Math.ceil(found.boundFen - 1e-6));
  return {
    asOf,
    model,
    expectedProfit: yuan(expectedProfitFen),
    expectedProfitFen,
    bound: yuan(boundFen),
    boundFen,
    gapFen: boundFen - expectedProfitFen,
    proven: found.proven,
    nodes: found.nodes,
    riskFen: { expectedLoss: Math.round(totals.lossFen), lossQuantile: Math.round(riskOfAllocation(found, riskDefaults)) },
    totals: {
      enterprises: totals.enterprises,
      offeredFen: totals.offeredFen,
      disbursedFen: Math.round(totals.disbursedFen),
      interestFen: Math.round(totals.interestFen),
      lossFen: Math.round(totals.lossFen),
      fundingFen: Math.round(totals.fundingFen),
      profitFen: expectedProfitFen,
    },
    allocations: found.placements.map(({ enterprise, grade, pd, sector, region, amountFen, rate, churn, why, ...money }) => ({
      enterprise,
      name: nameOf(enterprise),
      grade,
      pd,
      sector,
      region,
      amount: yuan(amountFen),
      amountFen,
      rate,
      churn,
      disbursedFen: Math.round(money.disbursedFen),
      interestFen: Math.round(money.interestFen),
      lossFen: Math.round(money.lossFen),
      fundingFen: Math.round(money.fundingFen),
      profitFen: Math.round(money.profitFen),
      why: [...why],
    })),
    refused: found.refused.map(({ enterprise, grade, pd, sector, region, because, best }) => ({
      enterprise,
      name: nameOf(enterprise),
      grade,
      pd,
      sector,
      region,
      because,
      best: best && { rate: best.rate, profit: best.profit },
    })),
    limits: found.limits.map((limit) => ({ ...limit, usedFen: Math.round(limit.usedFen) })),
  };
};

/** The document of what a shock does. */
export const shockDocument = (question: Question, scenario: Scenario, { after, heldProfitFen, changes }: Shocked): ShockResult => ({
  scenario: { ...scenario, sectors: { ...scenario.sectors } },
  after: allocationDocument(question, after),
  heldProfitFen: Math.round(heldProfitFen),
  changes: changes.map((change) => ({ ...change, name: question.names.get(change.enterprise) ?? change.enterprise })),
});
