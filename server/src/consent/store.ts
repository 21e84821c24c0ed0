/** Consents as they are kept: given, withdrawn, asked for. Giving and withdrawing are logged as evidence in the same transaction. */
import { randomUUID } from "node:crypto";
import { type Selectable, sql } from "kysely";
import { type Json, type Language, type Text, canonicalJson, problem } from "@zhiwei/core/basics";
import {
  type Blanks,
  CURRENT_WORDING,
  type Consent,
  type DataClass,
  type EnterpriseKind,
  type Given,
  type Instant,
  PURPOSES,
  type Purpose,
  DATA_CLASSES,
  type Terms,
  beijingDay,
  consentText,
  lastDayOf,
  longestTerm,
  needsSeparate,
  separateText,
  termsOf,
  withdraw,
} from "@zhiwei/core/consent";
import type { Actor } from "../access/actor.ts";
import type { Db, Tx } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { emit } from "../events/outbox.ts";
import { logRecords } from "../evidence/records.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { sha256Hex as sha256 } from "../system/hash.ts";
import { instant } from "../db/instant.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const requireUuid = (id: string, what: Text): void => {
  if (!UUID.test(id)) throw notFound(what, id.slice(0, 100));
};

/** A consent as it is kept: the value, how it was given, and the words that were shown. */
export type KeptConsent = Consent & {
  readonly given: Given;
  readonly givenBy: string;
  readonly note: string;
  readonly sha256: string;
  readonly shown: Selectable<Database["consent"]>["shown"];
  readonly withdrawnBy: string | null;
};

const toConsent = (row: Selectable<Database["consent"]>): KeptConsent => ({
  id: row.id,
  enterprise: row.enterprise_id,
  recipient: row.recipient,
  purposes: row.purposes,
  classes: row.classes,
  separate: row.separate,
  from: instant(row.from_at),
  until: instant(row.until_at),
  withdrawnAt: row.withdrawn_at === null ? null : instant(row.withdrawn_at),
  given: row.given,
  givenBy: row.given_by,
  note: row.note,
  sha256: row.sha256,
  shown: row.shown,
  withdrawnBy: row.withdrawn_by,
});

/** What an enterprise is asked to agree to, before its term begins. */
export type Wanted = {
  readonly enterprise: string;
  readonly recipient: string;
  readonly purposes: readonly Purpose[];
  readonly classes: readonly DataClass[];
  /** Sensitive classes that are agreed to on their own. */
  readonly separate: readonly DataClass[];
  readonly months: number;
};

type Grantor = { readonly id: string; readonly name: string; readonly kind: EnterpriseKind };
const grantorsOf = async (db: Db | Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Grantor>> => {
  const { rows } = await sql<Grantor>`select id, name, kind from enterprise where id = any(${[...new Set(ids)]}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
};
const grantorOf = async (db: Db | Tx, id: string): Promise<Grantor> => {
  const found = (await grantorsOf(db, [id])).get(id);
  if (!found) throw notFound({ zh: "企业", en: "enterprise" }, id.slice(0, 100));
  return found;
};

/** The terms and the exact words for them. The names are part of the words. */
const drafted = (wanted: Wanted, grantor: Grantor, recipient: Text, demonstration: boolean, now: Date) => {
  const made = termsOf({ ...wanted, kind: grantor.kind }, now.toISOString());
  if (!made.ok) throw new Refusal(422, made.error);
  const terms = made.value;
  const blanks: Blanks = {
    enterprise: grantor.name === grantor.id ? grantor.id : `${grantor.name}（${grantor.id}）`,
    recipient,
    purposes: terms.purposes,
    classes: terms.classes,
    from: beijingDay(terms.from),
    until: lastDayOf(terms),
    demonstration,
  };
  return { terms, text: consentText(CURRENT_WORDING, blanks), separate: (each: DataClass) => separateText(CURRENT_WORDING, blanks, each) };
};

/** The words of a consent before it is given, and what of it needs a separate one. `sha256` is given back with the grant. */
export const draftConsent = async (db: Db, wanted: Omit<Wanted, "separate">, recipient: Text, language: Language, now = new Date()) => {
  const grantor = await grantorOf(db, wanted.enterprise);
  const { terms, text, separate } = drafted({ ...wanted, separate: [] }, grantor, recipient, false, now);
  return {
    version: CURRENT_WORDING,
    language,
    text: text[language],
    sha256: sha256(text[language]),
    from: beijingDay(terms.from),
    until: lastDayOf(terms),
    separate: terms.classes
      .filter((each) => needsSeparate(each, grantor.kind))
      .map((each) => ({ class: each, text: separate(each)[language] })),
  };
};

const textChanged = new Refusal(
  409,
  problem(
    "text-changed",
    "所同意的文本与现在的文本不同。",
    "The text that was agreed to is not the one that stands now.",
    "请重新阅读文本后再确认。",
    "Read the text again, then agree to it.",
  ),
);

export type Grant = Wanted & {
  /** Name of the recipient as the text has it. */
  readonly recipientName: Text;
  readonly language: Language;
  /** Of the text that was shown, where it was shown to somebody: it must be the one that is kept. */
  readonly shownSha256: string | null;
  readonly given: Given;
  readonly by: string;
  readonly note: string;
  /** The request that it answers. */
  readonly request: string | null;
};

const document = (terms: Terms, id: string, grant: Grant, shown: KeptConsent["shown"]): Json => ({
  id,
  enterprise: terms.enterprise,
  recipient: terms.recipient,
  purposes: terms.purposes,
  classes: terms.classes,
  separate: terms.separate,
  from: terms.from,
  until: terms.until,
  given: grant.given,
  by: grant.by,
  wording: shown.version,
  language: shown.language,
  text: sha256(shown.text),
  separateTexts: Object.fromEntries(Object.entries(shown.separate).map(([each, text]) => [each, sha256(text)])),
});

const GRANTED_AT_ONCE = 500;

/**
 * Gives consents, each with its evidence record, all or none. Refuses what `termsOf` refuses (422), a text other than the one that was
 * shown (409 `text-changed`), an unknown enterprise (404), and a request that is not open (409 `not-open`).
 */
export const grantConsents = async (db: Db, grants: readonly Grant[], now = new Date()): Promise<KeptConsent[]> =>
  db.transaction().execute(async (tx) => {
    const grantors = await grantorsOf(
      tx,
      grants.map((each) => each.enterprise),
    );
    const rows = grants.map((grant) => {
      const grantor = grantors.get(grant.enterprise);
      if (!grantor) throw notFound({ zh: "企业", en: "enterprise" }, grant.enterprise.slice(0, 100));
      const made = drafted(grant, grantor, grant.recipientName, grant.given === "demonstration", now);
      const { terms } = made;
      const shown = {
        version: CURRENT_WORDING,
        language: grant.language,
        text: made.text[grant.language],
        separate: Object.fromEntries(terms.separate.map((each) => [each, made.separate(each)[grant.language]])),
      };
      if (grant.shownSha256 !== null && grant.shownSha256 !== sha256(shown.text)) throw textChanged;
      const id = randomUUID();
      return {
        id,
        enterprise_id: terms.enterprise,
        recipient: terms.recipient,
        purposes: [...terms.purposes],
        classes: [...terms.classes],
        separate: [...terms.separate],
        from_at: terms.from,
        until_at: terms.until,
        given: grant.given,
        given_by: grant.by,
        note: grant.note,
        shown: JSON.stringify(shown),
        sha256: sha256(canonicalJson(document(terms, id, grant, shown))),
      };
    });
    const kept: KeptConsent[] = [];
    for (let at = 0; at < rows.length; at += GRANTED_AT_ONCE)
      kept.push(
        ...(
          await tx
            .insertInto("consent")
            .values(rows.slice(at, at + GRANTED_AT_ONCE))
            .returningAll()
            .execute()
        ).map(toConsent),
      );
    for (const [place, { request, by, enterprise, recipient }] of grants.entries())
      if (request !== null)
        await answer(tx, request, { enterprise, recipient, state: "granted", by, note: "", consent: rows[place]!.id }, now);
    await logRecords(
      tx,
      kept.map(({ id, enterprise, sha256: hash, given }) => ({
        kind: "consent",
        subject: enterprise,
        content: { consent: id, given, sha256: hash },
        about: hash,
      })),
      now,
    );
    return kept;
  });

export const consentById = async (db: Db | Tx, id: string, lock = false): Promise<KeptConsent> => {
  requireUuid(id, { zh: "授权", en: "consent" });
  const query = db.selectFrom("consent").selectAll().where("id", "=", id);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (!row) throw notFound({ zh: "授权", en: "consent" }, id);
  return toConsent(row);
};

/** Withdraws a consent at once. Of two at the same moment one succeeds, and the other is told that it was withdrawn already. */
export const withdrawConsent = async (db: Db, id: string, by: string, now = new Date()): Promise<KeptConsent> =>
  db.transaction().execute(async (tx) => {
    const consent = await consentById(tx, id, true);
    const gone = withdraw(consent, now.toISOString());
    if (!gone.ok) throw new Refusal(409, gone.error);
    const row = await tx
      .updateTable("consent")
      .set({ withdrawn_at: now.toISOString(), withdrawn_by: by })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const { enterprise, recipient } = consent;
    await emit(
      tx,
      [
        {
          type: "consent.withdrawn",
          subject: id,
          parties: ["operator", recipient, `enterprise:${enterprise}`],
          data: { consent: id, enterprise, recipient },
        },
      ],
      now,
    );
    await logRecords(
      tx,
      [
        {
          kind: "consent-withdrawal",
          subject: consent.enterprise,
          content: { consent: id, sha256: consent.sha256 },
          about: consent.sha256,
        },
      ],
      now,
    );
    return toConsent(row);
  });

/** Consents of an enterprise, those in force first, then by when they ended. */
export const consentsOf = async (db: Db, enterprise: string, now = new Date()): Promise<KeptConsent[]> =>
  (
    await db
      .selectFrom("consent")
      .selectAll()
      .where("enterprise_id", "=", enterprise)
      .orderBy(sql`withdrawn_at is null and until_at > ${now.toISOString()}::timestamptz desc`)
      .orderBy(sql`coalesce(withdrawn_at, from_at) desc`)
      .orderBy("id")
      .execute()
  ).map(toConsent);

/** Consents in force that a party holds, the one that ends first at the top. */
export const consentsTo = async (
  db: Db,
  recipient: string,
  { page, pageSize, endsWithinDays }: { readonly page: number; readonly pageSize: number; readonly endsWithinDays?: number | undefined },
  now = new Date(),
) => {
  const at = now.toISOString();
  const live = db
    .selectFrom("consent")
    .innerJoin("enterprise", "enterprise.id", "consent.enterprise_id")
    .where("recipient", "=", recipient)
    .where("withdrawn_at", "is", null)
    .where("until_at", ">", at)
    .$if(endsWithinDays !== undefined, (query) =>
      query.where(sql<boolean>`until_at <= ${at}::timestamptz + make_interval(days => ${endsWithinDays ?? 0})`),
    );
  const rows = await live
    .selectAll("consent")
    .select("enterprise.name as enterprise_name")
    .orderBy("until_at")
    .orderBy(sql`length(enterprise_id)`)
    .orderBy("enterprise_id")
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  const { n } = await live.select(({ fn }) => fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
  return { items: rows.map((row) => ({ ...toConsent(row), enterpriseName: row.enterprise_name })), total: n };
};

// Requests.

export type KeptRequest = {
  readonly id: string;
  readonly enterprise: string;
  readonly enterpriseName: string;
  readonly recipient: string;
  readonly purposes: Purpose[];
  readonly classes: DataClass[];
  readonly months: number;
  readonly reason: string;
  readonly askedBy: string;
  readonly askedAt: Instant;
  readonly state: Selectable<Database["consent_request"]>["state"];
  readonly answeredAt: Instant | null;
  readonly answer: string;
  readonly consent: string | null;
};

const toRequest = (row: Selectable<Database["consent_request"]> & { readonly enterprise_name: string }): KeptRequest => ({
  id: row.id,
  enterprise: row.enterprise_id,
  enterpriseName: row.enterprise_name,
  recipient: row.recipient,
  purposes: row.purposes,
  classes: row.classes,
  months: row.months,
  reason: row.reason,
  askedBy: row.asked_by,
  askedAt: instant(row.asked_at),
  state: row.state,
  answeredAt: row.answered_at === null ? null : instant(row.answered_at),
  answer: row.answer,
  consent: row.consent_id,
});

const requests = (db: Db | Tx) =>
  db
    .selectFrom("consent_request")
    .innerJoin("enterprise", "enterprise.id", "consent_request.enterprise_id")
    .selectAll("consent_request")
    .select("enterprise.name as enterprise_name");

const asked = new Refusal(
  409,
  problem(
    "already-asked",
    "已有一份请求在等待该企业答复。",
    "A request to this enterprise waits for its answer already.",
    "请等待答复，或先撤销原请求再重新提出。",
    "Wait for the answer, or cancel that request and ask anew.",
  ),
);
const notOpen = new Refusal(
  409,
  problem(
    "not-open",
    "这份请求已经答复或撤销。",
    "This request was answered or cancelled already.",
    "请刷新页面查看结果。",
    "Reload the page to see what became of it.",
  ),
);
const termRefused = (months: number) =>
  new Refusal(
    422,
    problem(
      "term-too-long",
      `就所选目的，一次授权最长 ${months} 个月。`,
      `For these purposes one consent lasts ${months} months at most.`,
      "请缩短期限，或把期限不同的目的分开请求。",
      "Shorten the term, or ask for purposes of different length apart.",
    ),
  );

/** A party asks an enterprise for consent. One open request of a party to an enterprise: 409 `already-asked`. */
export const askForConsent = async (
  db: Db,
  actor: Actor,
  wanted: Omit<Wanted, "separate" | "recipient"> & { readonly reason: string },
  now = new Date(),
): Promise<KeptRequest> => {
  const longest = longestTerm(wanted.purposes);
  if (wanted.months > longest) throw termRefused(longest);
  const grantor = await grantorOf(db, wanted.enterprise);
  const row = await db
    .insertInto("consent_request")
    .values({
      id: randomUUID(),
      enterprise_id: wanted.enterprise,
      recipient: actor.party,
      purposes: PURPOSES.filter((each) => wanted.purposes.includes(each)),
      classes: DATA_CLASSES.filter((each) => wanted.classes.includes(each)),
      months: wanted.months,
      reason: wanted.reason.trim(),
      asked_by: actor.name,
      asked_at: now.toISOString(),
    })
    .onConflict((conflict) => conflict.columns(["enterprise_id", "recipient"]).where("state", "=", "open").doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) throw asked;
  return toRequest({ ...row, enterprise_name: grantor.name });
};

const answer = async (
  tx: Db | Tx,
  id: string,
  given: {
    readonly enterprise?: string;
    readonly recipient?: string;
    readonly state: "granted" | "declined" | "cancelled";
    readonly by: string;
    readonly note: string;
    readonly consent: string | null;
  },
  now: Date,
): Promise<void> => {
  requireUuid(id, { zh: "授权请求", en: "request for consent" });
  const row = await tx
    .updateTable("consent_request")
    .set({
      state: given.state,
      answered_at: now.toISOString(),
      answered_by: given.by,
      answer: given.note.trim(),
      consent_id: given.consent,
    })
    .where("id", "=", id)
    .where("state", "=", "open")
    .$if(given.enterprise !== undefined, (query) => query.where("enterprise_id", "=", given.enterprise!))
    .$if(given.recipient !== undefined, (query) => query.where("recipient", "=", given.recipient!))
    .returning("id")
    .executeTakeFirst();
  if (!row) throw notOpen;
};

export const requestById = async (db: Db | Tx, id: string): Promise<KeptRequest> => {
  requireUuid(id, { zh: "授权请求", en: "request for consent" });
  const row = await requests(db).where("consent_request.id", "=", id).executeTakeFirst();
  if (!row) throw notFound({ zh: "授权请求", en: "request for consent" }, id);
  return toRequest(row);
};

/** The enterprise declines, or the party that asked takes it back. What was answered already is refused: 409 `not-open`. */
export const closeRequest = async (
  db: Db,
  id: string,
  state: "declined" | "cancelled",
  by: string,
  note: string,
  now = new Date(),
): Promise<KeptRequest> => {
  await requestById(db, id);
  await answer(db, id, { state, by, note, consent: null }, now);
  return requestById(db, id);
};

/** Requests to an enterprise or of a party, the open ones first, then the newest. */
export const listRequests = async (
  db: Db,
  whose: { readonly enterprise: string } | { readonly recipient: string },
): Promise<KeptRequest[]> => {
  const mine =
    "enterprise" in whose
      ? requests(db).where("enterprise_id", "=", whose.enterprise)
      : requests(db).where("recipient", "=", whose.recipient);
  return (
    await mine
      .orderBy(sql`consent_request.state = 'open' desc`)
      .orderBy("asked_at", "desc")
      .limit(200)
      .execute()
  ).map(toRequest);
};
