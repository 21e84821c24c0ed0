import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../api/src/index.ts";
import type { Product } from "../../core/src/product/index.ts";
import { loadConsents } from "../../demo/consents.ts";
import { demoPolicy } from "../../demo/policy.ts";
import { demoProducts } from "../../demo/products.ts";
import { adoptDemonstrationPolicies } from "../../server/src/decision/demonstration.ts";
import { expireOffers } from "../../server/src/decision/store.ts";
import { platformOf } from "../../server/src/system/state.ts";
import { type Api, salesCsv, testServer } from "./server.ts";

let server: Awaited<ReturnType<typeof testServer>>;
let owner: Api;
let officer: Api;
let risk: Api;
const db = () => platformOf(server.system).db;
const WAN = 1_000_000;

const words = (text: string) => ({ zh: text, en: text });
/** A product of bank A that needs a history, lends a share of sales, and has the price of a demonstration product. */
const product = (id: string, provider: "demo-bank-a" | "demo-bank-b" = "demo-bank-a"): Product => {
  const from = demoProducts().find((each) => each.id === "invoice-credit-b")!;
  return {
    ...from,
    id,
    provider: { ...from.provider, id: provider },
    offered: { from: "2024-01-01" as never, to: null, regions: [], sectors: [], notSectors: [] },
    eligibility: [
      {
        id: "history",
        title: words("history"),
        when: { fact: "feature.history_months", op: "ge", value: 12 },
        unless: [],
        citation: "assumption",
        validFrom: null,
        validTo: null,
      },
    ],
    limit: {
      ...from.limit,
      take: "least",
      terms: [{ id: "sales", title: words("sales"), fact: "feature.net_sales_12m", times: 1, citation: "assumption" }],
      minFen: WAN as never,
      maxFen: (300 * WAN) as never,
      stepFen: WAN as never,
      exposure: null,
    },
    price: {
      base: "lpr-1y",
      rows: [{ when: null, title: words("all"), spreadBp: 100 }],
      floorBp: null,
      ceilingBp: null,
      citation: "assumption",
    },
    fees: [],
    subsidies: [],
    riskSharing: null,
  };
};
const publish = async (document: Product) => {
  const { version, sha256 } = await server.call(routes.putProductDraft, { params: { id: document.id }, body: { by: "a", document } });
  await server.call(routes.actOnProduct, { params: { id: document.id }, body: { action: "submit", version, by: "a" } });
  await server.call(routes.actOnProduct, { params: { id: document.id }, body: { action: "publish", version, by: "b", sha256 } });
};

beforeAll(async () => {
  server = await testServer();
  // E1 sells for two years until the last day of the records; E2 has a short history.
  await server.importFile("sales.csv", salesCsv("E1", 1460));
  await server.importFile("short.csv", salesCsv("E2", 40, 30_000_000));
  await publish(product("plain-a"));
  await publish(product("plain-b", "demo-bank-b"));
  await adoptDemonstrationPolicies(db());
  // A policy that decides without a score, which this region has none of.
  const document = { ...demoPolicy("demo-bank-a"), decline: [], refer: [], straightThroughUpToFen: 20 * WAN };
  const { version, sha256 } = await server.call(routes.proposePolicy, {
    params: { provider: "demo-bank-a" },
    body: { document: document as never, by: "a" },
  });
  await server.call(routes.settlePolicy, { params: { provider: "demo-bank-a", version }, body: { approve: true, sha256, by: "b" } });
  owner = await server.as("enterprise:E1");
  officer = await server.as("demo-bank-a");
  risk = await server.as("demo-bank-a-risk");
  await loadConsents(db());
});
afterAll(() => server[Symbol.asyncDispose]());

const apply = (amountFen: number, more: object = {}) => ({
  body: {
    enterprise: "E1",
    product: "plain-a",
    key: randomUUID(),
    request: { "request.amountFen": amountFen, "request.termMonths": 12 },
    ...more,
  },
});
const act = (id: string, body: object) => ({ params: { id }, body: body as never });

describe("applications", () => {
  test("are decided at once, with the versions they rest on, and can be decided again to the bit", async () => {
    const made = await owner.call(routes.applyForFinance, apply(10 * WAN));
    expect(made.summary).toMatchObject({ state: "approved", computed: "approve", askedFen: 10 * WAN, terms: { amountFen: 10 * WAN } });
    expect(made.decision).toMatchObject({
      product: { id: "plain-a", version: 1 },
      policy: { provider: "demo-bank-a", version: 2 },
      decided: { outcome: "approve" },
    });
    expect(made.actions).toEqual(["ask-review", "accept", "withdraw"]);
    expect(await officer.call(routes.replayDecision, { params: { id: made.summary.id } })).toEqual({
      same: true,
      sha256: made.sha256,
      again: made.sha256,
      logged: true,
    });
    // Changed behind its back, the replay says so.
    await sql
      .raw(
        `begin; set local session_replication_role = replica; update decision set facts = replace(facts, '"request.termMonths":12', '"request.termMonths":11') where application_id = '${made.summary.id}'; commit`,
      )
      .execute(db());
    expect(await officer.call(routes.replayDecision, { params: { id: made.summary.id } })).toMatchObject({ same: false });
    const accepted = await owner.call(routes.actOnApplication, act(made.summary.id, { action: "accept" }));
    expect(accepted.summary.state).toBe("accepted");
  });

  test("sent again under the same key, also twenty at once, they are one; another content under the key is refused", async () => {
    const same = apply(8 * WAN);
    const found = await Promise.all(Array.from({ length: 20 }, () => owner.call(routes.applyForFinance, same)));
    expect(new Set(found.map(({ summary }) => summary.id)).size).toBe(1);
    const { body } = same;
    expect(
      await owner.refusal(routes.applyForFinance, { body: { ...body, request: { ...body.request, "request.amountFen": 9 * WAN } } }),
    ).toEqual({ status: 409, code: "key-reused" });
    const rows = await db().selectFrom("decision").select("id").where("application_id", "=", found[0]!.summary.id).execute();
    expect(rows).toHaveLength(1);
  });

  test("sent at the same moment they are kept together: each is answered as it reads afterwards, told and logged once", async () => {
    const asked = Array.from({ length: 24 }, (_, i) => apply((5 + (i % 12)) * WAN, i % 4 === 3 ? { enterprise: "E2" } : {}));
    // Two of one key and another content among them: one is kept, the other told so.
    const twice = { ...asked[0]!.body, request: { ...asked[0]!.body.request, "request.termMonths": 6 } };
    const short = await server.as("enterprise:E2");
    const settled = await Promise.allSettled([
      ...asked.map((each, i) => (i % 4 === 3 ? short : owner).call(routes.applyForFinance, each)),
      owner.refusal(routes.applyForFinance, { body: twice }).catch(() => owner.call(routes.applyForFinance, { body: twice })),
    ]);
    const made = settled.flatMap((each) => (each.status === "fulfilled" && "summary" in each.value ? [each.value] : []));
    const refused = settled.flatMap((each) => (each.status === "fulfilled" && "code" in each.value ? [each.value] : []));
    const failed = settled.flatMap((each) => (each.status === "rejected" ? [each.reason as { status: number }] : []));
    expect(made).toHaveLength(24);
    expect([...refused.map(({ code }) => code), ...failed.map(({ status }) => status)]).toHaveLength(1);
    for (const each of made) {
      const api = each.summary.enterprise.id === "E2" ? short : owner;
      expect(await api.call(routes.getApplication, { params: { id: each.summary.id } })).toEqual(each);
      const { id } = each.summary;
      const told = await db().selectFrom("event").select(["type", "parties"]).where("subject", "=", id).execute();
      expect(told).toEqual([
        { type: "application.decided", parties: ["operator", "demo-bank-a", `enterprise:${each.summary.enterprise.id}`] },
      ]);
      expect(await officer.call(routes.replayDecision, { params: { id } })).toMatchObject({ same: true, logged: true });
    }
  });

  test("of a lender without the enterprise's consent are refused, and of another enterprise there is none", async () => {
    expect(await owner.refusal(routes.applyForFinance, apply(10 * WAN, { product: "plain-b" }))).toEqual({
      status: 403,
      code: "no-consent",
    });
    expect((await owner.refusal(routes.applyForFinance, apply(10 * WAN, { enterprise: "E2" }))).status).toBe(404);
    expect((await officer.refusal(routes.applyForFinance, apply(10 * WAN))).status).toBe(403);
    const made = await owner.call(routes.applyForFinance, apply(10 * WAN));
    const bankB = await server.as("demo-bank-b");
    expect((await bankB.refusal(routes.getApplication, { params: { id: made.summary.id } })).status).toBe(404);
    const other = await server.as("enterprise:E2");
    expect((await other.refusal(routes.getApplication, { params: { id: made.summary.id } })).status).toBe(404);
    expect((await bankB.call(routes.listApplications)).total).toBe(0);
    // The read of the profile that the decision took is in the enterprise's trace.
    const traces = await db().selectFrom("consent_read").select(["party", "purpose", "what"]).where("what", "=", "decision").execute();
    expect(traces).toContainEqual({ party: "demo-bank-a", purpose: "loan-application", what: "decision" });
  });

  test("a refusal says why and what to do, and is looked at by a person when the enterprise asks", async () => {
    const short = await server.as("enterprise:E2");
    const refused = await short.call(routes.applyForFinance, apply(5 * WAN, { enterprise: "E2" }));
    expect(refused.summary.state).toBe("declined");
    expect(refused.decision.decided.reasons[0]).toMatchObject({ code: "limit", remedy: { zh: expect.stringContaining("1 万元") } });
    const id = refused.summary.id;
    await short.call(routes.actOnApplication, act(id, { action: "ask-review", reason: "季节性停产 seasonal" }));
    expect(await officer.call(routes.listApplications, { query: { open: "yes" } })).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id, review: "asked" })]),
    });
    expect(await officer.refusal(routes.actOnApplication, act(id, { action: "resolve", outcome: "decline" }))).toEqual({
      status: 409,
      code: "reason-needed",
    });
    const upheld = await officer.call(
      routes.actOnApplication,
      act(id, { action: "resolve", outcome: "decline", reason: "经营历史过短 too short a history" }),
    );
    expect(upheld.summary).toMatchObject({ state: "declined", review: "done" });
    const seen = await short.call(routes.getApplication, { params: { id } });
    expect(seen.resolution).toMatchObject({ outcome: "decline", by: { post: "信贷员" } });
    expect(seen.events.map(({ action }) => action)).toEqual(["apply", "ask-review", "resolve"]);
  });

  test("beyond what is decided without a person it goes to the worklist: one proposes, another signs, within authority", async () => {
    const made = await owner.call(routes.applyForFinance, apply(40 * WAN));
    expect(made.summary).toMatchObject({ state: "referred", computed: "refer" });
    const { id } = made.summary;
    const terms = made.summary.terms!;
    await officer.call(routes.actOnApplication, act(id, { action: "take" }));
    expect(await risk.refusal(routes.actOnApplication, act(id, { action: "take" }))).toEqual({ status: 409, code: "taken-by-another" });
    const proposed = await officer.call(routes.actOnApplication, act(id, { action: "resolve", outcome: "approve", terms }));
    expect(proposed.summary.state).toBe("proposed");
    expect(await officer.refusal(routes.actOnApplication, act(id, { action: "sign" }))).toEqual({ status: 409, code: "own-proposal" });
    const signed = await risk.call(routes.actOnApplication, act(id, { action: "sign" }));
    expect(signed).toMatchObject({ summary: { state: "approved" }, signedBy: { post: "风控" } });
    const logged = await db()
      .selectFrom("evidence_record")
      .select("record")
      .where("kind", "=", "decision")
      .orderBy("position", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(logged.record!)).toMatchObject({ subject: "E1", content: { application: id, outcome: "approve", override: false } });
  });

  test("of two who sign at the same moment one does, and the record has one signature", async () => {
    const made = await owner.call(routes.applyForFinance, apply(41 * WAN));
    const { id } = made.summary;
    await officer.call(routes.actOnApplication, act(id, { action: "resolve", outcome: "approve", terms: made.summary.terms }));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => risk.call(routes.actOnApplication, act(id, { action: "sign" }))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const signs = await db()
      .selectFrom("application_event")
      .select("id")
      .where("application_id", "=", id)
      .where("action", "=", "sign")
      .execute();
    expect(signs).toHaveLength(1);
  });

  test("what a person offers stands from his day on, within the product, at a cost that the platform works out; lapsed, nobody accepts it", async () => {
    const made = await owner.call(routes.applyForFinance, apply(42 * WAN));
    const { id } = made.summary;
    const terms = { ...made.summary.terms!, nominalRate: 0.042, annualCost: 0.001 };
    const beyond = { ...terms, amountFen: 301 * WAN };
    expect(
      await officer.refusal(routes.actOnApplication, act(id, { action: "resolve", outcome: "approve", terms: beyond, reason: "x" })),
    ).toEqual({
      status: 422,
      code: "beyond-product",
    });
    await officer.call(routes.actOnApplication, act(id, { action: "resolve", outcome: "approve", terms, reason: "x" }));
    await sql.raw(`update application set valid_until = '2020-01-01' where id = '${id}'`).execute(db());
    const signed = await risk.call(routes.actOnApplication, act(id, { action: "sign" }));
    expect(signed.summary.validUntil > "2026-01-01").toBe(true);
    expect(signed.summary.terms!.annualCost!).toBeGreaterThan(0.042);
    await sql.raw(`update application set valid_until = '2020-01-01' where id = '${id}'`).execute(db());
    expect(await owner.refusal(routes.actOnApplication, act(id, { action: "accept" }))).toEqual({ status: 409, code: "offer-lapsed" });
    expect(await expireOffers(db(), new Date())).toBe(1);
    expect((await owner.call(routes.getApplication, { params: { id } })).summary.state).toBe("expired");
  });

  test("a batch decides many at once; who has not consented, or has no records, is said so", async () => {
    const found = await officer.call(routes.decideBatch, {
      body: { product: "plain-a", enterprises: ["E1", "E2", "E9"], request: { "request.amountFen": 10 * WAN } },
    });
    expect(found.map(({ enterprise, decided, problem }) => [enterprise, decided?.outcome ?? null, problem !== null])).toEqual([
      ["E1", "approve", false],
      ["E2", "decline", false],
      ["E9", null, true],
    ]);
    expect(await officer.refusal(routes.decideBatch, { body: { product: "plain-b", enterprises: ["E1"], request: {} } })).toEqual({
      status: 403,
      code: "not-your-product",
    });
  });

  test("tell their parties what happened, with ids and nothing of the profile; a repetition and what is refused tell nothing", async () => {
    const sent = apply(9 * WAN);
    const { summary } = await owner.call(routes.applyForFinance, sent);
    await owner.call(routes.applyForFinance, sent);
    expect((await officer.refusal(routes.actOnApplication, act(summary.id, { action: "accept" }))).status).toBe(403);
    await owner.call(routes.actOnApplication, act(summary.id, { action: "ask-review", reason: "private words" }));
    await officer.call(routes.actOnApplication, act(summary.id, { action: "take" }));
    const events = await db().selectFrom("event").selectAll().where("subject", "=", summary.id).orderBy("place").execute();
    const told = { application: summary.id, enterprise: "E1", provider: "demo-bank-a", product: { id: "plain-a", version: 1 } };
    expect(events.map(({ type, data }) => [type, JSON.parse(data)])).toEqual([
      ["application.decided", { ...told, action: "apply", state: "approved" }],
      ["application.changed", { ...told, action: "ask-review", state: "referred" }],
      ["application.changed", { ...told, action: "take", state: "referred" }],
    ]);
    for (const { parties } of events) expect(parties).toEqual(["operator", "demo-bank-a", "enterprise:E1"]);

    const offered = await owner.call(routes.applyForFinance, apply(7 * WAN));
    await sql`update application set valid_until = '2020-01-01' where id = ${offered.summary.id}`.execute(db());
    expect(await expireOffers(db(), new Date())).toBe(1);
    expect(await expireOffers(db(), new Date())).toBe(0);
    const last = await db().selectFrom("event").selectAll().where("subject", "=", offered.summary.id).orderBy("place").execute();
    expect(last.map(({ data }) => (JSON.parse(data) as { state: string }).state)).toEqual(["approved", "expired"]);
  });

  test("a rule that is changed changes the next decision, and leaves those before as they were", async () => {
    const before = await owner.call(routes.applyForFinance, apply(10 * WAN));
    expect(before.summary.state).toBe("approved");
    const stricter = product("plain-a");
    const { eligibility } = stricter;
    await publish({ ...stricter, eligibility: [{ ...eligibility[0]!, when: { fact: "feature.history_months", op: "ge", value: 120 } }] });
    const after = await owner.call(routes.applyForFinance, apply(10 * WAN));
    expect(after).toMatchObject({ summary: { state: "declined" }, decision: { product: { id: "plain-a", version: 2 } } });
    expect(after.decision.decided.reasons[0]).toMatchObject({ code: "history", from: "product" });
    const still = await owner.call(routes.getApplication, { params: { id: before.summary.id } });
    expect([still.sha256, still.summary.state, still.decision.product.version]).toEqual([before.sha256, "approved", 1]);
    for (const { summary } of [before, after])
      expect(await officer.call(routes.replayDecision, { params: { id: summary.id } })).toMatchObject({ same: true, logged: true });
    await publish(product("plain-a"));
  });

  test("what was decided and done is kept: the tables refuse every change", async () => {
    for (const statement of [
      "update decision set facts = '{}'",
      "delete from decision",
      "delete from application_event",
      "update decision_policy set document = '{}'",
      "delete from decision_policy",
    ])
      await expect(sql.raw(statement).execute(db()), statement).rejects.toMatchObject({ code: "42501" });
  });
});

test("a policy is proposed by one and put into force by another, for his own institution alone", async () => {
  const document = { ...demoPolicy("demo-bank-a"), validDays: 10 } as never;
  const made = await officer.call(routes.proposePolicy, { params: { provider: "demo-bank-a" }, body: { document } });
  const at = { provider: "demo-bank-a", version: made.version };
  expect(await officer.refusal(routes.settlePolicy, { params: at, body: { approve: true, sha256: made.sha256 } })).toEqual({
    status: 409,
    code: "own-policy",
  });
  expect(await risk.refusal(routes.settlePolicy, { params: at, body: { approve: true, sha256: "0".repeat(64) } })).toEqual({
    status: 409,
    code: "not-what-was-seen",
  });
  const bankB = await server.as("demo-bank-b");
  expect(await bankB.refusal(routes.settlePolicy, { params: at, body: { approve: true, sha256: made.sha256 } })).toEqual({
    status: 403,
    code: "not-your-policy",
  });
  expect(await risk.call(routes.settlePolicy, { params: at, body: { approve: false, sha256: made.sha256 } })).toMatchObject({
    state: "rejected",
  });
  // Rejected is not adopted: of it nothing is logged.
  const loggedOf = async (sha256: string) =>
    (await db().selectFrom("evidence_record").select(["kind", "subject", "record"]).where("about", "=", sha256).execute()).map(
      ({ record, ...rest }) => ({ ...rest, ...(JSON.parse(record!) as { content: unknown }) }),
    );
  expect(await loggedOf(made.sha256)).toEqual([]);
  const broken = {
    ...demoPolicy("demo-bank-a"),
    refer: [{ ...demoPolicy("demo-bank-a").refer[0]!, when: { fact: "no.such", op: "gt", value: 1 } }],
  } as never;
  expect((await officer.refusal(routes.proposePolicy, { params: { provider: "demo-bank-a" }, body: { document: broken } })).status).toBe(
    422,
  );
  // Nothing is decided by what billing one sale in parts moves.
  const counting = {
    ...demoPolicy("demo-bank-a"),
    refer: [{ ...demoPolicy("demo-bank-a").refer[0]!, when: { fact: "feature.sale_invoices_12m", op: "lt", value: 10 } }],
  } as never;
  expect(await officer.refusal(routes.proposePolicy, { params: { provider: "demo-bank-a" }, body: { document: counting } })).toMatchObject({
    status: 422,
  });
  // What is put into force is evidence, with both who saw it, once: a second approval is refused and logs nothing.
  const { version, sha256 } = await officer.call(routes.proposePolicy, { params: { provider: "demo-bank-a" }, body: { document } });
  const next = { params: { provider: "demo-bank-a", version }, body: { approve: true, sha256 } };
  expect((await risk.call(routes.settlePolicy, next)).state).toBe("in-force");
  expect((await risk.refusal(routes.settlePolicy, next)).code).toBe("not-in-this-state");
  const logged = await loggedOf(sha256);
  expect(logged).toMatchObject([{ kind: "decision-policy", subject: null, content: { provider: "demo-bank-a", version, sha256 } }]);
  const { proposedBy, by } = (logged[0] as unknown as { content: { proposedBy: string; by: string } }).content;
  expect(proposedBy).not.toBe(by);
  const kept = (await officer.call(routes.listPolicies)).find((each) => each.version === version)!;
  expect([proposedBy, by]).toEqual([kept.madeBy, kept.approvedBy]);
});
