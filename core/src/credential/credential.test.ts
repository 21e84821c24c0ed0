import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IsoDate, Json } from "../basics/index.ts";
import { dimensions, type Profile } from "../profile/index.ts";
import {
  CLAIMS,
  type ClaimPath,
  type Claims,
  type CredentialSource,
  SALES_THRESHOLDS,
  askedPaths,
  claimAt,
  claimsOf,
  disclosureGroups,
  pathText,
  presentationOf,
  readClaims,
  salesBounds,
  typeMetadata,
  unmetClaims,
  withCompanions,
} from "./index.ts";

/** What of a profile a credential reads, and nothing else of it. */
const profile = (changes: { sales?: number | null; flags?: Profile["flags"] } = {}): Profile =>
  ({
    asOf: "2019-12-31" as IsoDate,
    enterprise: {
      name: "***电器销售有限公司",
      uscc: null,
      kind: "company",
      industry: { section: "F" },
      sizeClass: { class: "small" },
      region: null,
      foundedOn: null,
    },
    dimensions: dimensions.map(({ id }, at) => ({ id, position: at === 0 ? null : 10 * at })),
    flags: changes.flags ?? [],
    completeness: { score: 70, monthsCovered: 22 },
    freshness: { lastRecordOn: "2019-12-30" },
    features: { net_sales_12m: { value: changes.sales === undefined ? 512_345_678 : changes.sales, percentile: 50 } },
  }) as unknown as Profile;

const source = (changes: Parameters<typeof profile>[0] = {}): CredentialSource => ({
  profile: profile(changes),
  profileSha256: "a".repeat(64),
  score: { score: 652, grade: "B", scorecard: { id: "sme-invoice@1", sha256: "b".repeat(64) } },
  evidence: { log: "example.com/log", position: 12 },
});

/** What a presentation of the paths chosen shows. */
const disclose = (claims: Claims, chosen: readonly ClaimPath[]): Record<string, Record<string, Json>> => {
  const shown: Record<string, Record<string, Json>> = {};
  for (const [group, name] of chosen) (shown[group] ??= {})[name] = claims[group]![name]!;
  return shown;
};

describe("claims of a credential", () => {
  test("the worked example: sales of 5,123,456.78 yuan reach 5 million and not 10", () => {
    const { asOf, claims } = claimsOf(source());
    expect(asOf).toBe("2019-12-31");
    expect(claims["annualSales"]).toEqual({ fen: 512_345_678 });
    expect(claims["annualSalesAtLeast"]).toEqual({
      "1000000": true,
      "3000000": true,
      "5000000": true,
      "10000000": false,
      "20000000": false,
      "50000000": false,
      "100000000": false,
    });
    expect(claimAt(["annualSalesAtLeast", "5000000"])!.say(true)).toEqual({
      zh: "近 12 个月净销售额不低于 500 万元",
      en: "net sales of the last 12 months are at least CNY 5,000,000",
    });
    expect(claimAt(["annualSales", "fen"])!.say(512_345_678)).toEqual({ zh: "5,123,456.78 元", en: "CNY 5,123,456.78" });
    expect(claims["credit"]).toEqual({ grade: "B", score: 652, scorecard: `sme-invoice@1 ${"b".repeat(64)}` });
  });

  test("a threshold is reached at its very fen, and not one fen below", () => {
    for (const yuan of SALES_THRESHOLDS)
      for (const [sales, reached] of [
        [yuan * 100, true],
        [yuan * 100 - 1, false],
      ] as const)
        expect(claimsOf(source({ sales })).claims["annualSalesAtLeast"]![String(yuan)]).toBe(reached);
  });

  test("what is not known is null and not false, and every credential has the very same claims", () => {
    const all = CLAIMS.map(({ path }) => pathText(path));
    for (const each of [source(), source({ sales: null }), { ...source(), score: null }]) {
      const { claims } = claimsOf(each);
      const found = Object.entries(claims).flatMap(([group, names]) => Object.keys(names).map((name) => `${group}/${name}`));
      expect(found.toSorted()).toEqual(all.toSorted());
    }
    expect(Object.values(claimsOf(source({ sales: null })).claims["annualSalesAtLeast"]!)).toEqual(SALES_THRESHOLDS.map(() => null));
    expect(claimAt(["annualSalesAtLeast", "5000000"])!.say(null)).toEqual({ zh: "平台不掌握", en: "the platform does not know" });
    expect(Object.entries(disclosureGroups()).flatMap(([group, names]) => names.map((name) => `${group}/${name}`))).toEqual(all);
  });

  test("flags are all shown or none, so that the worst cannot be left out; that none is high has a claim of its own", () => {
    const flags = [
      { id: "single-supplier", severity: "low" },
      { id: "sales-fall", severity: "high" },
    ] as unknown as Profile["flags"];
    expect(claimsOf(source({ flags })).claims["flags"]).toEqual({ noneHigh: false, all: flags });
    expect(claimsOf(source()).claims["flags"]).toEqual({ noneHigh: true, all: [] });
    expect(claimAt(["flags", "all"])!.say([]).en).toBe("no red flag");
    expect(claimAt(["flags", "all"])!.say(flags as unknown as Json).en).toMatch(/\(low\); .*\(high\)$/);
  });

  test("a value of another kind than the claim's is shown as it is and never interpreted", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CLAIMS), fc.jsonValue(), (claim, value) => {
        const { zh, en } = claim.say(value as Json);
        expect(zh.length + en.length).toBeGreaterThan(value === "" ? -1 : 0);
      }),
    );
  });

  test("the type's document speaks of every claim, those that can be withheld and those that cannot", () => {
    const { vct, claims } = typeMetadata("https://zhiwei.example/vct/enterprise-profile/1") as unknown as {
      vct: string;
      claims: { path: string[]; sd: string }[];
    };
    expect(vct).toBe("https://zhiwei.example/vct/enterprise-profile/1");
    expect(claims.filter(({ sd }) => sd === "never").map(({ path }) => path.join("/"))).toEqual([
      "iss",
      "vct",
      "iat",
      "exp",
      "cnf",
      "status",
      "asOf",
    ]);
    expect(claims.filter(({ sd }) => sd === "always").length).toBe(CLAIMS.length);
  });
});

describe("what a verifier reads", () => {
  const chosenOf = fc.subarray(CLAIMS.map(({ path }) => path));
  const salesOf = fc.oneof(fc.constant(null), fc.integer({ min: -1_000_000, max: 20_000_000_000 }));

  test("what was disclosed and nothing else; the two parts are the whole catalogue", () => {
    fc.assert(
      fc.property(chosenOf, salesOf, (chosen, sales) => {
        const { claims } = claimsOf(source({ sales }));
        const { shown, hidden } = readClaims(disclose(claims, chosen));
        expect(shown.map(({ claim }) => pathText(claim.path))).toEqual(chosen.map(pathText));
        expect(shown.length + hidden.length).toBe(CLAIMS.length);
        for (const { claim, value } of shown) expect(value).toEqual(claims[claim.path[0]]![claim.path[1]]);
      }),
    );
  });

  test("bounds of sales always hold the true figure, whichever thresholds are kept back, and are as tight as what is shown", () => {
    fc.assert(
      fc.property(chosenOf, salesOf, (chosen, sales) => {
        const { claims } = claimsOf(source({ sales }));
        const { from, to } = salesBounds(disclose(claims, chosen))!;
        if (sales === null) {
          expect([from, to]).toEqual([null, null]);
          return;
        }
        if (from !== null) expect(sales).toBeGreaterThanOrEqual(from * 100);
        if (to !== null) expect(sales).toBeLessThan(to * 100);
        for (const [group, name] of chosen)
          if (group === "annualSalesAtLeast") {
            if (sales >= Number(name) * 100) expect(from).toBeGreaterThanOrEqual(Number(name));
            else expect(to).toBeLessThanOrEqual(Number(name));
          }
      }),
    );
  });

  test("a neighbour that was kept back says nothing; thresholds that contradict one another are no bounds", () => {
    expect(salesBounds({ annualSalesAtLeast: { "1000000": true } })).toEqual({ from: 1_000_000, to: null });
    expect(salesBounds({ annualSalesAtLeast: { "50000000": false } })).toEqual({ from: null, to: 50_000_000 });
    expect(salesBounds({ annualSalesAtLeast: { "5000000": null } })).toEqual({ from: null, to: null });
    expect(salesBounds({ annualSalesAtLeast: { "1000000": false, "5000000": true } })).toBe(null);
    expect(salesBounds({ annualSalesAtLeast: { "5000000": true }, annualSales: { fen: 1 } })).toBe(null);
  });

  test("what was asked for and is not there, or is another value, is named", () => {
    const disclosed = { credit: { grade: "B" }, annualSalesAtLeast: { "5000000": false } };
    const asked = [
      { path: ["credit", "grade"], values: ["A", "B"] },
      { path: ["annualSalesAtLeast", "5000000"], values: [true] },
      { path: ["flags", "all"] },
    ];
    expect(unmetClaims(asked, disclosed).map(({ path }) => path.join("/"))).toEqual(["annualSalesAtLeast/5000000", "flags/all"]);
    expect(unmetClaims([{ path: ["constructor", "name"] }], disclosed)).toHaveLength(1);
    expect(askedPaths([...asked, { path: ["credit", "secret"] }, { path: ["credit"] }]).map(pathText)).toEqual([
      "credit/grade",
      "annualSalesAtLeast/5000000",
      "flags/all",
    ]);
  });

  test("a grade goes with its scorecard, a position with its log; the order is that of reading", () => {
    expect(
      withCompanions([
        ["annualSalesAtLeast", "5000000"],
        ["credit", "grade"],
      ]).map(pathText),
    ).toEqual(["credit/grade", "credit/scorecard", "annualSalesAtLeast/5000000"]);
    expect(withCompanions([["evidence", "position"]]).map(pathText)).toEqual([
      "evidence/profileSha256",
      "evidence/log",
      "evidence/position",
    ]);
    expect(
      presentationOf([
        ["credit", "grade"],
        ["credit", "score"],
      ]),
    ).toEqual({ credit: { grade: true, score: true } });
    expect(() => presentationOf([["credit", "secret"]])).toThrow("no claim");
  });
});
