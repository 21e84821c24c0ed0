import { type IsoDate, type Problem, type Result, err, ok, problem } from "../basics/index.ts";
import { type FactValues, type Product, costOf, factRow } from "../product/index.ts";
import type { OfferedTerms } from "./decide.ts";

/**
 * Terms that a person offers, held to what the product itself allows, with their all-in cost worked out: it is never taken from whoever
 * states it. A person may depart from what was computed, not from the product. Refuses with `beyond-product`.
 */
export const offeredTerms = (
  product: Product,
  facts: FactValues,
  wanted: Omit<OfferedTerms, "annualCost">,
  day: IsoDate,
): Result<OfferedTerms, Problem> => {
  const { limit, term, repayment, price } = product;
  const { amountFen, termMonths, method, nominalRate } = wanted;
  const rateBp = Math.round(nominalRate * 10_000);
  const no = (zh: string, en: string): Result<never, Problem> =>
    err(problem("beyond-product", zh, en, "请在产品规定的范围内提出条件。", "Offer terms that the product allows."));
  const wan = (fen: number) => `${fen / 1_000_000}`;
  if (amountFen < limit.minFen || amountFen > limit.maxFen)
    return no(
      `金额应在产品的 ${wan(limit.minFen)} 至 ${wan(limit.maxFen)} 万元之间。`,
      `The product lends ${wan(limit.minFen)} to ${wan(limit.maxFen)} times 10,000 yuan.`,
    );
  if (termMonths < term.minMonths || termMonths > term.maxMonths)
    return no(`期限应为 ${term.minMonths} 至 ${term.maxMonths} 个月。`, `The term is ${term.minMonths} to ${term.maxMonths} months.`);
  if (!repayment.methods.includes(method)) return no("产品没有这种还款方式。", "The product is not repaid in this way.");
  if (Math.abs(rateBp - nominalRate * 10_000) > 1e-6)
    return no("利率应为整基点（0.01%）。", "The rate is a whole number of basis points (0.01 %).");
  if ((price.floorBp !== null && rateBp < price.floorBp) || (price.ceilingBp !== null && rateBp > price.ceilingBp))
    return no("利率超出产品的上下限。", "The rate is beyond the product's floor or ceiling.");
  const { annualCost } = costOf(product, { amountFen, rateBp, months: termMonths, method, from: day }, factRow(facts));
  return ok({
    amountFen,
    termMonths,
    method,
    nominalRate: rateBp / 10_000,
    annualCost: annualCost === null ? null : Math.round(annualCost * 1e6) / 1e6,
  });
};
