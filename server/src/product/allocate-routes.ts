import { allocatePortfolio, getPortfolioSettings, portfolioFrontier } from "@zhiwei/api/portfolio";
import { sections } from "@zhiwei/core/enterprise";
import { type RiskTerms, riskDefaults } from "@zhiwei/core/product";
import { loadPortfolioSettings } from "../../../demo/portfolio.ts";
import type { Actor } from "../access/actor.ts";
import { permitList } from "../consent/index.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { onAllocationThread } from "./allocate-work.ts";
import { DEFAULT_BANDS, allocationDocument, questionOf, shockDocument } from "./allocate.ts";

const POINTS = 20;

const reading = (actor: Actor) => permitList(actor, { classes: ["profile"], what: "score" });

export const portfolioRoutes = (serve: Serve, system: System): void => {
  serve(getPortfolioSettings, async () => {
    const { churn, scenarios } = await loadPortfolioSettings();
    return {
      churn: { rates: [...churn.rates], grades: churn.grades.map(({ grade, churn: shares }) => ({ grade, churn: [...shares] })) },
      bands: DEFAULT_BANDS.map((band) => ({ ...band })),
      scenarios: scenarios.map((scenario) => ({ ...scenario, sectors: { ...scenario.sectors } })),
      sectors: sections.map(({ code, name }) => ({ code, name })),
    };
  });

  serve(allocatePortfolio, async ({ body }, { actor }) => {
    const question = await questionOf(platformOf(system), reading(actor), body);
    const { applicants, table, terms, bands, scenario } = question;
    if (!scenario)
      return { allocation: allocationDocument(question, await onAllocationThread("allocate", { applicants, table, terms })), shock: null };
    const found = await onAllocationThread("shock", { applicants, table, terms, scenario, bands });
    return { allocation: allocationDocument(question, found.before), shock: shockDocument(question, scenario, found) };
  });

  serve(portfolioFrontier, async ({ body }, { actor }) => {
    const { applicants, table, terms } = await questionOf(platformOf(system), reading(actor), body.terms);
    const risk: RiskTerms = {
      measure: body.measure ?? riskDefaults.measure,
      rho: body.rho ?? riskDefaults.rho,
      quantile: body.quantile ?? riskDefaults.quantile,
    };
    const points = await onAllocationThread("frontier", { applicants, table, terms, risk, points: body.points ?? POINTS });
    return {
      ...risk,
      points: points.map((point) => ({
        charge: Number.isFinite(point.charge) ? point.charge : null,
        profitFen: Math.round(point.profitFen),
        riskFen: Math.round(point.riskFen),
        expectedLossFen: Math.round(point.expectedLossFen),
        enterprises: point.enterprises,
        offeredFen: point.offeredFen,
        disbursedFen: Math.round(point.disbursedFen),
        proven: point.proven,
        gapFen: Math.ceil(point.gapFen),
      })),
    };
  });
};
