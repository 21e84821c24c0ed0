/**
 * The rim of the credit profile: reads what a profile is made of, keeps what was made, and answers the list of
 * enterprises from it. The making itself is core/src/profile.
 */
export { behindFlag } from "./behind.ts";
export { type EnterpriseList, type EnterpriseQuery, type EnterpriseSort, enterpriseList, enterpriseSummary } from "./list.ts";
export { type StatedProfile, profileOf } from "./profile-of.ts";
export { type RebuildProgress, rebuildRegion } from "./rebuild.ts";
export type { Context } from "./records.ts";
