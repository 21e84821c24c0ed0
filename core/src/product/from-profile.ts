import { monthsBefore } from "../basics/index.ts";
import { type Profile, flagRules } from "../profile/index.ts";
import { type FactValue, type FactValues, factById, wrongValue } from "./facts.ts";

/** What is known of an enterprise, from its profile, its score and its register entry. */
export type Known = {
  readonly profile: Profile;
  readonly persons: number | null;
  readonly revenueFen: number | null;
  readonly assetsFen: number | null;
  readonly score: { readonly score: number; readonly grade: string; readonly pd: number } | null;
};

/**
 * The facts of an enterprise as of its profile's day. A size class that a missing figure could still lower is kept, as the standard's own
 * provisional answer. A red flag that was not raised is known not to be there only where there are invoices to raise it from.
 */
export const factsOf = ({ profile, persons, revenueFen, assetsFen, score }: Known): FactValues => {
  const { enterprise, completeness, freshness } = profile;
  const facts: Record<string, FactValue | null> = {
    "enterprise.kind": enterprise.kind,
    "enterprise.region": enterprise.region?.code ?? null,
    "enterprise.industry": enterprise.industry?.code ?? null,
    "enterprise.sizeClass": enterprise.sizeClass.class,
    "enterprise.ageMonths": enterprise.foundedOn === null ? null : monthsBefore(profile.asOf, enterprise.foundedOn),
    "enterprise.persons": persons,
    "enterprise.revenueFen": revenueFen,
    "enterprise.assetsFen": assetsFen,
    "profile.position": profile.overall.position,
    "profile.completeness": completeness.score,
    "profile.freshnessDays": freshness.days,
    "score.score": score?.score ?? null,
    "score.grade": score?.grade ?? null,
    "score.pd": score?.pd ?? null,
  };
  for (const [id, { value }] of Object.entries(profile.features)) facts[`feature.${id}`] = value;
  for (const { id, position } of profile.dimensions) facts[`profile.dimension.${id}`] = position;
  if (freshness.lastRecordOn !== null) {
    const raised = new Set(profile.flags.map(({ id }) => id));
    for (const { id } of flagRules) facts[`profile.flag.${id}`] = raised.has(id);
    facts["profile.flagsHigh"] = profile.flags.filter(({ severity }) => severity === "high").length;
    facts["profile.flagsMedium"] = profile.flags.filter(({ severity }) => severity === "medium").length;
    facts["profile.gapMonths"] = Math.max(0, ...completeness.gaps.map(({ months }) => months));
  }
  return facts;
};

/** What a request may state by itself; where there is no profile, also what a profile would say of the enterprise and its trade. */
const STATED = new Set(["request", "rights"]);
const STATED_WITHOUT_PROFILE = new Set(["request", "rights", "enterprise", "feature"]);

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
    if (!fact || !(withProfile ? STATED : STATED_WITHOUT_PROFILE).has(fact.source)) faults.push({ field, code: "no-such-field" });
    else if (value === null) continue;
    else if (wrongValue(fact, value)) faults.push({ field, code: "wrong-value" });
    else facts[field] = value as FactValue;
  }
  return { facts, faults };
};
