/**
 * What surrounds an allocation: its risk, the efficient frontier 有效前沿 between profit and risk, and what a shock 冲击情景 does to it.
 *
 * - Expected loss 预期损失 = Σ disbursed · pd · lgd.
 * - Loss quantile 损失分位数: the loss that is not exceeded with probability q when one factor drives all defaults and the pool is large
 *   (Vasicek 2002): pd is replaced by Φ((Φ⁻¹(pd) + √ρ · Φ⁻¹(q)) / √(1 − ρ)). As in the Basel formula it adds up over loans, so it knows
 *   nothing of the concentration on single names; limits do that.
 * - A shock multiplies the odds of default and the turnover of each sector.
 */
import { type Problem, type Result, type Text, err, ok } from "../basics/index.ts";
import { type MasterScale, gradeOf, normalCdf, normalQuantile } from "../scorecard/index.ts";
import {
  type AllocateOptions,
  type Allocation,
  type AllocationTerms,
  type Applicant,
  type ChurnTable,
  UNKNOWN_GROUP,
  allocate,
} from "./allocate.ts";

/** Probability of default when the common factor is as bad as it is with probability 1 − `quantile`. `rho` is the correlation of assets. */
export const vasicek = (pd: number, rho: number, quantile: number): number => {
  if (!(rho >= 0 && rho < 1) || !(quantile > 0 && quantile < 1))
    throw new RangeError("rho in [0, 1) and a quantile inside (0, 1) are needed");
  if (pd <= 0 || pd >= 1) return pd;
  return normalCdf((normalQuantile(pd) + Math.sqrt(rho) * normalQuantile(quantile)) / Math.sqrt(1 - rho));
};

export type RiskMeasure = "expected-loss" | "loss-quantile";
export type RiskTerms = { readonly measure: RiskMeasure; readonly rho: number; readonly quantile: number };
/** Asset correlation of Basel's formula for other retail exposures at high pd is 0.03, for corporates at low pd 0.24; 0.15 lies between. */
export const riskDefaults: RiskTerms = { measure: "loss-quantile", rho: 0.15, quantile: 0.999 };

/** Risk of a yuan disbursed to an applicant. */
export const riskOf = (
  { pd }: Pick<Applicant, "pd">,
  { lgd }: Pick<AllocationTerms, "lgd">,
  { measure, rho, quantile }: RiskTerms,
): number => lgd * (measure === "expected-loss" ? pd : vasicek(pd, rho, quantile));

/** Risk of a whole allocation, fen. */
export const riskOfAllocation = ({ placements, terms }: Pick<Allocation, "placements" | "terms">, risk: RiskTerms): number =>
  placements.reduce((sum, placement) => sum + placement.disbursedFen * riskOf(placement, terms, risk), 0);

export type FrontierPoint = {
  /** What a yuan of risk was charged when this allocation was chosen. */
  readonly charge: number;
  readonly profitFen: number;
  readonly riskFen: number;
  readonly expectedLossFen: number;
  readonly enterprises: number;
  readonly offeredFen: number;
  readonly disbursedFen: number;
  readonly proven: boolean;
  /** No allocation has profit − charge · risk above that of this point by more than this. */
  readonly gapFen: number;
};

/**
 * The efficient frontier as a list of points, from the safest to the most profitable: each is the allocation with the greatest profit − charge · risk
 * for its charge, so no other has as much profit at less risk (beyond the gap stated). Charges are found by halving: between two
 * neighbours the slope of the line through them is the charge at which they are worth the same, and whatever beats both there lies
 * between them. The widest pair is halved first, until there are `points` or nothing lies between. Nothing lent is the first point.
 */
export const frontier = (
  applicants: readonly Applicant[],
  table: ChurnTable,
  terms: AllocationTerms,
  risk: RiskTerms,
  points: number,
  options: Omit<AllocateOptions, "charge"> = {},
): Result<FrontierPoint[], Problem> => {
  const solve = (charge: number): Result<FrontierPoint, Problem> => {
    const found = allocate(applicants, table, terms, { ...options, charge: (applicant) => charge * riskOf(applicant, terms, risk) });
    if (!found.ok) return found;
    const { totals, proven, gapFen } = found.value;
    return ok({
      charge,
      profitFen: totals.profitFen,
      riskFen: riskOfAllocation(found.value, risk),
      expectedLossFen: totals.lossFen,
      enterprises: totals.enterprises,
      offeredFen: totals.offeredFen,
      disbursedFen: totals.disbursedFen,
      proven,
      gapFen,
    });
  };
  const nothing: FrontierPoint = {
    charge: Number.POSITIVE_INFINITY,
    profitFen: 0,
    riskFen: 0,
    expectedLossFen: 0,
    enterprises: 0,
    offeredFen: 0,
    disbursedFen: 0,
    proven: true,
    gapFen: 0,
  };
  const most = solve(0);
  if (!most.ok) return most;
  if (!(most.value.riskFen > 0)) return ok(most.value.profitFen > 0 ? [nothing, most.value] : [nothing]);
  const found = [nothing, most.value];
  const settled = new Set<FrontierPoint>(); // left ends of pairs with nothing between
  const length = (at: number) =>
    Math.hypot(
      (found[at + 1]!.profitFen - found[at]!.profitFen) / most.value.profitFen,
      (found[at + 1]!.riskFen - found[at]!.riskFen) / most.value.riskFen,
    );
  while (found.length < points) {
    let widest = -1;
    for (let at = 0; at < found.length - 1; at++) if (!settled.has(found[at]!) && (widest < 0 || length(at) > length(widest))) widest = at;
    if (widest < 0) break;
    const [left, right] = [found[widest]!, found[widest + 1]!];
    const charge = (right.profitFen - left.profitFen) / (right.riskFen - left.riskFen);
    const between = solve(Math.max(0, charge));
    if (!between.ok) return between;
    const { profitFen, riskFen } = between.value;
    const gained = profitFen - charge * riskFen - (left.profitFen - charge * left.riskFen);
    const apart = riskFen > left.riskFen && riskFen < right.riskFen && profitFen > left.profitFen && profitFen < right.profitFen;
    if (apart && gained > 2 * between.value.gapFen + 1) found.splice(widest + 1, 0, between.value);
    else settled.add(left);
  }
  return ok(found);
};

/** What happens to a sector: odds of default and turnover are multiplied. */
export type SectorShock = { readonly odds: number; readonly turnover: number };
/** A scenario document. `otherwise` is for sectors that it does not name and for enterprises whose sector is not known. */
export type Scenario = {
  readonly id: string;
  readonly title: Text;
  /** Where the factors come from, and which of them are assumed. */
  readonly source: Text;
  readonly sectors: Readonly<Record<string, SectorShock>>;
  readonly otherwise: SectorShock;
};

export const shockOf = (scenario: Scenario, sector: string | null): SectorShock =>
  scenario.sectors[sector ?? UNKNOWN_GROUP] ?? scenario.otherwise;

/** Odds of default multiplied: pd′ = odds·pd / (1 − pd + odds·pd). */
export const shockedPd = (pd: number, odds: number): number => (odds * pd) / (1 - pd + odds * pd);

/** Applicants after the shock: pd, the grade that goes with it, and turnover. */
export const shocked = (applicants: readonly Applicant[], scenario: Scenario, bands: MasterScale): Applicant[] =>
  applicants.map((applicant) => {
    const { odds, turnover } = shockOf(scenario, applicant.sector);
    const pd = shockedPd(applicant.pd, odds);
    return {
      ...applicant,
      pd,
      grade: gradeOf(bands, pd),
      turnoverFen: applicant.turnoverFen === null ? null : Math.round(applicant.turnoverFen * turnover),
    };
  });

export type AllocationChange = {
  readonly enterprise: string;
  readonly sector: string | null;
  readonly change: "enters" | "leaves" | "more" | "less" | "dearer" | "cheaper";
  readonly before: { readonly amountFen: number; readonly rate: number | null; readonly pd: number; readonly grade: string };
  readonly after: { readonly amountFen: number; readonly rate: number | null; readonly pd: number; readonly grade: string };
};

/** What an allocation does differently from another, enterprise by enterprise; those treated alike are left out. */
export const compareAllocations = (before: Allocation, after: Allocation): AllocationChange[] => {
  const sides = (allocation: Allocation) =>
    new Map(
      [...allocation.placements, ...allocation.refused].map((each) => [
        each.enterprise,
        {
          sector: each.sector,
          side: {
            amountFen: "amountFen" in each ? each.amountFen : 0,
            rate: "rate" in each ? each.rate : null,
            pd: each.pd,
            grade: each.grade,
          },
        },
      ]),
    );
  const later = sides(after);
  return [...sides(before)].flatMap(([enterprise, { sector, side: was }]): AllocationChange[] => {
    const is = later.get(enterprise)?.side;
    if (!is) return [];
    const change =
      was.amountFen === 0
        ? is.amountFen > 0
          ? "enters"
          : null
        : is.amountFen === 0
          ? "leaves"
          : is.amountFen !== was.amountFen
            ? is.amountFen > was.amountFen
              ? "more"
              : "less"
            : is.rate === was.rate
              ? null
              : is.rate! > was.rate!
                ? "dearer"
                : "cheaper";
    return change === null ? [] : [{ enterprise, sector, change, before: was, after: is }];
  });
};

/** An allocation before and after a shock, and the old one held through it: what not adjusting would cost. */
export const underShock = (
  applicants: readonly Applicant[],
  table: ChurnTable,
  terms: AllocationTerms,
  scenario: Scenario,
  bands: MasterScale,
  options: AllocateOptions = {},
): Result<
  { readonly before: Allocation; readonly after: Allocation; readonly heldProfitFen: number; readonly changes: AllocationChange[] },
  Problem
> => {
  const before = allocate(applicants, table, terms, options);
  if (!before.ok) return err(before.error);
  const hit = shocked(applicants, scenario, bands);
  const after = allocate(hit, table, terms, options);
  if (!after.ok) return err(after.error);
  // Offers stand at the old amounts and rates, taken up as before; only who defaults has changed.
  const byId = new Map(hit.map((applicant) => [applicant.enterprise, applicant.pd]));
  const heldProfitFen = before.value.placements.reduce((sum, { enterprise, disbursedFen, rate }) => {
    const pd = byId.get(enterprise)!;
    return sum + disbursedFen * ((terms.interest === "survivors" ? 1 - pd : 1) * rate - pd * terms.lgd - terms.funding);
  }, 0);
  return ok({ before: before.value, after: after.value, heldProfitFen, changes: compareAllocations(before.value, after.value) });
};
