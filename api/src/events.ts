import { Type } from "typebox";
import { Nullable, Page, PageQuery, type PartyKind, route } from "./route.ts";

const closed = { additionalProperties: false } as const;
const Uuid = Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" });
const Instant = Type.String({ description: "RFC 3339, UTC" });

export const EVENT_TYPES = ["application.decided", "application.changed", "consent.withdrawn"] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Sent to one subscription when its party asks for it. Nothing has happened, and nobody subscribes to it. */
export const TRIAL = "webhook.trial";
const DELIVERED = [...EVENT_TYPES, TRIAL] as const;
export type DeliveredType = (typeof DELIVERED)[number];

/** Why a try failed: `address`: it leads into a private network; `redirect`: it sends elsewhere, which is not followed. */
export const ATTEMPT_PROBLEMS = ["address", "unreachable", "timeout", "redirect", "status", "gone", "secret"] as const;
export type AttemptProblem = (typeof ATTEMPT_PROBLEMS)[number];

/** Parties that events concern. */
const SUBSCRIBERS: readonly PartyKind[] = ["operator", "enterprise", "bank", "guarantor", "insurer"];

const Url = Type.String({ minLength: 10, maxLength: 500, description: "http or https; an address of a private network is refused" });
const Types = Type.Array(Type.Enum([...EVENT_TYPES]), { minItems: 1, maxItems: EVENT_TYPES.length, uniqueItems: true });

const AnInstant = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z$" });

const AttemptSchema = Type.Object({
  at: Instant,
  ms: Type.Integer({ minimum: 0, description: "From the first look-up to the end of the answer" }),
  status: Nullable(Type.Integer()),
  problem: Nullable(Type.Enum([...ATTEMPT_PROBLEMS])),
});

export const WebhookSchema = Type.Object(
  {
    id: Uuid,
    url: Type.String(),
    types: Types,
    madeBy: Type.String(),
    madeAt: Instant,
    failingSince: Nullable(
      Type.String({ description: "Since when every try of what waits has failed; null where something was taken since, or nothing waits" }),
    ),
    disabledAt: Nullable(Instant),
    disabledReason: Nullable(Type.Enum(["by-hand", ...ATTEMPT_PROBLEMS])),
    oldSecretUntil: Nullable(
      Type.String({ description: "Until when what is sent is signed by the secret before this one too; null where it has ended" }),
    ),
    waiting: Type.Integer({ minimum: 0, description: "Events that are still to be delivered" }),
    lastAttempt: Nullable(AttemptSchema),
    missedSince: Nullable(
      Type.String({
        description: "When the oldest event happened that was given up, or since when it is disabled; from there a replay brings back all",
      }),
    ),
  },
  { $id: "Webhook" },
);

/** The secret is told this once and never again. */
const WithSecret = Type.Object({
  webhook: WebhookSchema,
  secret: Nullable(Type.String({ pattern: "^whsec_", description: "Key of the signatures after Standard Webhooks; told once" })),
});

export const listWebhooks = route({
  id: "listWebhooks",
  method: "GET",
  path: "/webhooks",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: { zh: "本方的事件订阅", en: "The party's own subscriptions to events" },
  reply: Type.Array(WebhookSchema),
});

export const addWebhook = route({
  id: "addWebhook",
  method: "POST",
  path: "/webhooks",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: { zh: "订阅事件；签名密钥只在此时告知一次", en: "Subscribe a URL to events; the secret of the signatures is told this once" },
  body: Type.Object({ url: Url, types: Types }, closed),
  reply: WithSecret,
});

export const changeWebhook = route({
  id: "changeWebhook",
  method: "PATCH",
  path: "/webhooks/:id",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: {
    zh: "更改订阅：地址、类型、停用或启用、换发密钥、作废旧密钥",
    en: "Change a subscription: address, types, disable or enable, a new secret, the end of the old one",
  },
  params: Type.Object({ id: Uuid }),
  body: Type.Object(
    {
      url: Type.Optional(Url),
      types: Type.Optional(Types),
      enabled: Type.Optional(Type.Boolean()),
      newSecret: Type.Optional(
        Type.Literal(true, { description: "The secret before signs along for 24 hours, so that the receiver changes without a gap" }),
      ),
      endOld: Type.Optional(
        Type.Literal(true, {
          description: "Secrets that were replaced end at once, with newSecret that before it too: for one that leaked",
        }),
      ),
    },
    closed,
  ),
  reply: WithSecret,
});

export const removeWebhook = route({
  id: "removeWebhook",
  method: "DELETE",
  path: "/webhooks/:id",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: { zh: "取消订阅，连同其投递记录", en: "End a subscription, with the record of its deliveries" },
  params: Type.Object({ id: Uuid }),
  reply: Type.Object({ removed: Uuid }),
});

export const trialWebhook = route({
  id: "trialWebhook",
  method: "POST",
  path: "/webhooks/:id/trial",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: {
    zh: "向这一订阅投递一个试投事件（webhook.trial），只试一次",
    en: "Deliver a trial event (webhook.trial) to this subscription; it is tried once",
  },
  params: Type.Object({ id: Uuid }),
  reply: Type.Object({ event: Uuid }),
});

const STATES = ["waiting", "delivered", "given-up"] as const;
export type DeliveryState = (typeof STATES)[number];

const DeliverySchema = Type.Object({
  event: Uuid,
  type: Type.Enum([...DELIVERED]),
  subject: Type.String(),
  at: Instant,
  /** When it was put into the queue, last time where it was replayed. */
  queuedAt: Instant,
  state: Type.Enum([...STATES]),
  /** When it is tried next; null where it is not. */
  dueAt: Nullable(Instant),
  attempts: Type.Array(AttemptSchema),
});

export const listDeliveries = route({
  id: "listDeliveries",
  method: "GET",
  path: "/webhooks/:id/deliveries",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: { zh: "投递记录：每个事件的每次尝试，新的在前", en: "Deliveries: every try of every event, the newest events first" },
  params: Type.Object({ id: Uuid }),
  query: Type.Object({
    ...PageQuery,
    state: Type.Optional(Type.Enum([...STATES])),
    queuedAt: Type.Optional({ ...AnInstant, description: "Those of one replay alone, by the instant that it answered" }),
  }),
  reply: Type.Object({
    ...Page(DeliverySchema).properties,
    counts: Type.Object(
      { waiting: Type.Integer(), delivered: Type.Integer(), "given-up": Type.Integer() },
      { description: "How many are in each state, whichever is asked for" },
    ),
  }),
});

export const readDelivery = route({
  id: "readDelivery",
  method: "GET",
  path: "/webhooks/:id/deliveries/:event",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: { zh: "一次投递及其正文（CloudEvents）", en: "One delivery with its body, a CloudEvent" },
  params: Type.Object({ id: Uuid, event: Uuid }),
  reply: Type.Object({
    ...DeliverySchema.properties,
    body: Type.String({ description: "What is posted, the same bytes at every try; the signature is over them" }),
  }),
});

export const replayEvents = route({
  id: "replayEvents",
  method: "POST",
  path: "/webhooks/:id/replay",
  tag: "events",
  audience: SUBSCRIBERS,
  summary: {
    zh: "重放：从某一事件或某一时刻起，或只就一个事件，按原有标识再次投递",
    en: "Replay: deliver again, under the same ids, from an event or an instant on, or one event alone",
  },
  params: Type.Object({ id: Uuid }),
  body: Type.Union([Type.Object({ event: Uuid }, closed), Type.Object({ since: AnInstant }, closed), Type.Object({ only: Uuid }, closed)]),
  reply: Type.Object({
    events: Type.Integer({ minimum: 0, description: "How many were put into the queue" }),
    queuedAt: Type.String({ description: "By this instant the deliveries of this replay are found" }),
  }),
});
