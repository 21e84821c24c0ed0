import { afterAll, beforeAll, expect, test } from "vitest";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import { PARTY_KINDS, type Route } from "../../api/src/route.ts";
import { salesCsv, testServer } from "./server.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
  await server.importFile("one.csv", salesCsv("E1", 40));
  await server.importFile("two.csv", salesCsv("E2", 40, 20_000_000));
});
afterAll(() => server[Symbol.asyncDispose]());

/** A seat of each kind. */
const SEATS = {
  operator: "operator",
  enterprise: "enterprise:E1",
  bank: "demo-bank-a",
  guarantor: "demo-guarantor",
  insurer: "demo-insurer",
  bureau: "demo-bureau",
  supervisor: "demo-supervisor",
} as const satisfies Record<(typeof PARTY_KINDS)[number], string>;

test("before the first account, whoever sits at this machine is the operator", async () => {
  await using own = await testServer();
  expect(await own.call(routes.getSession)).toEqual({
    by: "machine",
    party: { id: "operator", kind: "operator", name: { zh: "平台运营方", en: "Platform operator" }, demonstration: false },
    enterprise: null,
    name: "operator",
    recordedAs: null,
    post: { zh: "平台运营", en: "Operations" },
    seat: null,
    seats: null,
  });
  // Where it is no demonstration there are no seats, and their cookie says nothing.
  expect(await own.refusal(routes.takeSeat, { body: { seat: "demo-bank-a" } })).toEqual({ status: 403, code: "no-seats" });
  const reply = await fetch(`${own.url}${API_PREFIX}/session`, { headers: { cookie: "zhiwei_seat=demo-bank-a" } });
  expect(await reply.json()).toMatchObject({ by: "machine", party: { id: "operator" } });
});

test("each seat is its party's, and an owner's that of his enterprise", async () => {
  for (const [kind, seat] of Object.entries(SEATS)) {
    const session = await (await server.as(seat)).call(routes.getSession);
    expect(session).toMatchObject({ party: { kind }, seat, enterprise: kind === "enterprise" ? "E1" : null });
    expect(session.seats!.map((each) => each.id)).toContain("demo-bank-b");
  }
  const took = await (await server.as("operator")).call(routes.takeSeat, { body: { seat: "demo-bank-a-risk" } });
  expect(took).toMatchObject({
    by: "seat",
    party: { id: "demo-bank-a", name: { zh: "示范银行甲" }, demonstration: true },
    post: { zh: "风控" },
  });
  const operator = await server.as("operator");
  for (const seat of ["nobody", "enterprise:nobody", "enterprise:", "demo-bank-a; x", "demo-bank-a "])
    expect(await operator.refusal(routes.takeSeat, { body: { seat } })).toEqual({ status: 404, code: "not-found" });
  // A cookie that names no seat leaves its bearer where he would be without it.
  for (const cookie of ["zhiwei_seat=nobody", "zhiwei_seat=%E0%A4%A", "zhiwei_seat="]) {
    const reply = await fetch(`${server.url}${API_PREFIX}/session`, { headers: { cookie } });
    expect(await reply.json()).toMatchObject({ by: "machine", seat: "operator" });
  }
});

test("who comes through a proxy does not sit at this machine", async () => {
  for (const header of ["x-forwarded-for", "forwarded", "via", "x-real-ip"]) {
    const reply = await fetch(`${server.url}${API_PREFIX}/enterprises`, { headers: { [header]: "203.0.113.9" } });
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([401, "sign-in-needed"]);
  }
});

test("reached under a public name, nobody is the operator unasked", async () => {
  await using own = await testServer({ ZHIWEI_HOSTS: "credit.example.cn" });
  expect(await own.call(routes.getSession)).toMatchObject({ by: "none", party: null, seats: null });
  expect(await own.refusal(routes.listEnterprises)).toEqual({ status: 401, code: "sign-in-needed" });
  expect(await (await own.as("demo-bank-a")).refusal(routes.listEnterprises)).toEqual({ status: 401, code: "sign-in-needed" });
  expect(await own.refusal(routes.takeSeat, { body: { seat: "demo-bank-a" } })).toEqual({ status: 403, code: "no-seats" });
});

test("every route × every kind of party: whom the contract does not name is refused, whom it names gets past", async () => {
  const wrong: string[] = [];
  for (const route of Object.values(routes) as Route[])
    for (const kind of PARTY_KINDS) {
      if (route.id === "takeSeat") continue;
      const path = route.path.replace(":id", route.path.startsWith("/enterprises/") ? "E1" : "1").replace(/:\w+/g, "none");
      // An empty body: who gets past is told that it does not fit.
      const reply = await fetch(`${server.url}${API_PREFIX}${path}`, {
        method: route.method,
        headers: { cookie: `zhiwei_seat=${encodeURIComponent(SEATS[kind])}`, "content-type": "application/json" },
        ...(route.method === "GET" ? {} : { body: "{}" }),
      });
      const code = reply.status === 403 ? ((await reply.json()) as { code: string }).code : null;
      const refused = code === "not-for-this-party";
      const meant = route.audience !== "public" && !route.audience.includes(kind);
      if (refused !== meant) wrong.push(`${route.id} ${kind}: ${reply.status} ${code}`);
    }
  expect(wrong).toEqual([]);
});

test("the routes of records and models are not for owners, nor imports for anybody but the operator", () => {
  const open = (kind: (typeof PARTY_KINDS)[number]) =>
    (Object.values(routes) as Route[]).filter(({ audience }) => audience === "public" || audience.includes(kind)).map(({ id }) => id);
  for (const kind of PARTY_KINDS.filter((each) => each !== "operator"))
    for (const id of ["startImport", "listImports", "listBatches", "listQuarantine", "retryQuarantine", "dismissQuarantine"])
      expect(open(kind), kind).not.toContain(id);
  expect(open("enterprise").filter((id) => /scorecard|sample|training/i.test(id))).toEqual([]);
  expect(open("supervisor")).not.toContain("actOnScorecard");
  expect((Object.values(routes) as Route[]).filter(({ audience }) => audience === "public").map(({ id }) => id)).toEqual(
    expect.arrayContaining(["getSystem", "getSession"]),
  );
});

test("an owner sees the own enterprise alone, also in the counts", async () => {
  const owner = await server.as("enterprise:E1");
  const list = await owner.call(routes.listEnterprises, { query: {} });
  expect([list.total, list.items.map((each) => each.id)]).toEqual([1, ["E1"]]);
  expect(list.facets.sizeClasses.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(1);
  expect((await owner.call(routes.listEnterprises, { query: { search: "E2" } })).total).toBe(0);
  expect((await owner.call(routes.getEnterprise, { params: { id: "E1" } })).id).toBe("E1");
  for (const route of (Object.values(routes) as Route[]).filter(
    ({ path, audience }) => path.startsWith("/enterprises/:id") && audience.includes("enterprise"),
  ))
    expect(await owner.refusal(route, { params: { id: "E2" } as never }), route.id).toEqual({ status: 403, code: "not-your-enterprise" });
});
