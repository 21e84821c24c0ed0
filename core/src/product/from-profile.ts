import { monthsBefore } from "../basics/index.ts";
import { type Profile, type Severity, flagRules, steers } from "../profile/index.ts";
import { type Fact, type FactValue, type FactValues, factById, isOfApplication, wrongValue } from "./facts.ts";

/** What register, features, comparison with peers and scorecard say of an enterprise. */
export type Known = {
  readonly kind: "company" | "sole-trader";
  readonly region: string | null;
  readonly industry: string | null;
  /** A class that a missing figure could still lower is kept, as the standard's own provisional answer. */
  readonly sizeClass: string | null;
  readonly ageMonths: number | null;
  readonly persons: number | null;
  readonly revenueFen: number | null;
  readonly assetsFen: number | null;
  readonly features: Readonly<Record<string, number | null>>;
  readonly position: number | null;
  /** Flags raised; null where there is no record that one could be raised from. */
  readonly flags: readonly { readonly id: string; readonly severity: Severity }[] | null;
  readonly score: { readonly score: number; readonly grade: string; readonly pd: number } | null;
};

/** The facts of an enterprise. A red flag that was not raised is known not to be there only where there are records. */
export const factsOf = (known: Known): Record<string, FactValue | null> => {
  const { features, flags, score } = known;
  const facts: Record<string, FactValue | null> = {
    "enterprise.kind": known.kind,
    "enterprise.region": known.region,
    "enterprise.industry": known.industry,
    "enterprise.sizeClass": known.sizeClass,
    "enterprise.ageMonths": known.ageMonths,
    "enterprise.persons": known.persons,
    "enterprise.revenueFen": known.revenueFen,
    "enterprise.assetsFen": known.assetsFen,
    "profile.position": known.position,
    "score.score": score?.score ?? null,
    "score.grade": score?.grade ?? null,
    "score.pd": score?.pd ?? null,
  };
  for (const [id, value] of Object.entries(features)) facts[`feature.${id}`] = value;
  if (flags) {
    const raised = new Set(flags.map(({ id }) => id));
    for (const { id } of flagRules) facts[`profile.flag.${id}`] = raised.has(id);
    // A flag about how single invoices are made out is for a question, not for a count that decides.
    const steering = flags.filter(({ id }) => steers(id));
    facts["profile.flagsHigh"] = steering.filter(({ severity }) => severity === "high").length;
    facts["profile.flagsMedium"] = steering.filter(({ severity }) => severity === "medium").length;
  }
  return facts;
};

/** The same from a profile, with what only the document has: dimensions, completeness, freshness, gaps. */
export const factsOfProfile = (
  profile: Profile,
  register: Pick<Known, "persons" | "revenueFen" | "assetsFen">,
  score: Known["score"],
): FactValues => {
  const { enterprise, completeness, freshness } = profile;
  const facts = factsOf({
    ...register,
    score,
    kind: enterprise.kind,
    region: enterprise.region?.code ?? null,
    industry: enterprise.industry?.code ?? null,
    sizeClass: enterprise.sizeClass.class,
    ageMonths: enterprise.foundedOn === null ? null : monthsBefore(profile.asOf, enterprise.foundedOn),
    features: Object.fromEntries(Object.entries(profile.features).map(([id, { value }]) => [id, value])),
    position: profile.overall.position,
    flags: freshness.lastRecordOn === null ? null : profile.flags,
  });
  for (const { id, position } of profile.dimensions) facts[`profile.dimension.${id}`] = position;
  facts["profile.completeness"] = completeness.score;
  facts["profile.freshnessDays"] = freshness.days;
  if (freshness.lastRecordOn !== null) facts["profile.gapMonths"] = Math.max(0, ...completeness.gaps.map(({ months }) => months));
  return facts;
};

/** Where there is no profile, a request may also state what one would say of the enterprise and its trade. */
const mayState = (fact: Fact, withProfile: boolean): boolean =>
  isOfApplication(fact) || (!withProfile && (fact.source === "enterprise" || fact.source === "feature"));

export type RequestFault = { readonly field: string; readonly code: "no-such-field" | "wrong-value" };

/** A loan request in plain fields as facts, or the fields that are none. Null leaves a field unknown. */
export const factsOfRequest = (
  fields: Readonly<Record<string, unknown>>,
  withProfile: boolean,
): { readonly facts: FactValues; readonly faults: readonly RequestFault[] } => {
  const facts: Record<string, FactValue> = {};
  const faults: RequestFault[] = [];
  for (const [field, value] of Object.entries(fields)) {
    const fact = factById(field);
    if (!fact || !mayState(fact, withProfile)) faults.push({ field, code: "no-such-field" });
    else if (value === null) continue;
    else if (wrongValue(fact, value)) faults.push({ field, code: "wrong-value" });
    else facts[field] = value as FactValue;
  }
  return { facts, faults };
};
