import { afterAll, beforeAll, expect, test } from "vitest";
import { routes } from "../../api/src/index.ts";
import { platformOf } from "../../server/src/system/state.ts";
import { salesCsv, testServer } from "./server.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
  await server.importFile("one.csv", salesCsv("E1", 40));
  await server.importFile("two.csv", salesCsv("E2", 40, 20_000_000));
});
afterAll(() => server[Symbol.asyncDispose]());

const E1 = { params: { id: "E1" } };
const wanted = { recipient: "demo-bank-a", purposes: ["credit-assessment"], classes: ["profile", "invoices"], months: 6 } as const;
const body = { ...wanted, purposes: [...wanted.purposes], classes: [...wanted.classes] };

test("the owner consents to the text that was shown; the bank reads everything it covers, and nothing after the withdrawal", async () => {
  const owner = await server.as("enterprise:E1");
  const bank = await server.as("demo-bank-a");
  const READS = [
    [routes.getEnterprise, {}],
    [routes.getProfile, {}],
    [routes.getFeatures, {}],
    [routes.getScore, {}],
    [routes.listInvoices, {}],
    [routes.listInvoices, { feature: "net_sales_12m" }],
    [routes.listCounterparties, { side: "sale" }],
    [routes.getBundle, {}],
  ] as const;
  const refusedAll = async () => {
    for (const [route, query] of READS)
      expect(await bank.refusal(route, { ...E1, query: query as never }), route.id).toEqual({ status: 403, code: "no-consent" });
    expect((await bank.call(routes.listEnterprises)).items).toEqual([]);
  };
  await refusedAll();

  const draft = await owner.call(routes.draftConsent, { ...E1, body: { ...body, language: "zh" } });
  expect(draft.text).toContain("示范银行甲");
  expect(draft.separate).toEqual([]);
  const give = { ...body, language: "zh" as const, separate: [], sha256: draft.sha256 };
  expect(await owner.refusal(routes.giveConsent, { ...E1, body: { ...give, months: 7 } })).toEqual({ status: 409, code: "text-changed" });
  expect(await owner.refusal(routes.giveConsent, { ...E1, body: { ...give, recipient: "operator" } })).toEqual({
    status: 404,
    code: "not-found",
  });
  const given = await owner.call(routes.giveConsent, { ...E1, body: give });
  expect(given).toMatchObject({ standing: "in-force", given: "console", text: draft.text, recipient: { id: "demo-bank-a" } });

  for (const [route, query] of READS) if (route !== routes.getBundle) await bank.call(route, { ...E1, query: query as never });
  const listed = await bank.call(routes.listEnterprises);
  expect([listed.items.map((item) => item.id), listed.total]).toEqual([["E1"], 1]);
  // For a purpose that was not consented to, and of an enterprise that did not consent, nothing.
  expect(await bank.refusal(routes.getProfile, { ...E1, query: { purpose: "guarantee" } })).toEqual({ status: 403, code: "no-consent" });
  expect((await bank.call(routes.listEnterprises, { query: { purpose: "guarantee" } })).total).toBe(0);
  expect(await bank.refusal(routes.getProfile, { params: { id: "E2" } })).toEqual({ status: 403, code: "no-consent" });
  expect(await bank.refusal(routes.getProfile, { params: { id: "nobody" } })).toEqual({ status: 404, code: "not-found" });
  expect((await bank.call(routes.listHeldConsents)).items).toMatchObject([{ consent: { id: given.id } }]);

  // Every read that was answered or refused is there, each as what it was.
  const reads = await owner.call(routes.listReads, { ...E1, query: { party: "demo-bank-a", pageSize: 200 } });
  const count = (denied: boolean) =>
    reads.items
      .filter((read) => (read.denial !== null) === denied)
      .map((read) => read.what)
      .toSorted();
  expect(count(false)).toEqual(["counterparties", "enterprise", "features", "invoices", "invoices", "list", "profile", "score"]);
  expect(count(true)).toHaveLength(READS.length + 1);
  expect(reads.readers.find((reader) => reader.party.id === "demo-bank-a")).toMatchObject({ allowed: 8, refused: READS.length + 1 });
  expect((await owner.call(routes.listReads, { ...E1, query: { outcome: "refused" } })).items.every((read) => read.denial !== null)).toBe(
    true,
  );

  // Withdrawn by a call without a word of reason.
  const other = await server.as("enterprise:E2");
  expect((await other.refusal(routes.withdrawConsent, { params: { id: "E1", consent: given.id } })).status).toBe(403);
  expect((await other.refusal(routes.withdrawConsent, { params: { id: "E2", consent: given.id } })).status).toBe(404);
  const gone = await owner.call(routes.withdrawConsent, { params: { id: "E1", consent: given.id } });
  expect(gone).toMatchObject({ standing: "withdrawn" });
  const told = await platformOf(server.system).db.selectFrom("event").selectAll().where("subject", "=", given.id).execute();
  expect(told).toMatchObject([{ type: "consent.withdrawn", parties: ["operator", "demo-bank-a", "enterprise:E1"] }]);
  expect(await owner.refusal(routes.withdrawConsent, { params: { id: "E1", consent: given.id } })).toEqual({
    status: 409,
    code: "already-withdrawn",
  });
  await refusedAll();
});

test("a request is answered by consent; the operator enters one only with the paper", async () => {
  const owner = await server.as("enterprise:E2");
  const bank = await server.as("demo-guarantor");
  const E2 = { params: { id: "E2" } };
  const asked = await bank.call(routes.askForConsent, {
    ...E2,
    body: { purposes: ["guarantee"], classes: ["profile"], months: 12, reason: "担保审查" },
  });
  expect((await owner.call(routes.listConsents, E2)).requests).toMatchObject([{ id: asked.id, state: "open", reason: "担保审查" }]);
  const terms = {
    recipient: "demo-guarantor",
    purposes: ["guarantee" as const],
    classes: ["profile" as const],
    months: 12,
    language: "en" as const,
  };
  const { sha256 } = await server.call(routes.draftConsent, { ...E2, body: terms });
  const give = { ...terms, separate: [], sha256, request: asked.id };
  expect(await server.refusal(routes.giveConsent, { ...E2, body: give })).toEqual({ status: 422, code: "no-paper" });
  const given = await server.call(routes.giveConsent, { ...E2, body: { ...give, paper: "档案 2026-17" } });
  expect(given).toMatchObject({ given: "paper", note: "档案 2026-17" });
  expect((await bank.call(routes.listHeldConsents)).requests).toMatchObject([{ state: "granted", consent: given.id }]);
  await bank.call(routes.getProfile, { ...E2, query: {} });
  // A party takes back its own requests alone.
  const again = await bank.call(routes.askForConsent, {
    ...E2,
    body: { purposes: ["guarantee"], classes: ["invoices"], months: 1, reason: "-" },
  });
  expect((await (await server.as("demo-bank-b")).refusal(routes.cancelConsentRequest, { params: { request: again.id } })).status).toBe(404);
  expect(await bank.call(routes.cancelConsentRequest, { params: { request: again.id } })).toMatchObject({ state: "cancelled" });
});

test("an objection marks the record as disputed until the operator has answered it", async () => {
  const owner = await server.as("enterprise:E1");
  const raised = await owner.call(routes.raiseObjection, {
    ...E1,
    body: { class: "invoices", about: "10000003", claim: "金额应为 103 元" },
  });
  expect(raised).toMatchObject({ state: "received", daysLeft: 20, overdue: false });
  expect(await owner.call(routes.getEnterprise, E1)).toMatchObject({ disputed: 1 });
  expect((await server.call(routes.listEnterprises)).items.find((item) => item.id === "E1")).toMatchObject({ disputed: 1 });
  const act = (who: typeof owner, action: "verify" | "correct", answer?: string) =>
    who.call(routes.actOnObjection, { params: { id: "E1", objection: raised.id }, body: { action, ...(answer ? { answer } : {}) } });
  await expect(act(owner, "verify")).rejects.toMatchObject({ status: 403 });
  expect(await act(server as never, "verify")).toMatchObject({ state: "verifying" });
  await expect(act(server as never, "correct")).rejects.toMatchObject({ problem: { code: "no-answer" } });
  expect((await server.call(routes.listOpenObjections)).map((each) => each.id)).toEqual([raised.id]);
  expect(await act(server as never, "correct", "已更正")).toMatchObject({ state: "corrected", daysLeft: null, answer: "已更正" });
  expect(await owner.call(routes.getEnterprise, E1)).toMatchObject({ disputed: 0 });
  expect((await (await server.as("enterprise:E2")).refusal(routes.listObjections, E1)).status).toBe(403);
});
