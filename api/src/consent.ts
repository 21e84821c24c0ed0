import { type Static, Type } from "typebox";
import { DATA_CLASSES, DENIALS, GIVEN, OBJECTION_ACTIONS, OBJECTION_STATES } from "@zhiwei/core/consent";
import { Day, Nullable, PARTY_KINDS, Page, PageQuery, PurposeSchema, TextSchema, noBody, route } from "./route.ts";

const Instant = Type.String({ description: "RFC 3339, UTC" });
const ClassSchema = Type.Enum([...DATA_CLASSES]);
const Purposes = Type.Array(PurposeSchema);
const Classes = Type.Array(ClassSchema);
/** A party by its id and its name. */
const Named = Type.Object({ id: Type.String(), name: TextSchema });
const id = Type.Object({ id: Type.String() });

/** Whose data it is, and who keeps the platform for them. */
const OWNERS = ["operator", "enterprise"] as const;
/** Those who read others' data, on consent. */
const READERS = ["bank", "guarantor", "insurer", "bureau", "supervisor"] as const;

export const ConsentSchema = Type.Object(
  {
    id: Type.String(),
    enterprise: Type.String(),
    recipient: Named,
    purposes: Purposes,
    classes: Classes,
    separate: Type.Array(ClassSchema, { description: "Sensitive classes that were consented to on their own" }),
    from: Instant,
    until: Type.String({ description: "First instant at which it no longer holds" }),
    lastDay: Day,
    standing: Type.Enum(["in-force", "not-yet", "expired", "withdrawn"]),
    given: Type.Enum([...GIVEN]),
    givenBy: Type.String(),
    note: Type.String(),
    wording: Type.Integer({ description: "Version of the wording" }),
    language: Type.Enum(["zh", "en"]),
    text: Type.String({ description: "The words that were shown and agreed to" }),
    separateTexts: Type.Array(Type.Object({ class: ClassSchema, text: Type.String() })),
    sha256: Type.String({ description: "Of the consent's document; evidence of giving and withdrawing is about it" }),
    withdrawnAt: Nullable(Instant),
    withdrawnBy: Nullable(Type.String()),
  },
  { $id: "Consent" },
);
export type ConsentDocument = Static<typeof ConsentSchema>;

export const ConsentRequestSchema = Type.Object(
  {
    id: Type.String(),
    enterprise: Type.String(),
    enterpriseName: Type.String(),
    recipient: Named,
    purposes: Purposes,
    classes: Classes,
    months: Type.Integer(),
    reason: Type.String(),
    askedBy: Type.String(),
    askedAt: Instant,
    state: Type.Enum(["open", "granted", "declined", "cancelled"]),
    answeredAt: Nullable(Instant),
    answer: Type.String(),
    consent: Nullable(Type.String()),
  },
  { $id: "ConsentRequest" },
);
export type ConsentRequest = Static<typeof ConsentRequestSchema>;

export const getConsentTerms = route({
  id: "getConsentTerms",
  method: "GET",
  path: "/consents/terms",
  tag: "consent",
  audience: PARTY_KINDS,
  summary: { zh: "授权可以写明的目的与数据类别", en: "Purposes and classes of data that a consent can speak of" },
  reply: Type.Object({
    purposes: Type.Array(Type.Object({ id: PurposeSchema, name: TextSchema, months: Type.Integer({ description: "Longest term" }) })),
    classes: Type.Array(
      Type.Object({
        id: ClassSchema,
        name: TextSchema,
        holds: TextSchema,
        sensitive: Type.Enum(["never", "sole-trader", "always"], { description: "Of whom it needs a separate consent" }),
        because: TextSchema,
      }),
    ),
  }),
});

export const listConsents = route({
  id: "listConsents",
  method: "GET",
  path: "/enterprises/:id/consents",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "一家企业的授权与收到的授权请求", en: "Consents of an enterprise, and requests made to it" },
  params: id,
  reply: Type.Object({ consents: Type.Array(ConsentSchema), requests: Type.Array(ConsentRequestSchema) }),
});

const Terms = {
  recipient: Type.String({ minLength: 1, maxLength: 200, description: "Id of the party that is to read" }),
  purposes: Type.Array(PurposeSchema, { minItems: 1, maxItems: 20 }),
  classes: Type.Array(ClassSchema, { minItems: 1, maxItems: 20 }),
  months: Type.Integer({ minimum: 1, maximum: 120 }),
};
const Language = Type.Enum(["zh", "en"]);

export const draftConsent = route({
  id: "draftConsent",
  method: "POST",
  path: "/enterprises/:id/consents/draft",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "授权前：将要同意的文本", en: "Before consent: the exact words that will be agreed to" },
  params: id,
  body: Type.Object({ ...Terms, language: Language }, { additionalProperties: false }),
  reply: Type.Object({
    version: Type.Integer(),
    language: Language,
    text: Type.String(),
    sha256: Type.String({ description: "To be given back with the consent" }),
    from: Day,
    until: Day,
    separate: Type.Array(Type.Object({ class: ClassSchema, text: Type.String() }), {
      description: "Sensitive classes that need a consent of their own, with its words",
    }),
  }),
});

export const giveConsent = route({
  id: "giveConsent",
  method: "POST",
  path: "/enterprises/:id/consents",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "给出授权", en: "Give consent" },
  params: id,
  body: Type.Object(
    {
      ...Terms,
      language: Language,
      separate: Type.Array(ClassSchema, { maxItems: 20 }),
      sha256: Type.String({ description: "Of the text that was shown" }),
      request: Type.Optional(Type.String({ description: "The request that it answers" })),
      paper: Type.Optional(
        Type.String({ maxLength: 500, description: "Where the signed paper is kept: needed where the operator enters it" }),
      ),
    },
    { additionalProperties: false },
  ),
  reply: ConsentSchema,
});

export const withdrawConsent = route({
  id: "withdrawConsent",
  method: "POST",
  path: "/enterprises/:id/consents/:consent/withdrawal",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "撤回授权：立即生效，无须理由", en: "Withdraw consent: at once, without a reason" },
  params: Type.Object({ id: Type.String(), consent: Type.String() }),
  body: noBody,
  reply: ConsentSchema,
});

export const listHeldConsents = route({
  id: "listHeldConsents",
  method: "GET",
  path: "/consents",
  tag: "consent",
  audience: READERS,
  summary: { zh: "本机构持有的有效授权与发出的请求", en: "Consents in force that this institution holds, and requests it sent" },
  query: Type.Object({
    ...PageQuery,
    endsWithinDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3660, description: "Only those that end within so many days" })),
  }),
  reply: Type.Object({
    ...Page(Type.Object({ enterpriseName: Type.String(), consent: ConsentSchema })).properties,
    /** That end within 30 days. */
    endingSoon: Type.Integer(),
    requests: Type.Array(ConsentRequestSchema),
  }),
});

export const askForConsent = route({
  id: "askForConsent",
  method: "POST",
  path: "/enterprises/:id/consent-requests",
  tag: "consent",
  audience: READERS,
  summary: { zh: "请求企业授权", en: "Ask an enterprise for consent" },
  params: id,
  body: Type.Object(
    {
      purposes: Terms.purposes,
      classes: Terms.classes,
      months: Terms.months,
      reason: Type.String({ minLength: 1, maxLength: 500, pattern: "\\S" }),
    },
    { additionalProperties: false },
  ),
  reply: ConsentRequestSchema,
});

export const declineConsentRequest = route({
  id: "declineConsentRequest",
  method: "POST",
  path: "/enterprises/:id/consent-requests/:request/decline",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "不同意一份授权请求", en: "Decline a request for consent" },
  params: Type.Object({ id: Type.String(), request: Type.String() }),
  body: Type.Object({ answer: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false }),
  reply: ConsentRequestSchema,
});

export const cancelConsentRequest = route({
  id: "cancelConsentRequest",
  method: "POST",
  path: "/consent-requests/:request/cancel",
  tag: "consent",
  audience: READERS,
  summary: { zh: "撤销本机构发出的请求", en: "Take back a request that this institution made" },
  params: Type.Object({ request: Type.String() }),
  body: noBody,
  reply: ConsentRequestSchema,
});

export const ReadSchema = Type.Object(
  {
    id: Type.Integer(),
    at: Instant,
    party: Named,
    actor: Type.String({ description: "The account or post" }),
    purpose: Type.String({ description: "A purpose of consents, `own` or `operation`" }),
    classes: Classes,
    what: Type.String(),
    whatName: TextSchema,
    basis: Type.Enum(["consent", "own", "operation"]),
    consents: Type.Array(Type.String()),
    denial: Nullable(Type.Enum([...DENIALS])),
  },
  { $id: "Read" },
);
export type ReadDocument = Static<typeof ReadSchema>;

export const listReads = route({
  id: "listReads",
  method: "GET",
  path: "/enterprises/:id/reads",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "谁在何时为何查询了这家企业，含被拒绝的查询", en: "Who read this enterprise's data, when and why; refused reads too" },
  params: id,
  query: Type.Object({
    ...PageQuery,
    party: Type.Optional(Type.String({ maxLength: 200 })),
    outcome: Type.Optional(Type.Enum(["allowed", "refused"])),
  }),
  reply: Type.Object({
    ...Page(ReadSchema).properties,
    readers: Type.Array(
      Type.Object({
        party: Named,
        allowed: Type.Integer(),
        refused: Type.Integer(),
        first: Instant,
        last: Instant,
        classes: Classes,
        purposes: Type.Array(Type.String()),
      }),
      { description: "Everybody who ever read, whatever is asked for" },
    ),
  }),
});

export const ObjectionSchema = Type.Object(
  {
    id: Type.String(),
    enterprise: Type.String(),
    class: ClassSchema,
    about: Type.String({ description: "Where in the data" }),
    claim: Type.String({ description: "What is held to be wrong" }),
    raisedBy: Type.String(),
    receivedAt: Instant,
    state: Type.Enum([...OBJECTION_STATES]),
    dueOn: Type.String({ format: "date", description: "Twenty days from the day after receipt" }),
    daysLeft: Nullable(Type.Integer()),
    overdue: Type.Boolean(),
    answeredAt: Nullable(Instant),
    answeredBy: Nullable(Type.String()),
    answer: Nullable(Type.String()),
  },
  { $id: "RecordObjection" },
);
export type ObjectionDocument = Static<typeof ObjectionSchema>;

export const listObjections = route({
  id: "listObjections",
  method: "GET",
  path: "/enterprises/:id/objections",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "一家企业的异议及其法定时限", en: "Objections of an enterprise, with their legal clock" },
  params: id,
  reply: Type.Array(ObjectionSchema),
});

export const listOpenObjections = route({
  id: "listOpenObjections",
  method: "GET",
  path: "/objections",
  tag: "consent",
  summary: { zh: "待答复的异议，最先到期的在前", en: "Objections that wait for an answer, the one due first at the top" },
  reply: Type.Array(ObjectionSchema),
});

export const raiseObjection = route({
  id: "raiseObjection",
  method: "POST",
  path: "/enterprises/:id/objections",
  tag: "consent",
  audience: OWNERS,
  summary: { zh: "提出异议：二十日内核查并答复", en: "Object to a record: verified and answered within twenty days" },
  params: id,
  body: Type.Object(
    {
      class: ClassSchema,
      about: Type.String({ minLength: 1, maxLength: 200, pattern: "\\S" }),
      claim: Type.String({ minLength: 1, maxLength: 2000, pattern: "\\S" }),
    },
    { additionalProperties: false },
  ),
  reply: ObjectionSchema,
});

export const actOnObjection = route({
  id: "actOnObjection",
  method: "POST",
  path: "/enterprises/:id/objections/:objection/actions",
  tag: "consent",
  audience: OWNERS,
  summary: {
    zh: "处理异议：受理核查、更正、维持、存疑记载（运营方）；撤回（企业）",
    en: "Act on an objection: verify, correct, uphold, note (the operator); withdraw (the enterprise)",
  },
  params: Type.Object({ id: Type.String(), objection: Type.String() }),
  body: Type.Object(
    { action: Type.Enum([...OBJECTION_ACTIONS]), answer: Type.Optional(Type.String({ maxLength: 2000 })) },
    { additionalProperties: false },
  ),
  reply: ObjectionSchema,
});
