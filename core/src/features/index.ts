/**
 * Features 特征: what is computed of an enterprise's invoices and bank transactions as of a day, each with name, unit,
 * window, formula, direction, and what a missing value means.
 *
 * `catalogue` is the one place of definition; `compile` turns it into one SQL statement over the lake; the graph's
 * features come from graph.ts. Windows are rolling months that end on the as-of day, and nothing later is used.
 * All sums are of integers (fen, counts, days), so that neither the order of rows nor their division into
 * files changes a bit of any value.
 */
export { catalogue, catalogueVersion, featureById, holdsWhenSplit } from "./catalogue.ts";
export { type CompileOptions, compile, compileParties } from "./compile.ts";
export { type Dialect, type DialectName, dialects } from "./dialect.ts";
export type { Direction, Family, Feature, FeatureValues, Mark, PartyChoice, RowFilter, Unit } from "./feature.ts";
export { rowsCondition } from "./rows.ts";
export type { Scan } from "./scan.ts";
export {
  type Dealings,
  type GraphFeatureId,
  type GraphValues,
  type Relations,
  type Reports,
  type Ring,
  type Standing,
  type TradeGraph,
  COMMON_PARTNER_MAX,
  RELATED_OVERLAP_MIN,
  RELATED_SHARED_MIN,
  RINGS_MAX,
  RING_LENGTH_MAX,
  components,
  graphValues,
  recognisable,
  relations,
  reversed,
  ringFinder,
  tradeGraph,
} from "./graph.ts";
export {
  type Controllers,
  type FailureShare,
  type Lawsuit,
  type Link,
  type Neighbours,
  type Outcomes,
  type RelationGraph,
  type Stakes,
  type Ways,
  atDistance,
  closedCircle,
  degree,
  groupFailure,
  lawsuitFeatures,
  linkedGroups,
  neighbourFailure,
  neighbourMean,
  neighbours,
  relationGraph,
  roleOverlap,
  sharedControllers,
  stakes,
  withoutExclusivePersons,
} from "./relations.ts";
