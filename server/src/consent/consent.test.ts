import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { type Consent, type DataClass, PURPOSES, type Purpose, noConsent, permits } from "@zhiwei/core/consent";
import { freshDatabase } from "../../../test/database.ts";
import { type Actor, OPERATOR } from "../access/actor.ts";
import { type Db, openDb } from "../db/index.ts";
import { recordAbout } from "../evidence/records.ts";
import { Refusal } from "../http/refusal.ts";
import { profileOf } from "../profile/index.ts";
import {
  type Grant,
  askForConsent,
  checkReads,
  closeRequest,
  commitReads,
  consentsOf,
  consentsTo,
  draftConsent,
  grantConsents,
  listRequests,
  permitList,
  permitRead,
  permitted,
  readersOf,
  readsOf,
  traceShown,
  withdrawConsent,
} from "./index.ts";

const bank = (name: string): Actor => ({ party: name, kind: "bank", enterprise: null, name: "信贷员" });
const BANK = bank("bank-a");
const OWNER: Actor = { party: "enterprise:E1", kind: "enterprise", enterprise: "E1", name: "企业负责人" };

const place = async () => {
  const database = await freshDatabase();
  const db = await openDb(database.url, 6);
  await enterprise(db, "E1", "company");
  await enterprise(db, "S1", "sole-trader");
  return {
    db,
    url: database.url,
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
};
const enterprise = (db: Db, id: string, kind: "company" | "sole-trader") =>
  db
    .insertInto("enterprise")
    .values({ id, name: `示范企业 ${id}`, kind })
    .execute();

const grant = (change: Partial<Grant> = {}): Grant => ({
  enterprise: "E1",
  recipient: "bank-a",
  recipientName: { zh: "示范银行甲", en: "Demonstration bank A" },
  purposes: ["credit-assessment"],
  classes: ["profile"],
  separate: [],
  months: 6,
  language: "zh",
  shownSha256: null,
  given: "console",
  by: "企业负责人",
  note: "",
  request: null,
  ...change,
});
const give = async (db: Db, change: Partial<Grant> = {}, now?: Date) => (await grantConsents(db, [grant(change)], now))[0]!;
const profileRead = { enterprise: "E1", classes: ["profile"], what: "profile" } as const;
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof Refusal)) throw error ?? new Error("was not refused");
  return { status: error.status, ...error.problem };
};

describe("permits", () => {
  test("the rule in SQL is the rule of core: on random worlds both permit the same, refuse for the same reason, and rest on the same", async () => {
    await using at = await place();
    const { db } = at;
    const T = (minute: number) => new Date(Date.UTC(2026, 0, 5, 4, minute));
    const classes = ["profile", "invoices", "people"] as const satisfies readonly DataClass[];
    const two = PURPOSES.slice(0, 2) as [Purpose, Purpose];
    const consent = fc.record({
      id: fc.uuid(),
      recipient: fc.constantFrom("bank-a", "bank-a", "bank-b"),
      purposes: fc.subarray(two, { minLength: 1 }),
      classes: fc.subarray([...classes], { minLength: 1 }),
      separate: fc.subarray([...classes]),
      from: fc.nat(9),
      length: fc.integer({ min: 1, max: 9 }),
      withdrawn: fc.option(fc.nat(5)),
    });
    const asks = fc.record({ purpose: fc.constantFrom(...two), classes: fc.subarray([...classes], { minLength: 1 }) });
    let serial = 0;
    const reasons = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(consent, { maxLength: 4 }),
        asks,
        fc.constantFrom("company" as const, "sole-trader" as const),
        async (drawn, ask, kind) => {
          const id = `X${++serial}`;
          await enterprise(db, id, kind);
          const now = T(5);
          const consents: Consent[] = drawn.map((each) => ({
            id: each.id,
            enterprise: id,
            recipient: each.recipient,
            purposes: each.purposes,
            classes: each.classes,
            separate: each.separate.filter((one) => each.classes.includes(one)),
            from: T(each.from).toISOString(),
            until: T(each.from + each.length).toISOString(),
            withdrawnAt: each.withdrawn === null ? null : T(each.withdrawn).toISOString(),
          }));
          if (consents.length > 0)
            await db
              .insertInto("consent")
              .values(
                consents.map((each) => ({
                  id: each.id,
                  enterprise_id: id,
                  recipient: each.recipient,
                  purposes: [...each.purposes],
                  classes: [...each.classes],
                  separate: [...each.separate],
                  from_at: each.from,
                  until_at: each.until,
                  given: "console" as const,
                  given_by: "-",
                  shown: JSON.stringify({ version: 1, language: "zh", text: "", separate: {} }),
                  sha256: each.id,
                  withdrawn_at: each.withdrawnAt,
                  withdrawn_by: each.withdrawnAt === null ? null : "-",
                })),
              )
              .execute();
          const expected = permits(consents, { enterprise: id, kind, party: "bank-a", ...ask }, now.toISOString());
          const read = permitRead(db, BANK, { enterprise: id, ...ask, what: "profile" }, now);
          if (expected.permitted) expect((await read).enterprise).toBe(id);
          else {
            reasons.add(expected.reason);
            const said = await refusal(read);
            expect(said.status).toBe(403);
            expect(said).toMatchObject(noConsent(expected));
          }
          const { items, total } = await readsOf(db, id, {}, { page: 1, pageSize: 10 });
          expect(total).toBe(1);
          expect(items[0]).toMatchObject({
            at: now.toISOString(),
            party: "bank-a",
            purpose: ask.purpose,
            denial: expected.permitted ? null : expected.reason,
            consents: expected.permitted ? expected.consents : [],
          });
          // The list says the same in its own words.
          const list = permitList(BANK, { ...ask, what: "list" }, now);
          const listed = await db.selectFrom("enterprise").select("id").where("id", "=", id).where(permitted(list)).execute();
          expect(listed.length === 1).toBe(expected.permitted);
          expect([...(await traceShown(db, list, [id]))]).toEqual(expected.permitted ? [id] : []);
          const { items: after } = await readsOf(db, id, {}, { page: 1, pageSize: 10 });
          expect(after.length).toBe(expected.permitted ? 2 : 1);
          if (expected.permitted) expect(after[0]).toMatchObject({ what: "list", basis: "consent", consents: expected.consents });
        },
      ),
      { numRuns: 300 },
    );
    expect([...reasons].toSorted()).toEqual([
      "class-not-covered",
      "expired",
      "none",
      "not-yet",
      "other-purpose",
      "separate-consent-missing",
      "withdrawn",
    ]);
  });

  test("reads asked at the same moment are judged together: each by its own consents and traced once, none by another's fault", async () => {
    await using at = await place();
    const { db } = at;
    const reads = Array.from({ length: 60 }, (_, i) => {
      const [actor, of, says] = (
        [
          [OPERATOR, "E1", "operation"],
          [OWNER, "E1", "own"],
          [BANK, "E1", 403],
          [BANK, "nobody", 404],
          // PostgreSQL keeps no NUL: this one cannot be traced, so it must not be permitted either.
          [{ ...OPERATOR, name: "\u0000" }, "E1", "failed"],
        ] as const
      )[i % 5]!;
      return { says, asked: permitRead(db, actor, { ...profileRead, enterprise: of }) };
    });
    const settled = await Promise.allSettled(reads.map(({ asked }) => asked));
    for (const [i, found] of settled.entries()) {
      const { says } = reads[i]!;
      if (typeof says === "number") expect(found).toMatchObject({ status: "rejected", reason: { status: says } });
      else if (says === "failed") expect(found).toMatchObject({ status: "rejected", reason: { code: "22021" } });
      else expect(found).toMatchObject({ status: "fulfilled", value: { enterprise: "E1" } });
    }
    const { items, total } = await readsOf(db, "E1", {}, { page: 1, pageSize: 100 });
    expect(total).toBe(36);
    expect(items.map(({ basis, denial }) => `${basis} ${denial}`).toSorted()).toEqual(
      reads
        .flatMap(({ says }) => (says === 403 ? ["consent none"] : says === "own" || says === "operation" ? [`${says} null`] : []))
        .toSorted(),
    );
  });

  test("operator and owner read without consent, each traced as what it is; an owner gets no further than the own enterprise", async () => {
    await using at = await place();
    const { db } = at;
    await permitRead(db, OPERATOR, profileRead);
    await permitRead(db, OWNER, profileRead);
    expect(await refusal(permitRead(db, OWNER, { ...profileRead, enterprise: "S1" }))).toMatchObject({ status: 403, code: "no-consent" });
    expect(await refusal(permitRead(db, OPERATOR, { ...profileRead, enterprise: "nobody" }))).toMatchObject({ status: 404 });
    expect(await refusal(permitRead(db, BANK, { ...profileRead, enterprise: "nobody" }))).toMatchObject({ status: 404 });
    expect((await readsOf(db, "E1", {}, { page: 1, pageSize: 9 })).items.map(({ basis, purpose }) => [basis, purpose])).toEqual([
      ["own", "own"],
      ["operation", "operation"],
    ]);
    const seen = async (actor: Actor) =>
      (
        await db
          .selectFrom("enterprise")
          .select("id")
          .where(permitted(permitList(actor, { classes: ["profile"], what: "list" })))
          .orderBy("id")
          .execute()
      ).map(({ id }) => id);
    expect(await seen(OPERATOR)).toEqual(["E1", "S1"]);
    expect(await seen(OWNER)).toEqual(["E1"]);
    expect(await seen(BANK)).toEqual([]);
    expect([...(await traceShown(db, permitList(OWNER, { classes: ["profile"], what: "list" }), ["E1", "S1"]))]).toEqual(["E1"]);
    expect((await readsOf(db, "E1", {}, { page: 1, pageSize: 9 })).items[0]).toMatchObject({ what: "list", basis: "own", consents: [] });
  });

  test("without a permit, or with one for other data, a read does not compile", () => {
    // Never called: the compiler is the test, and fails where one of these lines would pass.
    const never = async (context: Parameters<typeof profileOf>[0], db: Db) => {
      // @ts-expect-error an id is no permit
      await profileOf(context, "E1");
      // @ts-expect-error nor is an object that looks like one
      await profileOf(context, { enterprise: "E1" });
      const invoices = await permitRead(db, BANK, { enterprise: "E1", classes: ["invoices"], what: "invoices" });
      // @ts-expect-error a permit for invoices is none for the profile
      await profileOf(context, invoices);
      const both = await permitRead(db, BANK, { enterprise: "E1", classes: ["invoices", "profile"], what: "invoices" });
      await profileOf(context, both);
    };
    expect(typeof never).toBe("function");
  });

  test("the platform's own permit answers no request: no route and no command asks for it", () => {
    const root = join(import.meta.dirname, "..");
    const users = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.startsWith("consent/"))
      .filter((name) => readFileSync(join(root, name), "utf8").includes("platformPermit"));
    expect(users.filter((name) => name.endsWith("routes.ts") || name.startsWith("cli/") || name.startsWith("http/"))).toEqual([]);
  });
});

describe("giving and withdrawing", () => {
  test("a consent opens the data at once, its withdrawal closes it at once; both are in the evidence log", async () => {
    await using at = await place();
    const { db } = at;
    expect(await refusal(permitRead(db, BANK, profileRead))).toMatchObject({ status: 403, code: "no-consent" });
    const given = await give(db);
    await permitRead(db, BANK, profileRead);
    expect(await refusal(permitRead(db, bank("bank-b"), profileRead))).toMatchObject({
      text: { en: "The enterprise has given you no consent." },
    });
    expect(await refusal(permitRead(db, BANK, { ...profileRead, purpose: "guarantee" }))).toMatchObject({
      text: { en: "The enterprise's consent is for other purposes." },
    });
    const record = await recordAbout(db, "consent", given.sha256);
    expect(JSON.parse(record!.record!)).toMatchObject({
      kind: "consent",
      subject: "E1",
      content: { consent: given.id, sha256: given.sha256 },
    });

    const gone = await withdrawConsent(db, given.id, "企业负责人");
    expect(gone.withdrawnAt).not.toBeNull();
    expect(await recordAbout(db, "consent-withdrawal", given.sha256)).not.toBeNull();
    expect(await refusal(permitRead(db, BANK, profileRead))).toMatchObject({
      text: { en: "The enterprise has withdrawn its consent to you." },
    });
    expect((await consentsOf(db, "E1")).map(({ id }) => id)).toEqual([given.id]);
    expect((await consentsTo(db, "bank-a", { page: 1, pageSize: 9 })).total).toBe(0);
    expect((await readersOf(db, "E1")).find(({ party }) => party === "bank-a")).toMatchObject({
      allowed: 1,
      refused: 3,
      classes: ["profile"],
      purposes: ["credit-assessment", "guarantee"],
    });
  });

  test("of many withdrawals at the same moment one is kept and logged", async () => {
    await using at = await place();
    const { db } = at;
    const given = await give(db);
    const done = await Promise.allSettled(Array.from({ length: 6 }, () => withdrawConsent(db, given.id, "-")));
    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { n } = await db
      .selectFrom("evidence_record")
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .where("kind", "=", "consent-withdrawal")
      .executeTakeFirstOrThrow();
    expect(n).toBe(1);
  });

  test("the words that are kept are the words that were shown; others are refused, and nothing is kept", async () => {
    await using at = await place();
    const { db } = at;
    const wanted = {
      enterprise: "S1",
      recipient: "bank-a",
      purposes: ["credit-assessment"],
      classes: ["profile", "bank", "invoices"],
      months: 6,
    } as const;
    const draft = await draftConsent(db, wanted, grant().recipientName, "en");
    expect(draft.separate.map((each) => each.class)).toEqual(["profile", "bank"]);
    const given = await give(db, { ...wanted, separate: ["bank"], language: "en", shownSha256: draft.sha256 });
    expect(given.shown).toEqual({
      version: 1,
      language: "en",
      text: draft.text,
      separate: { bank: draft.separate.find((each) => each.class === "bank")!.text },
    });
    // The profile of a sole trader without its separate consent stays closed; invoices are open.
    expect(await refusal(permitRead(db, BANK, { ...profileRead, enterprise: "S1" }))).toMatchObject({
      text: { zh: "敏感数据缺少单独同意：信用画像与评分。" },
    });
    await permitRead(db, BANK, { enterprise: "S1", classes: ["invoices", "bank"], what: "invoices" });
    expect(await refusal(give(db, { ...wanted, months: 5, shownSha256: draft.sha256 }))).toMatchObject({
      status: 409,
      code: "text-changed",
    });
    expect(await refusal(grantConsents(db, [grant(), grant({ enterprise: "nobody" })]))).toMatchObject({ status: 404 });
    expect((await consentsOf(db, "E1")).length).toBe(0);
  });

  test("a consent never changes, and nobody deletes it or a trace", async () => {
    await using at = await place();
    const { db } = at;
    const given = await give(db);
    await permitRead(db, BANK, profileRead);
    for (const statement of [
      sql`update consent set recipient = 'bank-b'`,
      sql`update consent set until_at = until_at + interval '1 year', withdrawn_at = now(), withdrawn_by = '-'`,
      sql`delete from consent`,
      sql`truncate consent cascade`,
      sql`update consent_read set party = 'bank-b'`,
      sql`delete from consent_read`,
      sql`truncate consent_read`,
    ])
      await expect(statement.execute(db)).rejects.toMatchObject({ code: "42501" });
    await withdrawConsent(db, given.id, "-");
    await expect(sql`update consent set withdrawn_at = null, withdrawn_by = null`.execute(db)).rejects.toMatchObject({ code: "42501" });
  });

  test("a consent ends by itself", async () => {
    await using at = await place();
    const { db } = at;
    const given = await give(db, { months: 1 }, new Date("2026-01-05T04:00:00Z"));
    expect(given.until).toBe("2026-02-04T16:00:00.000Z");
    await permitRead(db, BANK, profileRead, new Date("2026-02-04T15:59:59.999Z"));
    expect(await refusal(permitRead(db, BANK, profileRead, new Date("2026-02-04T16:00:00.000Z")))).toMatchObject({
      text: { en: "The enterprise's consent to you is over." },
    });
  });

  test("a request is answered once: by a consent, by declining, or by taking it back", async () => {
    await using at = await place();
    const { db } = at;
    const wanted = {
      enterprise: "E1",
      purposes: ["credit-assessment"],
      classes: ["profile"],
      months: 6,
      reason: "续贷审查 renewal",
    } as const;
    const request = await askForConsent(db, BANK, wanted);
    expect(await refusal(askForConsent(db, BANK, wanted))).toMatchObject({ status: 409, code: "already-asked" });
    await askForConsent(db, bank("bank-b"), wanted);
    // Another party's consent does not answer it.
    expect(await refusal(give(db, { recipient: "bank-b", request: request.id }))).toMatchObject({ code: "not-open" });
    expect((await consentsOf(db, "E1")).length).toBe(0);
    const given = await give(db, { request: request.id });
    expect((await listRequests(db, { recipient: "bank-a" }))[0]).toMatchObject({ state: "granted", consent: given.id });
    expect(await refusal(closeRequest(db, request.id, "declined", "-", ""))).toMatchObject({ code: "not-open" });
    const again = await askForConsent(db, BANK, wanted);
    expect(await closeRequest(db, again.id, "declined", "企业负责人", "目前不需要 not now")).toMatchObject({
      state: "declined",
      answer: "目前不需要 not now",
    });
    expect((await listRequests(db, { enterprise: "E1" })).map(({ state }) => state).toSorted()).toEqual(["declined", "granted", "open"]);
    expect(await refusal(askForConsent(db, BANK, { ...wanted, months: 13 }))).toMatchObject({ status: 422, code: "term-too-long" });
  });
});

describe("the trace is evidence", () => {
  const tampered = async (db: Db, table: string, statement: string) => {
    await sql.raw(`alter table ${table} disable trigger all; ${statement}; alter table ${table} enable trigger all`).execute(db);
    return (await checkReads(db)).faults;
  };

  test("each trace that is changed, taken away or slipped in is named", async () => {
    await using at = await place();
    const { db } = at;
    const now = new Date("2026-01-05T04:00:00.123Z");
    await give(db, {}, now);
    for (let n = 0; n < 5; n++) await permitRead(db, BANK, profileRead, now);
    expect(await commitReads(db, now)).toBe(5);
    expect(await commitReads(db, now)).toBe(0);
    await refusal(permitRead(db, bank("bank-b"), profileRead, now));
    await traceShown(db, permitList(OPERATOR, { classes: ["profile"], what: "list" }, now), ["E1", "S1"]);
    expect(await commitReads(db, now)).toBe(3);
    await permitRead(db, OWNER, profileRead, now); // not yet committed to
    expect(await checkReads(db)).toEqual({ traces: 8, faults: [] });

    const ids = (await readsOf(db, "E1", {}, { page: 1, pageSize: 50 })).items.map(({ id }) => id).toSorted((a, b) => a - b);
    const [first, second] = ids as [number, number];
    for (const change of [
      "party = 'bank-c'",
      "actor = '-'",
      "purpose = 'guarantee'",
      "what = 'score'",
      "classes = '{tax}'",
      "at = at + interval '1 millisecond'",
      "enterprise_id = 'S1'",
      "consents = '{}'",
      "denial = null, basis = 'operation', consents = '{}'",
    ]) {
      const before = await sql<{ row: unknown }>`select to_jsonb(consent_read) as row from consent_read where id = ${first}`.execute(db);
      expect(await tampered(db, "consent_read", `update consent_read set ${change} where id = ${first}`), change).toEqual([
        { id: first, last: 5, fault: "changed" },
      ]);
      await sql.raw(`alter table consent_read disable trigger all`).execute(db);
      await sql`delete from consent_read where id = ${first}`.execute(db);
      await sql`insert into consent_read overriding system value select * from jsonb_populate_record(null::consent_read, ${JSON.stringify(before.rows[0]!.row)}::jsonb)`.execute(
        db,
      );
      await sql.raw(`alter table consent_read enable trigger all`).execute(db);
      expect((await checkReads(db)).faults).toEqual([]);
    }
    expect(await tampered(db, "consent_read", `delete from consent_read where id = ${second}`)).toEqual([
      { id: second, last: 5, fault: "missing" },
    ]);
    expect(
      await tampered(
        db,
        "consent_read",
        `insert into consent_read overriding system value select ${second}, at, enterprise_id, 'slipped in', actor, purpose, classes, what, basis, consents, denial from consent_read where id = ${first}`,
      ),
    ).toEqual([{ id: second, last: 5, fault: "changed" }]);
  });

  test("a commitment made to fit what was changed no longer fits the evidence", async () => {
    await using at = await place();
    const { db } = at;
    const now = new Date();
    for (let n = 0; n < 3; n++) await permitRead(db, OPERATOR, profileRead, now);
    await commitReads(db, now);
    await permitRead(db, OPERATOR, profileRead, now);
    await commitReads(db, now);
    expect(
      await tampered(
        db,
        "consent_read_commitment",
        "update consent_read_commitment set leaves = overlay(leaves placing '\\x00' from 1) where last = 3",
      ),
    ).toContainEqual({ id: null, last: 3, fault: "commitment-changed" });
    const gone = await tampered(db, "consent_read_commitment", "delete from consent_read_commitment where last = 4");
    expect(gone).toContainEqual({ id: null, last: 4, fault: "commitment-missing" });
  });

  test("reads that go on while commitments are made are all committed to, each once", async () => {
    await using at = await place();
    const { db } = at;
    await give(db);
    let reading = true;
    const committing = (async () => {
      let sum = 0;
      while (reading) sum += await commitReads(db, new Date());
      return sum;
    })();
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 50; n++) await permitRead(db, BANK, profileRead);
      }),
    );
    reading = false;
    const sum = (await committing) + (await commitReads(db, new Date()));
    expect(sum).toBe(200);
    expect(await checkReads(db)).toEqual({ traces: 200, faults: [] });
    const { rows } = await sql<{ ids: string[] }>`select ids from consent_read_commitment order by last`.execute(db);
    const ids = rows.flatMap((row) => row.ids.map(Number));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(200);
  });

  test("the log holds a salted hash of the commitment, and no word of who read whom", async () => {
    await using at = await place();
    const { db } = at;
    await permitRead(db, bank("bank-of-somewhere"), profileRead).catch(() => {});
    await commitReads(db, new Date());
    const leaves = await db.selectFrom("evidence_leaf").select("entry").execute();
    for (const { entry } of leaves) {
      expect(entry.toString()).not.toMatch(/bank-of-somewhere|E1/);
      expect(Object.keys(JSON.parse(entry.toString()) as object)).toEqual(["commitment", "kind", "v"]);
    }
  });
});
