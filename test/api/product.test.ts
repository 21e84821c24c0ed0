import { createHash } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../api/src/index.ts";
import { canonicalJson } from "../../core/src/basics/index.ts";
import type { Product } from "../../core/src/product/index.ts";
import { loadConsents } from "../../demo/consents.ts";
import { demoProducts } from "../../demo/products.ts";
import { adoptDemonstrationPolicies } from "../../server/src/decision/demonstration.ts";
import { publishDemonstrationProducts } from "../../server/src/product/demonstration.ts";
import { platformOf } from "../../server/src/system/state.ts";
import { type Api, type Surroundings, freshSurroundings, salesCsv, testServer, zhiwei } from "./server.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
  await server.importFile("sales.csv", salesCsv("E1", 1500));
});
afterAll(() => server[Symbol.asyncDispose]());

const shipped = new Map(demoProducts().map((product) => [product.id, product]));
const db = () => platformOf(server.system).db;
const ON = "2025-06-02";
const MAKER = "产品岗";
const SECOND = "复核岗";

/** A product of the demonstration region under another name, so that tests do not meet. */
const document = (id: string, more: Partial<Product> = {}, from = "invoice-credit-b") => ({ ...shipped.get(from)!, id, ...more });
const write = (id: string, more: Partial<Product> = {}, by = MAKER) =>
  server.call(routes.putProductDraft, { params: { id }, body: { by, document: document(id, more) } });
const act = (id: string, action: "submit" | "recall" | "publish" | "reject" | "withdraw", by: string, version = 1, more: object = {}) => ({
  params: { id },
  body: { action, version, by, ...more },
});
const publish = async (id: string, more: Partial<Product> = {}) => {
  const { version, sha256 } = await write(id, more);
  await server.call(routes.actOnProduct, act(id, "submit", MAKER, version));
  return server.call(routes.actOnProduct, act(id, "publish", SECOND, version, { sha256 }));
};
const match = (body: object = {}) => server.call(routes.matchEnterprise, { params: { id: "E1" }, body: { on: ON, ...body } });

describe("the catalogue", () => {
  test("a draft is written, submitted and published by a second person who states the hash that he saw", async () => {
    const draft = await write("loan-a");
    expect(draft).toMatchObject({ product: "loan-a", version: 1, state: "draft", publishedBy: null });
    expect(draft.sha256).toBe(
      createHash("sha256")
        .update(canonicalJson(document("loan-a") as never))
        .digest("hex"),
    );
    expect(await server.refusal(routes.actOnProduct, act("loan-a", "publish", SECOND, 1, { sha256: draft.sha256 }))).toEqual({
      status: 409,
      code: "not-in-this-state",
    });
    await server.call(routes.actOnProduct, act("loan-a", "submit", MAKER));
    expect(
      await server.refusal(routes.putProductDraft, { params: { id: "loan-a" }, body: { by: MAKER, document: document("loan-a") } }),
    ).toEqual({ status: 409, code: "not-in-this-state" });
    expect(await server.refusal(routes.actOnProduct, act("loan-a", "publish", ` ${MAKER} `, 1, { sha256: draft.sha256 }))).toEqual({
      status: 409,
      code: "own-product",
    });
    expect(await server.refusal(routes.actOnProduct, act("loan-a", "publish", SECOND))).toEqual({ status: 409, code: "not-what-was-seen" });
    expect(await server.refusal(routes.actOnProduct, act("loan-a", "publish", SECOND, 1, { sha256: "0".repeat(64) }))).toEqual({
      status: 409,
      code: "not-what-was-seen",
    });
    const live = await server.call(routes.actOnProduct, act("loan-a", "publish", SECOND, 1, { sha256: draft.sha256 }));
    expect(live).toMatchObject({ state: "published", publishedBy: SECOND });
    const record = await db()
      .selectFrom("evidence_record")
      .select(["kind", "record"])
      .where("about", "=", draft.sha256)
      .executeTakeFirstOrThrow();
    expect(record.kind).toBe("product");
    expect(JSON.parse(record.record!)).toMatchObject({
      content: { product: "loan-a", version: 1, sha256: draft.sha256, action: "publish", by: SECOND },
    });
  });

  test("whoever wrote on a draft is no second pair of eyes, though another wrote over it", async () => {
    await write("loan-b");
    const { sha256 } = await write("loan-b", { daysToFunds: 9 }, "另一产品岗");
    await server.call(routes.actOnProduct, act("loan-b", "submit", "另一产品岗"));
    for (const by of [MAKER, "另一产品岗"])
      expect(await server.refusal(routes.actOnProduct, act("loan-b", "publish", by, 1, { sha256 }))).toEqual({
        status: 409,
        code: "own-product",
      });
    expect(await server.refusal(routes.actOnProduct, act("loan-b", "reject", SECOND))).toEqual({ status: 409, code: "no-reason" });
    expect(await server.call(routes.actOnProduct, act("loan-b", "reject", SECOND, 1, { note: "利率未写明" }))).toMatchObject({
      state: "draft",
    });
  });

  test("a published version never changes, not even by SQL; the next one takes its place and the old one stays readable", async () => {
    const first = await publish("loan-c");
    for (const change of [sql`document = '{}'`, sql`sha256 = ${"0".repeat(64)}`, sql`published_by = 'x'`, sql`state = 'draft'`])
      await expect(sql`update product_version set ${change} where product_id = 'loan-c'`.execute(db())).rejects.toThrow(
        /never changes|violates/,
      );
    await expect(sql`delete from product_version where product_id = 'loan-c'`.execute(db())).rejects.toThrow("kept");
    await expect(sql`update product_event set note = 'x' where product_id = 'loan-c'`.execute(db())).rejects.toThrow("kept");
    const second = await publish("loan-c", { daysToFunds: 7 });
    expect(second).toMatchObject({ version: 2, state: "published" });
    const {
      summary,
      document: shown,
      versions,
      events,
    } = await server.call(routes.getProduct, { params: { id: "loan-c" }, query: { version: 1 } });
    expect([summary.state, summary.sha256, shown.daysToFunds]).toEqual(["replaced", first.sha256, 1]);
    expect(versions.map(({ version, state }) => [version, state])).toEqual([
      [2, "published"],
      [1, "replaced"],
    ]);
    expect(events.map(({ version, action }) => `${version} ${action}`)).toEqual([
      "1 write",
      "1 submit",
      "1 publish",
      "2 write",
      "2 submit",
      "1 replaced",
      "2 publish",
    ]);
    await server.call(routes.actOnProduct, act("loan-c", "withdraw", MAKER, 2, { note: "停售" }));
    expect((await server.call(routes.listProducts)).some(({ product }) => product === "loan-c")).toBe(false);
  });

  test("two people who publish at once publish once", async () => {
    const { sha256 } = await write("loan-race");
    await server.call(routes.actOnProduct, act("loan-race", "submit", MAKER));
    const answers = await Promise.allSettled(
      ["甲", "乙", "丙"].map((by) => server.call(routes.actOnProduct, act("loan-race", "publish", by, 1, { sha256 }))),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { events } = await server.call(routes.getProduct, { params: { id: "loan-race" } });
    expect(events.filter(({ action }) => action === "publish")).toHaveLength(1);
  });

  test("two who write over the same draft: the one that read an older one is told", async () => {
    const { sha256 } = await write("loan-d");
    const edit = (basedOn: string, days: number) => ({
      params: { id: "loan-d" },
      body: { by: MAKER, document: document("loan-d", { daysToFunds: days }), basedOn },
    });
    await server.call(routes.putProductDraft, edit(sha256, 4));
    expect(await server.refusal(routes.putProductDraft, edit(sha256, 5))).toEqual({ status: 409, code: "not-what-was-seen" });
  });

  test("what is no product is refused with the place, and nothing is kept of it", async () => {
    const put = (given: unknown) =>
      server.refusal(routes.putProductDraft, { params: { id: "loan-e" }, body: { by: MAKER, document: given } });
    for (const given of [
      null,
      7,
      {},
      { ...document("loan-e"), surprise: true },
      document("loan-e", { price: { ...shipped.get("invoice-credit-b")!.price, rows: [] } }),
    ])
      expect(await put(given)).toEqual({ status: 422, code: "product-not-valid" });
    expect(await put(document("loan-f"))).toEqual({ status: 422, code: "other-product" });
    expect(await server.refusal(routes.getProduct, { params: { id: "loan-e" } })).toMatchObject({ status: 404 });
  });

  test("an institution writes its own products alone, and sees no draft of others", async () => {
    const [a, b, owner] = [await server.as("demo-bank-a"), await server.as("demo-bank-b"), await server.as("enterprise:E1")];
    const own = { params: { id: "own-b" }, body: { by: "产品经理", document: document("own-b") } };
    expect(await a.refusal(routes.putProductDraft, own)).toEqual({ status: 403, code: "not-your-product" });
    expect(await b.call(routes.putProductDraft, own)).toMatchObject({ state: "draft" });
    expect(await owner.refusal(routes.putProductDraft, own)).toMatchObject({ status: 403 });
    const sees = async (api: typeof a) => (await api.call(routes.listProducts)).some(({ product }) => product === "own-b");
    expect([await sees(a), await sees(b), await sees(owner)]).toEqual([false, true, false]);
    expect(await a.refusal(routes.getProduct, { params: { id: "own-b" } })).toMatchObject({ status: 404 });
    expect(await a.refusal(routes.actOnProduct, act("own-b", "submit", "x"))).toEqual({ status: 403, code: "not-your-product" });
  });

  test("what rules may look at is listed, with operators and the record that settles it", async () => {
    const facts = await server.call(routes.listFacts);
    expect(facts.find(({ fact }) => fact === "request.taxGrade")).toMatchObject({
      type: "word",
      operators: expect.arrayContaining(["ge", "in"]) as string[],
      record: "tax-certificate",
    });
    expect(facts.find(({ fact }) => fact === "feature.net_sales_12m")).toMatchObject({
      type: "number",
      unit: "fen",
      record: "sales-invoices",
    });
    // What billing one sale in parts moves is no fact to decide by.
    const listed = (id: string) => facts.some(({ fact }) => fact === id);
    expect([listed("feature.void_sales_share_12m"), listed("feature.void_sales_amount_share_12m")]).toEqual([false, true]);
    expect([listed("profile.flag.round-amounts"), listed("profile.flag.sales-stopped")]).toEqual([false, true]);
  });

  test("JDM goes out and comes back as the same rules", async () => {
    await publish("loan-jdm");
    const reply = await fetch(`${server.url}/api/v1/products/export/jdm`);
    expect(reply.headers.get("content-disposition")).toContain("eligibility.jdm.json");
    const rows = await server.call(routes.readDecisionTable, { body: { document: await reply.json() } });
    const own = rows.find(({ outputs }) => outputs["product"] === "loan-jdm")!;
    expect(own.rules.toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual(
      document("loan-jdm").eligibility.toSorted((x, y) => (x.id < y.id ? -1 : 1)),
    );
    expect(await server.refusal(routes.readDecisionTable, { body: { document: {} } })).toEqual({ status: 422, code: "product-not-valid" });
  });
});

describe("matching", () => {
  test("every rule of every product has its outcome and reason; the inputs are known by hash; the same again gives the same", async () => {
    await publish("match-a");
    const found = await match();
    const own = found.matches.find(({ product }) => product === "match-a")!;
    expect(own.rules.map(({ rule }) => rule)).toEqual([...document("match-a").eligibility.map(({ id }) => id), "limit"]);
    for (const { outcome, reason, settledBy } of own.rules) {
      expect(reason.zh).not.toBe("");
      expect(settledBy.length > 0).toBe(outcome === "unknown");
    }
    expect(found.inputs).toMatchObject({ demonstration: false, profile: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(await match()).toEqual(found);
  });

  test("a rule that changes changes the next match; past versions stay", async () => {
    const sized = document("match-b").eligibility.find(({ id }) => id === "sales")!;
    const asking = (fen: number) => ({
      eligibility: [{ ...sized, when: { fact: "feature.net_sales_12m", op: "ge" as const, value: fen } }],
    });
    const outcome = async () => (await match()).matches.find(({ product }) => product === "match-b");
    await publish("match-b", asking(100));
    const before = (await outcome())!;
    expect(before.rules[0]!.outcome).toBe("pass");
    await publish("match-b", asking(1_000_000_000_000));
    const after = (await outcome())!;
    expect([after.version, after.rules[0]!.outcome, after.outcome]).toEqual([2, "fail", "fail"]);
    expect(after.rules[0]!.gap).toMatchObject({ unit: "fen" });
    expect(after.sha256).not.toBe(before.sha256);
  });

  test("a request adds what no record says, and states nothing that a record does", async () => {
    await publish("match-c", { ...document("match-c", {}, "tax-credit-a"), id: "match-c" });
    const rule = async (request: object) =>
      (await match({ request })).matches.find(({ product }) => product === "match-c")!.rules.find(({ rule: id }) => id === "tax-grade")!
        .outcome;
    expect([await rule({}), await rule({ "request.taxGrade": "A" }), await rule({ "request.taxGrade": "C" })]).toEqual([
      "unknown",
      "pass",
      "fail",
    ]);
    for (const [request, code] of [
      [{ "feature.net_sales_12m": 1 }, "no-such-field"],
      [{ "request.nothing": 1 }, "no-such-field"],
      [{ "request.taxGrade": "Z" }, "wrong-value"],
    ] as const)
      expect(await server.refusal(routes.matchEnterprise, { params: { id: "E1" }, body: { request } })).toEqual({ status: 422, code });
    expect(await server.refusal(routes.matchEnterprise, { params: { id: "nobody" }, body: {} })).toMatchObject({ status: 404 });
    expect(await server.refusal(routes.matchEnterprise, { params: { id: "E1" }, body: { on: "2025-02-30" } })).toMatchObject({
      status: 400,
    });
  });

  test("in short it says the same, and is a read like the one in full", async () => {
    const body = { on: ON, request: { "request.amountFen": 30_000_000, "request.taxGrade": "A" }, ranking: "amount" } as const;
    const full = await match(body);
    const brief = await server.call(routes.matchEnterpriseBriefly, { params: { id: "E1" }, body });
    expect(brief).toMatchObject({ enterprise: "E1", on: full.on, asOf: full.asOf, inputs: full.inputs });
    expect(brief.matches.map(({ product, sha256, outcome, annualCost }) => [product, sha256, outcome, annualCost])).toEqual(
      full.matches.map(({ product, sha256, outcome, annualCost }) => [product, sha256, outcome, annualCost]),
    );
    expect(brief.matches[0]!.rules.map(({ rule, finding }) => [rule, brief.findings[finding]!.reason])).toEqual(
      full.matches[0]!.rules.map(({ rule, reason }) => [rule, reason]),
    );
    const guarantor = await server.as("demo-guarantor");
    expect(await guarantor.refusal(routes.matchEnterpriseBriefly, { params: { id: "E1" }, body })).toEqual({
      status: 403,
      code: "no-consent",
    });
    const reads = await db().selectFrom("consent_read").select(["what", "party", "denial"]).orderBy("id", "desc").limit(3).execute();
    expect(reads).toEqual([
      { what: "match", party: "demo-guarantor", denial: "none" },
      { what: "match", party: "operator", denial: null },
      { what: "match", party: "operator", denial: null },
    ]);
    server.system.demonstration = null;
  });

  test("what is remembered of an enterprise is never older than what any process has imported", async () => {
    await using own = await testServer();
    await own.importFile("sales.csv", salesCsv("E7", 600));
    const facts = async () => (await own.call(routes.matchEnterprise, { params: { id: "E7" }, body: { on: ON } })).inputs;
    const first = await facts();
    expect(await facts()).toEqual(first); // from memory
    const file = await own.surroundings.file("more.csv", salesCsv("E7", 40, 20_000_000));
    expect(await zhiwei(own.surroundings.env, "import", file, "--json")).toMatchObject({ status: 0 });
    const second = await facts();
    expect(second.profile).not.toBe(first.profile);
    expect(second.facts).not.toBe(first.facts);
    await sql`update enterprise set region_code = '340104' where id = 'E7'`.execute(platformOf(own.system).db);
    expect((await facts()).facts).not.toBe(second.facts);
  });

  test("without a profile: the fields alone, and what is missing by how many products wait for it", async () => {
    await publish("match-d");
    const found = await server.call(routes.matchRequest, {
      body: { on: ON, request: { "feature.net_sales_12m": 500_000_000, "enterprise.sizeClass": "small" } },
    });
    expect(found).toMatchObject({ enterprise: null, inputs: { profile: null } });
    const own = found.matches.find(({ product }) => product === "match-d")!;
    expect(own).toMatchObject({ outcome: "unknown", limit: 75_000_000 });
    expect(found.missing[0]!.products.length).toBeGreaterThanOrEqual(found.missing.at(-1)!.products.length);
    expect(found.missing.map(({ unknown }) => unknown.fact)).toContain("feature.history_months");
  });

  test("a shadow run says whose outcome changes, and leaves nothing behind", async () => {
    const sized = document("match-e").eligibility.find(({ id }) => id === "sales")!;
    await publish("match-e", { eligibility: [{ ...sized, when: { fact: "feature.net_sales_12m", op: "ge", value: 100 } }] });
    const before = await match();
    const draft = document("match-e", { eligibility: [{ ...sized, when: { fact: "feature.net_sales_12m", op: "lt", value: 100 } }] });
    const run = await server.call(routes.tryProduct, { params: { id: "match-e" }, body: { document: draft, on: ON } });
    expect(run).toMatchObject({ enterprises: 1, draft: { fail: 1 }, changes: 1 });
    expect(run.changed[0]).toMatchObject({ enterprise: "E1", after: "fail" });
    expect(run.rules).toEqual([{ rule: "sales", title: sized.title, known: 1, passed: 0 }]);
    expect(await match()).toEqual(before);
    expect(await server.refusal(routes.tryProduct, { params: { id: "match-e" }, body: {} })).toEqual({ status: 409, code: "no-draft" });
  });

  test("a bank matches an enterprise on its consent alone, and the read is traced", async () => {
    const bank = await server.as("demo-bank-b");
    expect(await bank.refusal(routes.matchEnterprise, { params: { id: "E1" }, body: {} })).toEqual({ status: 403, code: "no-consent" });
    const trial = await bank.call(routes.tryProduct, { params: { id: "own-trial" }, body: { document: document("own-trial"), on: ON } });
    expect(trial.enterprises).toBe(0);
    const { rows } = await sql<{ party: string; what: string; denial: string | null }>`
      select party, what, denial from consent_read where enterprise_id = 'E1' and what = 'match' and party = 'demo-bank-b'`.execute(db());
    expect(rows).toEqual([{ party: "demo-bank-b", what: "match", denial: "none" }]);
  });

  test("an owner matches the own enterprise and no other", async () => {
    const owner = await server.as("enterprise:E1");
    expect((await owner.call(routes.matchEnterprise, { params: { id: "E1" }, body: { on: ON } })).enterprise).toBe("E1");
    expect(await owner.refusal(routes.matchEnterprise, { params: { id: "E2" }, body: {} })).toEqual({
      status: 403,
      code: "not-your-enterprise",
    });
  });
});

describe("for a product, who fits and never asked; for a bank, its share", () => {
  let own: Awaited<ReturnType<typeof testServer>>;
  const words = (text: string) => ({ zh: text, en: text });
  const kept = { unless: [], citation: "assumption", validFrom: null, validTo: null } as const;
  /** Passes whoever has invoices of a year; with a tax grade, nobody can tell yet. */
  const plain = (id: string, provider: "demo-bank-a" | "demo-bank-b", spreadBp: number, graded = false): Product => {
    const from = shipped.get("invoice-credit-b")!;
    return {
      ...from,
      id,
      provider: { ...from.provider, id: provider },
      offered: { from: "2024-01-01" as never, to: null, regions: [], sectors: [], notSectors: [] },
      eligibility: [
        { ...kept, id: "history", title: words("history"), when: { fact: "feature.history_months", op: "ge", value: 12 } },
        ...(graded
          ? [{ ...kept, id: "grade", title: words("grade"), when: { fact: "request.taxGrade", op: "ge", value: "B" } as const }]
          : []),
      ],
      limit: {
        ...from.limit,
        take: "least",
        terms: [{ id: "sales", title: words("sales"), fact: "feature.net_sales_12m", times: 1, citation: "assumption" }],
        minFen: 100 as never,
        maxFen: 300_000_000 as never,
        stepFen: 100 as never,
        exposure: null,
      },
      price: {
        base: "lpr-1y",
        rows: [{ when: null, title: words("all"), spreadBp }],
        floorBp: null,
        ceilingBp: null,
        citation: "assumption",
      },
      fees: [],
      subsidies: [],
      riskSharing: null,
    };
  };
  const enter = async (product: Product) => {
    const { version, sha256 } = await own.call(routes.putProductDraft, {
      params: { id: product.id },
      body: { by: MAKER, document: product },
    });
    await own.call(routes.actOnProduct, act(product.id, "submit", MAKER, version));
    await own.call(routes.actOnProduct, act(product.id, "publish", SECOND, version, { sha256 }));
  };
  const fits = (api: Api, id: string, query: object = {}) => api.call(routes.listFits, { params: { id }, query: { on: ON, ...query } });
  const shares = async (api: Api) =>
    (await api.call(routes.listShares, { query: { on: ON } })).providers.map((each) => [
      each.provider,
      each.products,
      each.enterprises,
      each.fits,
      each.mayFit,
      each.best,
      each.applied,
    ]);
  const traced = async (party: string) => {
    const { rows } = await sql<{ id: string }>`
      select enterprise_id as id from consent_read where party = ${party} and what = 'match' order by id`.execute(
      platformOf(own.system).db,
    );
    return rows.map(({ id }) => id);
  };
  beforeAll(async () => {
    own = await testServer();
    await own.importFile("e1.csv", salesCsv("E1", 1460));
    await own.importFile("e2.csv", salesCsv("E2", 40, 30_000_000));
    await own.importFile("e3.csv", salesCsv("E3", 1500, 50_000_000));
    await enter(plain("fit-a", "demo-bank-a", 100));
    await enter(plain("fit-open", "demo-bank-a", 0, true));
    await enter(plain("fit-b", "demo-bank-b", 50));
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test("the operator sees whoever fits, or may; a bank those that consented to it, on its own products, and only what it is shown is traced", async () => {
    const found = await fits(own, "fit-a");
    expect(found).toMatchObject({ version: 1, on: ON, enterprises: 3, total: 2, pass: 2, page: 1 });
    expect(found.items.map(({ enterprise }) => enterprise).toSorted()).toEqual(["E1", "E3"]);
    const [first, second] = found.items;
    expect(first!.highFen).toBeGreaterThanOrEqual(second!.highFen);
    const matched = await own.call(routes.matchEnterprise, { params: { id: first!.enterprise }, body: { on: ON } });
    expect(first).toMatchObject({ outcome: "pass", lowFen: first!.highFen });
    expect(matched.matches.find(({ product }) => product === "fit-a")!.limit).toBe(first!.lowFen);
    expect((await fits(own, "fit-open")).items.map(({ outcome }) => outcome)).toEqual(["unknown", "unknown"]);

    const [a, b, owner] = [await own.as("demo-bank-a"), await own.as("demo-bank-b"), await own.as("enterprise:E1")];
    expect(await fits(a, "fit-a")).toMatchObject({ enterprises: 0, total: 0, items: [] });
    expect(await traced("demo-bank-a")).toEqual([]);
    await loadConsents(platformOf(own.system).db);
    expect(await fits(a, "fit-a", { pageSize: 1, page: 2 })).toMatchObject({ enterprises: 3, total: 2, items: [second] });
    expect(await traced("demo-bank-a")).toEqual([second!.enterprise]);
    expect(await fits(b, "fit-b")).toMatchObject({ enterprises: 0, items: [] });
    const ask = (id: string, query: object = {}) => ({ params: { id }, query: { on: ON, ...query } });
    expect(await b.refusal(routes.listFits, ask("fit-a"))).toEqual({ status: 403, code: "not-your-product" });
    expect(await owner.refusal(routes.listFits, ask("fit-a"))).toMatchObject({ status: 403 });
    expect(await owner.refusal(routes.listShares)).toMatchObject({ status: 403 });
    expect(await own.refusal(routes.listFits, ask("fit-none"))).toMatchObject({ status: 404 });
    expect(await own.refusal(routes.listFits, ask("fit-a", { on: "2023-12-31" }))).toEqual({ status: 409, code: "not-offered-then" });
    expect(await own.refusal(routes.listFits, ask("fit-a", { on: "2025-02-30" }))).toMatchObject({ status: 400 });
  });

  test("whoever applied is not asked again and counts as come; the cheapest that passes serves best; consent withdrawn is out", async () => {
    const [a, b, owner] = [await own.as("demo-bank-a"), await own.as("demo-bank-b"), await own.as("enterprise:E1")];
    const { db: fresh } = platformOf(own.system);
    await loadConsents(fresh);
    await adoptDemonstrationPolicies(fresh);
    // provider, products, consented, fits, may fit, best, applied: bank B is cheaper, and has nobody's consent.
    expect(await shares(own)).toEqual([
      ["demo-bank-a", 2, 3, 2, 0, 0, 0],
      ["demo-bank-b", 1, 0, 0, 0, 0, 0],
    ]);
    await owner.call(routes.applyForFinance, {
      body: {
        enterprise: "E1",
        product: "fit-a",
        key: "fits-test-1",
        request: { "request.amountFen": 1_000_000, "request.termMonths": 12 },
      },
    });
    expect((await fits(a, "fit-a")).items.map(({ enterprise }) => enterprise)).toEqual(["E3"]);
    expect((await fits(a, "fit-open")).total).toBe(2);
    await enter(plain("fit-cheap", "demo-bank-a", 10));
    expect(await shares(a)).toEqual([["demo-bank-a", 3, 3, 2, 0, 2, 1]]);
    expect(await shares(b)).toEqual([["demo-bank-b", 1, 0, 0, 0, 0, 0]]);
    await sql`update consent set withdrawn_at = now(), withdrawn_by = 'owner' where enterprise_id = 'E3'`.execute(fresh);
    expect(await fits(a, "fit-a")).toMatchObject({ enterprises: 2, total: 0, items: [] });
    expect(await shares(a)).toEqual([["demo-bank-a", 3, 2, 1, 0, 1, 1]]);
  });

  test("a price says where its base may be out of date", async () => {
    const warning = async (on: string) =>
      (await own.call(routes.matchEnterprise, { params: { id: "E1" }, body: { on } })).matches[0]!.price.warning;
    expect(await warning(ON)).toBeNull();
    expect((await warning("2036-01-01"))!.en).toContain("2025-05-20");
  });
});

describe("on a machine of its own", () => {
  let surroundings: Surroundings;
  beforeAll(async () => {
    surroundings = await freshSurroundings();
    await zhiwei(surroundings.env, "import", await surroundings.file("sales.csv", salesCsv("E1", 900)), "--json");
  });
  afterAll(() => surroundings[Symbol.asyncDispose]());

  test("zhiwei match prints every product with its rules, limit, nominal rate and annual cost", async () => {
    const { status, stdout, stderr } = await zhiwei(surroundings.env, "match", "E1", "--on", ON, "--json");
    expect(status).toBe(0);
    expect(stderr).toContain("come with the demonstration region");
    const found = JSON.parse(stdout) as Record<string, unknown>[];
    expect(found.length).toBeGreaterThanOrEqual(24);
    for (const each of found) {
      expect(each).toMatchObject({
        product: expect.any(String) as string,
        outcome: expect.stringMatching(/^(pass|near|fail|unknown)$/) as string,
      });
      expect(["limit", "nominalRate", "annualCost"].filter((key) => !(key in each))).toEqual([]);
      expect((each["rules"] as unknown[]).length).toBeGreaterThan(0);
    }
    const table = await zhiwei(surroundings.env, "match", "E1", "--on", ON, "--request", '{"request.taxGrade":"A"}', "--by", "time");
    expect([table.status, table.stdout.includes("Annual cost")]).toEqual([0, true]);
  });

  test("wrong use is told apart from what is not there", async () => {
    expect((await zhiwei(surroundings.env, "match")).status).toBe(2);
    expect((await zhiwei(surroundings.env, "match", "E1", "--on", "tomorrow")).status).toBe(2);
    expect((await zhiwei(surroundings.env, "match", "E1", "--request", "[]")).status).toBe(2);
    expect((await zhiwei(surroundings.env, "match", "nobody")).status).toBe(3);
  });
});

test("the demonstration's products are published once, from wherever a stop left them, and what somebody withdrew stays withdrawn", async () => {
  await using own = await testServer();
  const { db: fresh } = platformOf(own.system);
  const [first, second] = demoProducts();
  await own.call(routes.putProductDraft, {
    params: { id: first!.id },
    body: { by: "示范产品岗 product desk, demonstration", document: first },
  });
  await publishDemonstrationProducts(fresh);
  const live = await own.call(routes.listProducts);
  expect(live.map(({ product, state, version }) => [product, state, version])).toEqual(
    demoProducts().map(({ id }) => [id, "published", 1]),
  );
  await own.call(routes.actOnProduct, act(second!.id, "withdraw", "运营", 1, { note: "示范" }));
  await publishDemonstrationProducts(fresh);
  expect(await own.call(routes.listProducts)).toHaveLength(live.length - 1);
});
