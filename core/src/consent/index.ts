/**
 * Consent 授权: nobody reads an enterprise's data without a live consent for that purpose.
 *
 * Definition: an agreement, given freely and on full knowledge, that names who may read, what, for what and until when; separate for
 * sensitive data; withdrawn as easily as given. Sources: Personal Information Protection Law 个人信息保护法 (PIPL) art. 13–17, 28–29, 44–47;
 * Regulation on the Administration of Credit Reporting 征信业管理条例 art. 14, 16, 18, 25; GB/T 45574-2025 annex A.
 */
export {
  DATA_CLASSES,
  type DataClass,
  type EnterpriseKind,
  PURPOSES,
  type Purpose,
  type ReadBasis,
  type ReadPurpose,
  type ReadSubject,
  type Sensitivity,
  dataClasses,
  needsSeparate,
  purposes,
  readPurposeText,
  readSubjects,
} from "./terms.ts";
export { type Blanks, CURRENT_WORDING, DEMONSTRATION_HEAD, consentText, separateText, wordings } from "./text.ts";
export {
  type Consent,
  DENIALS,
  type Denial,
  GIVEN,
  type Given,
  type Instant,
  type Permission,
  type ReadRequest,
  type Standing,
  type Terms,
  beijingDay,
  lastDayOf,
  longestTerm,
  noConsent,
  permits,
  standingOf,
  startOfDay,
  termsOf,
  withdraw,
} from "./consent.ts";
export {
  ANSWER_WITHIN_DAYS,
  type Clock,
  OBJECTION_ACTIONS,
  OBJECTION_STATES,
  type Objection,
  type ObjectionAction,
  type ObjectionState,
  actOnObjection,
  clockOf,
  dueOn,
  isOpen,
} from "./objection.ts";
export { NEGATIVE_KEPT_MONTHS, isAgedOut, negativeUntil, withoutAged } from "./negative.ts";
