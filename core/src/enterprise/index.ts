/**
 * Enterprise 企业: who it is. Its unified social credit code (GB 32100-2015), its industry (GB/T 4754-2017), its size
 * class (statistical standard of 2017) and where it is (GB/T 2260).
 *
 * - An industry is stated by a register or inferred from the name; the two are never mixed up.
 * - A size class from a part of the figures is provisional, and says which are missing.
 * - Region codes are those of the statistical bureau, which agree with GB/T 2260 in six digits but for development zones.
 */
export { type Uscc, type UsccProblem, parseUscc, usccCheck } from "./uscc.ts";
export {
  type Division,
  type IndustryCode,
  type Section,
  divisionOf,
  divisions,
  groupOf,
  industryCode,
  industryName,
  sectionName,
  sectionOf,
  sections,
} from "./industry.ts";
export { type InferredIndustry, inferIndustry } from "./infer-industry.ts";
export {
  type SizeClass,
  type SizeFigures,
  type SizeMeasure,
  type SizeResult,
  type SizeRow,
  type SizeStandard,
  sizeClass,
  sizeClassText,
  sizeMeasureText,
  sizeStandardOn,
} from "./size-class.ts";
export { type Region, type RegionCode, type RegionLevel, isWithin, region, regionPath, regionText, regions } from "./region.ts";
