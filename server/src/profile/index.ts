/**
 * The rim of the credit profile: reads what a profile is made of, keeps what was made, and answers the list of
 * enterprises from it. The making itself is core/src/profile.
 */
export { enterpriseList, enterpriseSummary } from "./list.ts";
export { profileOf } from "./profile-of.ts";
export { rebuildRegion } from "./rebuild.ts";
