import { getSession, listOwnerSeats, listParties, takeSeat } from "./access.ts";
import {
  getPresentation,
  listCredentials,
  offerCredential,
  requestPresentation,
  revokeCredential,
  verifyCredential,
} from "./credential.ts";
import { getEnterprise, listEnterprises } from "./enterprise.ts";
import { getBundle, getLog, listEntries } from "./evidence.ts";
import { getFeatures, listFeatures } from "./features.ts";
import { changePledge, getPledge, listPledges, objectToPledge, registerPledge, releasePledge, searchPledge } from "./pledge.ts";
import { getProfile } from "./profile.ts";
import {
  dismissQuarantine,
  getImport,
  listBatches,
  listCounterparties,
  listImports,
  listInvoices,
  listKinds,
  listQuarantine,
  retryQuarantine,
  startImport,
  uploadFile,
} from "./records.ts";
import type { Route } from "./route.ts";
import {
  actOnScorecard,
  addSample,
  binSample,
  compareScorecards,
  exportScorecard,
  getSampleFeature,
  getScore,
  getScorecard,
  getTraining,
  listSamples,
  listScorecards,
  monitorScorecard,
  rollBackScorecard,
  startTraining,
} from "./scorecard.ts";
import { getSystem } from "./system.ts";

/** Every route of the platform, by its operationId. */
export const routes = {
  getSystem,
  getSession,
  takeSeat,
  listOwnerSeats,
  listParties,
  listEnterprises,
  getEnterprise,
  getProfile,
  getLog,
  listEntries,
  getBundle,
  listFeatures,
  getFeatures,
  listInvoices,
  listCounterparties,
  listKinds,
  uploadFile,
  startImport,
  listImports,
  getImport,
  listBatches,
  listQuarantine,
  retryQuarantine,
  dismissQuarantine,
  listPledges,
  getPledge,
  registerPledge,
  changePledge,
  releasePledge,
  objectToPledge,
  searchPledge,
  getScore,
  listScorecards,
  getScorecard,
  actOnScorecard,
  rollBackScorecard,
  exportScorecard,
  listSamples,
  addSample,
  binSample,
  getSampleFeature,
  startTraining,
  getTraining,
  compareScorecards,
  monitorScorecard,
  listCredentials,
  offerCredential,
  revokeCredential,
  requestPresentation,
  getPresentation,
  verifyCredential,
} as const satisfies Record<string, Route>;

export const API_PREFIX = "/api/v1";
