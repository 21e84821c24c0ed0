/** Consent at the rim: permits and their traces, consents given and withdrawn, what is asked for, objections. */
export {
  type ListPermit,
  type Permit,
  type Read,
  permitList,
  permitRead,
  permitted,
  platformPermit,
  traceShown,
  usualPurpose,
} from "./permit.ts";
export { type PartyReads, type ReadTrace, type ReadsFault, checkReads, commitReads, readersOf, readsOf } from "./reads.ts";
export {
  type Grant,
  type KeptConsent,
  type KeptRequest,
  askForConsent,
  closeRequest,
  consentById,
  consentsOf,
  consentsTo,
  draftConsent,
  grantConsents,
  listRequests,
  requestById,
  withdrawConsent,
} from "./store.ts";
