/**
 * Scorecard 评分卡: from a labelled table to points, a probability of default and reasons.
 *
 * - Event 事件 is default (违约), 1 in the target; non-event is 0. Weight of evidence is ln(odds of non-event in the bin /
 *   odds in the sample): higher is safer, as is a higher score.
 * - Binning is the proven optimum over the pre-bins (dynamic programming); missing and special values have bins of
 *   their own; a boundary moved by hand is counted again from the data.
 * - Nothing here draws its own random numbers: where chance is needed, a seeded generator is handed in.
 *
 * Sources: Siddiqi, Intelligent Credit Scoring (2017); Navas-Palencia, Optimal binning (2020, arXiv 2001.08025).
 */
export {
  type Bin,
  type Binning,
  type BinningOptions,
  type CategoricalFeature,
  type CountedValues,
  type FeatureData,
  type NumericalFeature,
  type Target,
  type Trend,
  type TrendTrial,
  binFeature,
  binLabel,
  binOf,
  binRows,
  binningDefaults,
  categorical,
  numerical,
  takeRows,
  withGroups,
  withGroupsCounted,
  withSplits,
  withSplitsCounted,
  woeRows,
} from "./binning.ts";
export {
  type Boosted,
  type BoostingOptions,
  type TreeNode,
  boost,
  boostedContributions,
  boostedLogOdds,
  boostingDefaults,
} from "./boosting.ts";
export type { Objective, Shape } from "./partition.ts";
export { readableBoundary } from "./prebin.ts";
export { type Random, seeded } from "./random.ts";
export {
  type Coefficient,
  type Column,
  type LogisticFit,
  type LogisticOptions,
  type StepwiseOptions,
  type StepwiseResult,
  type StepwiseStep,
  fitLogistic,
  predict,
  stepwise,
} from "./logistic.ts";
export {
  type Calibration,
  type Grade,
  type Isotonic,
  type MasterScale,
  anchorTo,
  calibrated,
  gradeOf,
  isMasterScale,
  isotonic,
  isotonicAt,
  longRunRate,
  masterScale,
  platt,
  priorCorrection,
  uncalibrated,
} from "./calibration.ts";
export {
  type PointScale,
  type Reason,
  type Scorecard,
  type ScorecardFeature,
  type Scored,
  type ScoringOptions,
  defaultScale,
  gradesOf,
  logOddsOfScore,
  makeScorecard,
  pdOfScore,
  score,
  scoreOfLogOdds,
  scoreOfPd,
  scoreRows,
} from "./points.ts";
export {
  type CalibrationGroup,
  type CalibrationQuality,
  type CutOffRow,
  type Discrimination,
  type GainsRow,
  type GroupFairness,
  type Parts,
  type Stability,
  type SwapCell,
  approveTop,
  aucOf,
  bootstrap,
  calibrationQuality,
  calibrationTable,
  compareAuc,
  correlations,
  cutOffTable,
  discrimination,
  fairness,
  gainsTable,
  holdOut,
  outOfTime,
  partsOf,
  rankCorrelation,
  scoreStability,
  stability,
  stratifiedFolds,
  swapSets,
  varianceInflation,
  wilson,
} from "./validation.ts";
export {
  type Assessment,
  type Candidate,
  type Challenger,
  type Development,
  type OnProgress,
  type Phase,
  type Recipe,
  type Sample,
  type Uncertainty,
  type Validation,
  develop,
  recipeDefaults,
  settledOptions,
} from "./develop.ts";
export { scorecardFromJson } from "./export-json.ts";
export { scorecardPmml } from "./export-pmml.ts";
export { gradeSql, pdSql, scoreSql, scoringQuery } from "./export-sql.ts";
export {
  type ChallengerScore,
  type FeatureDrift,
  type ModelDocument,
  type ModelScore,
  type Monitoring,
  type SampleSource,
  featuresNeeded,
  monitor,
  scoreByChallenger,
  scoreByModel,
} from "./model.ts";
export {
  type ModelAction,
  type ModelRole,
  type ModelState,
  type Standing,
  act,
  modelActions,
  possibleActions,
  sameName,
} from "./registry.ts";
export { normalCdf, normalQuantile } from "./statistics.ts";
export {
  type BinEdit,
  type CrossValidation,
  type Estimate,
  type ExpertPrior,
  type FoldFigures,
  type ScorecardModel,
  type TrainOptions,
  characteristicStability,
  crossValidate,
  crossValidateBoosted,
  estimate,
  trainDefaults,
  trainScorecard,
} from "./train.ts";
