/** How a verifier reads what was disclosed: an undisclosed claim says nothing, neither yes nor no. */
import type { Json } from "../basics/index.ts";
import { CLAIMS, type Claim, type ClaimPath, SALES_THRESHOLDS, claimAt, pathText } from "./claims.ts";

/** What a presentation shows, as JSON that somebody else may have made. */
export type Disclosed = { readonly [group: string]: unknown };

const valueAt = (disclosed: Disclosed, path: readonly string[]): Json | undefined => {
  let value: unknown = disclosed;
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return undefined;
    value = (value as Disclosed)[name];
  }
  return value as Json;
};

/** The claims of the catalogue in two parts: those that are shown, with their values, and those that are not. */
export const readClaims = (
  disclosed: Disclosed,
): { readonly shown: readonly { readonly claim: Claim; readonly value: Json }[]; readonly hidden: readonly Claim[] } => {
  const shown: { claim: Claim; value: Json }[] = [];
  const hidden: Claim[] = [];
  for (const claim of CLAIMS) {
    const value = valueAt(disclosed, claim.path);
    if (value === undefined) hidden.push(claim);
    else shown.push({ claim, value });
  }
  return { shown, hidden };
};

/** Between which yuan net sales of 12 months lie by what was shown: at least `from`, below `to`; null where nothing bounds them. */
export type SalesBounds = { readonly from: number | null; readonly to: number | null };

/**
 * What the thresholds that were shown say together. A threshold that was kept back says nothing: whoever shows "at least 1 million"
 * may sell a hundred million, and may as well not reach 5 million. Null where they contradict one another, which no credential does.
 */
export const salesBounds = (disclosed: Disclosed): SalesBounds | null => {
  let from: number | null = null;
  let to: number | null = null;
  for (const yuan of SALES_THRESHOLDS) {
    const reached = valueAt(disclosed, ["annualSalesAtLeast", String(yuan)]);
    if (reached === true) from = yuan;
    if (reached === false && to === null) to = yuan;
  }
  const fen = valueAt(disclosed, ["annualSales", "fen"]);
  if (typeof fen === "number" && ((from !== null && fen < from * 100) || (to !== null && fen >= to * 100))) return null;
  return from !== null && to !== null && from >= to ? null : { from, to };
};

/** One claim that a verifier asks for; with `values`, one of these must be its value (OpenID4VP, DCQL, section 6.3). */
export type AskedClaim = { readonly path: readonly string[]; readonly values?: readonly Json[] };

/** What was asked for and is not shown, or is shown with another value. */
export const unmetClaims = (asked: readonly AskedClaim[], disclosed: Disclosed): readonly AskedClaim[] =>
  asked.filter(({ path, values }) => {
    const value = valueAt(disclosed, path);
    return value === undefined || (values !== undefined && !values.some((each) => each === value));
  });

/** The claims of the catalogue that a verifier asks for; what it does not know is left out. */
export const askedPaths = (asked: readonly AskedClaim[]): readonly ClaimPath[] =>
  asked.flatMap(({ path }) => {
    const known = claimAt(path);
    return known ? [known.path] : [];
  });

/** Which groups hold which claims: the frame by which an issuer makes each of them disclosable on its own. */
export const disclosureGroups = (): Readonly<Record<string, readonly string[]>> => {
  const groups: Record<string, string[]> = {};
  for (const {
    path: [group, name],
  } of CLAIMS)
    (groups[group] ??= []).push(name);
  return groups;
};

/** The frame of a presentation: true for each claim that is chosen. */
export const presentationOf = (chosen: readonly ClaimPath[]): Readonly<Record<string, Readonly<Record<string, true>>>> => {
  const groups: Record<string, Record<string, true>> = {};
  for (const [group, name] of chosen) {
    if (!claimAt([group, name])) throw new RangeError(`no claim ${pathText([group, name])}`);
    (groups[group] ??= {})[name] = true;
  }
  return groups;
};
