/** Consent at the rim: permits and their traces, consents given and withdrawn, what is asked for, objections. */
export { type ListPermit, type Permit, permitList, permitRead, permitted, platformPermit, traceShown } from "./permit.ts";
export { checkReads, commitReads, readersOf, readsOf } from "./reads.ts";
export {
  type Grant,
  askForConsent,
  closeRequest,
  consentsOf,
  consentsTo,
  draftConsent,
  grantConsents,
  listRequests,
  withdrawConsent,
} from "./store.ts";
