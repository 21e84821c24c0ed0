import type { Text } from "../basics/index.ts";
import { REGION_DATA } from "./region-data.ts";

/** A division of GB/T 2260: six digits, two each for province, city and county. */
export type RegionCode = string & { readonly __regionCode: true };

export type RegionLevel = "province" | "city" | "county";

export type Region = {
  readonly code: RegionCode;
  readonly level: RegionLevel;
  readonly name: string;
  /** From the province down, without the intermediate names that only group others (市辖区, 省直辖县级行政区划). */
  readonly fullName: string;
  /** The division above; null for a province. */
  readonly parent: RegionCode | null;
  /**
   * True for a unit that the statistical codes have and GB/T 2260 has not: a development zone, numbered 71–79
   * in its city, whose land lies in the counties of that city.
   */
  readonly statisticalOnly: boolean;
};

/** Names that stand for "directly under the level above" and say nothing to a reader. */
const GROUPING = new Set(["市辖区", "省直辖县级行政区划", "自治区直辖县级行政区划"]);

let table: ReadonlyMap<string, Region> | null = null;

const read = (): ReadonlyMap<string, Region> => {
  const regions = new Map<string, Region>();
  const add = (code: string, level: RegionLevel, name: string, above: Region | null) => {
    const region: Region = {
      code: code as RegionCode,
      level,
      name,
      fullName: GROUPING.has(name) ? (above?.fullName ?? "") : (above?.fullName ?? "") + (above?.name === name ? "" : name),
      parent: above?.code ?? null,
      statisticalOnly: level === "county" && /7[1-9]$/.test(code),
    };
    regions.set(code, region);
    return region;
  };
  let province: Region | null = null;
  for (const line of REGION_DATA.split("\n")) {
    const [head = "", counties] = line.split(":");
    const digits = /^\d+/.exec(head)?.[0] ?? "";
    const name = head.slice(digits.length);
    if (digits.length === 2) {
      province = add(`${digits}0000`, "province", name, null);
      continue;
    }
    const city = add(`${digits}00`, "city", name, province);
    for (const county of counties ? counties.split(",") : []) add(digits + county.slice(0, 2), "county", county.slice(2), city);
  }
  return regions;
};

/** The division of a code, or null where there is none. The table is read at the first question. */
export const region = (code: string): Region | null => (table ??= read()).get(code) ?? null;

/** The divisions of one level, in the order of their codes; below `parent` where it is given. */
export const regions = (level: RegionLevel, parent?: string): readonly Region[] =>
  [...(table ??= read()).values()].filter((each) => each.level === level && (parent === undefined || isWithin(each.code, parent)));

/** Whether a division is `outer` or lies in it, by the digits alone. */
export const isWithin = (code: string, outer: string): boolean =>
  code.startsWith(outer.endsWith("0000") ? outer.slice(0, 2) : outer.endsWith("00") ? outer.slice(0, 4) : outer);

/** Province, city and county of a code from the top down, as far as the code goes; empty where there is no such code. */
export const regionPath = (code: string): readonly Region[] => {
  const path: Region[] = [];
  for (let at = region(code); at; at = at.parent ? region(at.parent) : null) path.unshift(at);
  return path;
};

/** What a reader sees: names stay Chinese in English too, since GB/T 2260 has no English names of its own. */
export const regionText = (code: string): Text => {
  const found = region(code);
  return found ? { zh: found.fullName, en: found.fullName } : { zh: `未知区划 ${code}`, en: `unknown division ${code}` };
};
