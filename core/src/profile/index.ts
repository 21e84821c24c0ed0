/**
 * Profile 信用画像: what an enterprise's own records say of it as of a day, set against its peers. A document with a
 * published schema: dimensions with a 0–100 position, level, trend and confidence; red flags with the rows behind
 * them; strengths; how complete and how fresh the records are; and what was used, by hash.
 *
 * It describes and does not predict: it holds no bank's grade and no default, and none can reach it.
 */
export { type Aim, type Dimension, type DimensionId, type LevelId, dimensionFeatures, dimensions, levelOf, levels } from "./dimensions.ts";
export { type RaisedFlag, type Severity, flagRows, flagRules, raisedFlags, severities, steers } from "./flags.ts";
export {
  type Comparison,
  type Peer,
  type PeerGroup,
  type PeerGroupKind,
  PEERS_WANTED,
  compare,
  peerGroup,
  roundTo,
  roundValues,
} from "./peers.ts";
export {
  type ProfileEnterprise,
  type ProfileInputs,
  type SourceRows,
  TREND_MONTHS,
  buildProfile,
  sectionOfEnterprise,
  sizeOf,
} from "./from-features.ts";
export {
  type ConfidenceLevel,
  PROFILE_METHOD,
  PROFILE_SCHEMA,
  type Profile,
  type ProfileBatch,
  type ProfileDimension,
  type ProfileFlag,
  type ProfileMonth,
  type SourceKind,
  type TrendId,
} from "./profile.ts";
