import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Compile } from "typebox/compile";
import { describe, expect, test } from "vitest";
import { ProfileSchema } from "@zhiwei/api/profile";
import { type IsoDate, canonicalJson } from "@zhiwei/core/basics";
import { type Profile, flagRows } from "@zhiwei/core/profile";
import { freshDatabase } from "../../../test/database.ts";
import { openDb } from "../db/index.ts";
import { openLake, rows } from "../lake/index.ts";
import { invoiceRelation } from "../lake/relation.ts";
import { type Context, behind } from "../features/index.ts";
import { OPERATOR } from "../access/actor.ts";
import { type Permit, permitList, permitRead, platformPermit } from "../consent/index.ts";
import { enterpriseList, enterpriseSummary, profileOf, rebuildRegion } from "./index.ts";

const anybody = permitList(OPERATOR, { classes: ["profile"], what: "list" });
const ENTERPRISES = 46;
const asOf = "2020-02-20" as IsoDate;
const day = (text: string) => text as IsoDate;

/** A database and a lake of its own, both gone afterwards. */
const place = async () => {
  const database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-profile-"));
  const db = await openDb(database.url, 4);
  const lake = await openLake({ folder: join(folder, "lake"), memory: "500MB", threads: 1 });
  return {
    db,
    lake,
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      lake.close();
      await rm(folder, { recursive: true, force: true });
      await database[Symbol.asyncDispose]();
    },
  };
};

/** Forty-six traders with some three years of invoices, no two alike: every figure follows from numbers, none from chance. */
const SALES = `
  SELECT 'E' || i AS enterprise, true AS is_sale, lpad(CAST(i * 100000 + m * 100 + j AS VARCHAR), 8, '0') AS number,
    make_date(2017 + m // 12, 1 + m % 12, 1 + (i * 7 + m * 3 + j * 5) % 28) AS issued_on, 'B' || ((i + j) % 7 + i % 3 * 100) AS counterparty,
    (CASE WHEN (i * m + j) % 41 = 1 THEN -1 ELSE 1 END) * (10000000 * (1 + i % 13) + (i * 31 + m * 17 + j * 13) % 97 * 100000) AS amount_fen,
    (i + m + j) % (5 + i) = 0 AS is_void
  FROM range(${ENTERPRISES}) AS e(i), range(38) AS t(m), range(9) AS n(j)
  WHERE j <= 2 + i % 7 AND NOT (i = 7 AND m > 30) AND NOT (i = 8 AND m BETWEEN 25 AND 33)`;
const PURCHASES = `
  SELECT 'E' || i AS enterprise, false AS is_sale, lpad(CAST(50000000 + i * 100000 + m * 100 + j AS VARCHAR), 8, '0') AS number,
    make_date(2017 + m // 12, 1 + m % 12, 1 + (i * 5 + m + j * 3) % 28) AS issued_on, 'A' || ((i + j) % 5 + i % 4 * 100) AS counterparty,
    6000000 * (1 + (i + 3) % 13) + (i * 13 + m * 7 + j) % 89 * 100000 AS amount_fen, (i * j + m) % 29 = 0 AS is_void
  FROM range(${ENTERPRISES}) AS e(i), range(38) AS t(m), range(6) AS n(j) WHERE j <= 1 + i % 4`;

/** Writes a batch as an import does: a Parquet file in the lake, and what PostgreSQL knows of it. */
const plant = async ({ db, lake }: Context, id: string, kind: string, source: string) => {
  const file = join(lake.folder, `${id}.parquet`);
  await lake.connection.run(
    `COPY (SELECT '${id}' AS batch, row_number() OVER () + 1 AS line, enterprise, is_sale, number, CAST(NULL AS VARCHAR) AS code, issued_on, counterparty,
       CAST(NULL AS VARCHAR) AS counterparty_name, CAST(amount_fen AS BIGINT) AS amount_fen, CAST(amount_fen * 13 // 100 AS BIGINT) AS tax_fen,
       CAST(amount_fen + amount_fen * 13 // 100 AS BIGINT) AS total_fen, is_void, CAST(1300 AS SMALLINT) AS rate_bps, CAST(hash(number) AS UBIGINT) AS key
     FROM (${source}) AS source ORDER BY enterprise, issued_on, number) TO '${file}' (FORMAT parquet)`,
  );
  const sha256 = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  const own = await rows<{ enterprise_id: string; rows: number; first_on: string; last_on: string }>(
    lake.connection,
    `SELECT enterprise AS enterprise_id, count(*) AS rows, min(issued_on) AS first_on, max(issued_on) AS last_on FROM read_parquet('${file}') GROUP BY 1`,
  );
  const ends = own.flatMap((each) => [each.first_on, each.last_on]).toSorted();
  await db
    .insertInto("import_batch")
    .values({
      id,
      kind,
      file_name: `${id}.csv`,
      file_sha256: createHash("sha256").update(id).digest("hex"),
      mapping: "{}",
      rows: own.reduce((sum, each) => sum + each.rows, 0),
      parquet_path: `${id}.parquet`,
      parquet_sha256: sha256,
      first_on: ends[0]!,
      last_on: ends.at(-1)!,
    })
    .execute();
  await db
    .insertInto("batch_enterprise")
    .values(own.map((each) => ({ batch_id: id, ...each })))
    .execute();
};

const INDUSTRIES = ["F51", "C35", null] as const;
const plantRegion = async (context: Context) => {
  await context.db
    .insertInto("enterprise")
    .values(
      Array.from({ length: ENTERPRISES }, (_, i) => ({
        id: `E${i}`,
        name: i % 2 ? `***商贸有限公司${i}` : `个体经营E${i}`,
        kind: i % 2 ? ("company" as const) : ("sole-trader" as const),
        industry_code: INDUSTRIES[i % 23 === 0 ? 2 : i % 11 === 0 ? 1 : 0]!,
        industry_source: i % 23 === 0 ? null : ("inferred-from-name" as const),
        region_code: i % 3 ? "440305" : "510104",
      })),
    )
    .execute();
  await plant(context, "sales", "sales-invoices", SALES);
  await plant(context, "purchases", "purchase-invoices", PURCHASES);
};

const stated = async (context: Context, id: string, on?: IsoDate) => {
  const result = await profileOf(context, platformPermit(id), on);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};

describe("profileOf", () => {
  test("equal inputs give equal bytes: twice, computed anew, and in another database with the same files", async () => {
    await using one = await place();
    await using other = await place();
    await plantRegion(one);
    await plantRegion(other);
    for (const id of ["E1", "E7", "E23"]) {
      const first = await stated(one, id, asOf);
      expect(await stated(one, id, asOf)).toEqual(first);
      await one.db.deleteFrom("profile").execute();
      expect((await stated(one, id, asOf)).canonical).toBe(first.canonical);
      expect((await stated(other, id, asOf)).canonical).toBe(first.canonical);
      expect(createHash("sha256").update(first.canonical).digest("hex")).toBe(first.sha256);
      expect(canonicalJson(first.profile)).toBe(first.canonical);
    }
  });

  test("it fits its published schema and says what is planted", async () => {
    await using context = await place();
    await plantRegion(context);
    const check = Compile(ProfileSchema);
    const of = async (id: string): Promise<Profile> => {
      const { profile } = await stated(context, id, asOf);
      expect([...check.Errors(profile)]).toEqual([]);
      return profile;
    };
    const trader = await of("E1");
    expect(trader.enterprise).toMatchObject({
      industry: { code: "F51", source: "inferred-from-name" },
      sizeClass: { provisional: false, class: "micro", revenueSource: "invoiced-sales" },
    });
    expect(trader.peers.tried[0]!.kind).toBe("size-and-industry");
    expect(trader.peers.count).toBeGreaterThanOrEqual(20);
    expect(trader.used.batches.map((batch) => batch.id)).toEqual(["purchases", "sales"]);
    expect(trader.monthly).toHaveLength(38);
    expect(trader.dimensions.find((dimension) => dimension.id === "cash")).toMatchObject({ position: null });
    expect(trader.dimensions.filter((dimension) => dimension.trend.direction !== "unknown").length).toBeGreaterThan(4);
    expect((await of("E7")).flags.map((flag) => flag.id)).toContain("sales-stopped");
    expect((await of("E8")).flags.map((flag) => flag.id)).toContain("long-gap");
    expect((await of("E23")).enterprise.sizeClass.class).toBeNull();
  });

  test("the rows behind every flag are as many as its filter lists", async () => {
    await using context = await place();
    await plantRegion(context);
    let seen = 0;
    for (const id of ["E0", "E1", "E7", "E8", "E9", "E13"]) {
      const { profile } = await stated(context, id, asOf);
      for (const flag of profile.flags) {
        seen++;
        const condition = await behind(context, id, asOf, flagRows(flag.id)!);
        const listed = await rows<{ total_fen: number }>(
          context.lake.connection,
          `SELECT total_fen FROM ${await invoiceRelation(context.lake, context.db, [id])} AS lake WHERE issued_on <= DATE '${asOf}' AND (${condition})`,
        );
        expect([id, flag.id, flag.evidence]).toEqual([
          id,
          flag.id,
          { rows: listed.length, sumFen: listed.reduce((sum, row) => sum + row.total_fen, 0) },
        ]);
        expect(listed.length).toBeGreaterThan(0);
      }
    }
    expect(seen).toBeGreaterThan(5);
  });

  test("a later invoice changes nothing of an earlier day", async () => {
    await using context = await place();
    await plantRegion(context);
    const earlier = day("2019-06-15");
    const before = [await stated(context, "E1", earlier), await stated(context, "E7", earlier)];
    await plant(
      context,
      "later",
      "sales-invoices",
      `SELECT 'E' || i AS enterprise, true AS is_sale, 'N' || i AS number, DATE '2019-06-16' AS issued_on, 'B1' AS counterparty, 9999900 AS amount_fen, false AS is_void FROM range(${ENTERPRISES}) AS e(i)`,
    );
    const after = [await stated(context, "E1", earlier), await stated(context, "E7", earlier)];
    expect(after.map((each) => each.canonical)).toEqual(before.map((each) => each.canonical));
    expect((await stated(context, "E1", asOf)).profile.used.batches.map((batch) => batch.id)).toEqual(["later", "purchases", "sales"]);
  });

  test("one more invoice changes the profile at once, and by whichever way it came in the bytes are the same", async () => {
    await using context = await place();
    await using other = await place();
    const more =
      "SELECT 'E1' AS enterprise, true AS is_sale, 'N1' AS number, DATE '2020-02-19' AS issued_on, 'B102' AS counterparty, 100 AS amount_fen, false AS is_void";
    await plantRegion(context);
    await rebuildRegion(context, undefined, asOf);
    const before = await stated(context, "E1", asOf);
    await plant(context, "more", "sales-invoices", more);
    const after = await stated(context, "E1", asOf);
    const sales = (profile: Profile) => profile.features["net_sales_12m"]!.value!;
    expect(sales(after.profile) - sales(before.profile)).toBe(100);
    expect(after.sha256).not.toBe(before.sha256);
    // The graph is as of the last whole run, and the profile says so; the next run takes the new trade in.
    expect(after.profile.used.trade).toBe(before.profile.used.trade);
    await rebuildRegion(context, undefined, asOf);
    const rebuilt = await stated(context, "E1", asOf);
    expect(rebuilt.profile.used.trade).not.toBe(before.profile.used.trade);
    expect(sales(rebuilt.profile)).toBe(sales(after.profile));

    await plant(other, "more", "sales-invoices", more);
    await plantRegion(other);
    expect((await stated(other, "E1", asOf)).sha256).toBe(rebuilt.sha256);
  });

  test("an import between the leave to read and the read is seen whole: no profile of two states is given, kept or logged", async () => {
    await using context = await place();
    await plantRegion(context);
    await rebuildRegion(context, undefined, asOf);
    const ask = () => permitRead(context.db, OPERATOR, { enterprise: "E1", classes: ["profile"], what: "profile" });
    const of = async (given: Permit<"profile">) => {
      // As a caller does who has taken the permit's revision into its context.
      const found = await profileOf({ ...context, revision: given.revision }, given, asOf);
      if (!found.ok) throw new Error(found.error.code);
      return found.value;
    };
    const before = await of(await ask());
    const early = await ask();
    expect((await of(early)).canonical).toBe(before.canonical); // and what it needed is remembered at this revision
    await plant(
      context,
      "more",
      "sales-invoices",
      "SELECT 'E1' AS enterprise, true AS is_sale, 'N1' AS number, DATE '2020-02-19' AS issued_on, 'B102' AS counterparty, 100 AS amount_fen, false AS is_void",
    );
    const late = await of(early);
    const sales = ({ profile }: typeof before) => profile.features["net_sales_12m"]!.value!;
    expect(late.profile.used.batches.map((batch) => batch.id)).toContain("more");
    expect(sales(late) - sales(before)).toBe(100);
    expect(late.canonical).toBe((await stated(context, "E1", asOf)).canonical);
    const logged = await context.db
      .selectFrom("evidence_record")
      .select("about")
      .where("kind", "=", "profile")
      .orderBy("position")
      .execute();
    expect(logged.map(({ about }) => about)).toEqual([before.sha256, late.sha256]);
  });

  test("refusals are problems", async () => {
    await using context = await place();
    expect(await profileOf(context, platformPermit("E1"))).toMatchObject({ ok: false, error: { code: "enterprise-unknown" } });
    await context.db.insertInto("enterprise").values({ id: "E1", name: "无记录" }).execute();
    expect(await profileOf(context, platformPermit("E1"))).toMatchObject({ ok: false, error: { code: "no-records" } });
    expect((await stated(context, "E1", asOf)).profile).toMatchObject({
      overall: { position: null },
      completeness: { score: 0 },
      peers: { count: 0 },
    });
  });
});

describe("the region", () => {
  test("a rebuild fills what the list sorts and filters by, and doing it again changes nothing", async () => {
    await using context = await place();
    await plantRegion(context);
    const phases = new Set<string>();
    expect(await rebuildRegion(context, ({ phase }) => phases.add(phase.en))).toEqual({
      asOf: "2020-02-28",
      enterprises: ENTERPRISES,
    });
    expect(phases.size).toBe(3);
    const all = await enterpriseList(context.db, anybody, { pageSize: 200 });
    expect(all).toMatchObject({
      total: ENTERPRISES,
      facets: { industries: [{ code: "C" }, { code: "F" }], regions: [{ code: "44" }, { code: "51" }] },
    });
    expect(all.items.slice(0, 3).map((item) => item.id)).toEqual(["E0", "E1", "E2"]);
    await rebuildRegion(context);
    expect(await enterpriseList(context.db, anybody, { pageSize: 200 })).toEqual(all);

    const summary = await enterpriseSummary(context.db, platformPermit("E1"));
    const { profile } = await stated(context, "E1");
    expect(summary).toMatchObject({
      position: profile.overall.position,
      netSales12mFen: profile.features["net_sales_12m"]!.value,
      sizeClass: profile.enterprise.sizeClass.class,
      invoices: profile.completeness.sources.reduce((sum, source) => sum + source.rows, 0),
      lastOn: profile.freshness.lastRecordOn,
    });
    expect(await enterpriseSummary(context.db, platformPermit("E1"))).toEqual(summary);
    expect(await enterpriseSummary(context.db, platformPermit("nobody"))).toBeNull();
  });

  test("the list searches, filters, sorts and pages on the server", async () => {
    await using context = await place();
    await plantRegion(context);
    await rebuildRegion(context);
    const ids = async (query: Parameters<typeof enterpriseList>[2]) =>
      (await enterpriseList(context.db, anybody, query)).items.map((item) => item.id);
    expect(await ids({ search: "商贸有限公司11" })).toEqual(["E11"]);
    expect(await ids({ search: "100%_" })).toEqual([]);
    expect(await ids({ industry: "c" })).toEqual(["E11", "E22", "E33", "E44"]);
    expect((await enterpriseList(context.db, anybody, { region: "51" })).total).toBe(16);
    expect(await ids({ flags: "high" })).toContain("E7");
    expect(
      (await enterpriseList(context.db, anybody, { flags: "none" })).total +
        (await enterpriseList(context.db, anybody, { flags: "any" })).total,
    ).toBe(ENTERPRISES);
    const sorted = await enterpriseList(context.db, anybody, { sort: "netSales12m", order: "desc", pageSize: 200 });
    const sales = sorted.items.map((item) => item.netSales12mFen ?? -1);
    expect(sales).toEqual(sales.toSorted((a, b) => b - a));
    const paged = [
      ...(await ids({ sort: "position", pageSize: 20 })),
      ...(await ids({ sort: "position", pageSize: 20, page: 2 })),
      ...(await ids({ sort: "position", pageSize: 20, page: 3 })),
    ];
    expect(paged).toEqual(await ids({ sort: "position", pageSize: 200 }));
    expect(new Set(paged).size).toBe(ENTERPRISES);
  });
});
