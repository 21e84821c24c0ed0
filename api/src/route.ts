import { type Static, type TObject, type TSchema, Type } from "typebox";
import type { Text } from "@zhiwei/core/basics";
import { PURPOSES } from "@zhiwei/core/consent";

/** Kinds of parties on whose behalf somebody acts. */
export const PARTY_KINDS = ["operator", "enterprise", "bank", "guarantor", "insurer", "bureau", "supervisor"] as const;
export type PartyKind = (typeof PARTY_KINDS)[number];

/** `public`: also those who are not signed in. */
export type Audience = readonly PartyKind[] | "public";

/**
 * One route of the platform, stated once: the server validates with it, the console and the load test call
 * through it, and the OpenAPI document is printed from it.
 */
export type Route<
  Params extends TObject = TObject,
  Query extends TObject = TObject,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
> = {
  /** Stable name, used as operationId. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below `/api/v1`, with parameters as `:name`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: Text;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly reply: Reply;
  /** `multipart`: the body is a form with one file. */
  readonly encoding?: "json" | "multipart";
  /** Which kinds of parties may call it: whoever has no use for a route cannot call it. Where nothing is said, the operator alone. */
  readonly audience: Audience;
  /** The answer is a file, not a JSON document: the handler gives `FileReply`, and the schema of the reply is not used. */
  readonly file?: true;
};

/** What a route with `file` answers with. */
export type FileReply = { readonly type: string; readonly name: string; readonly content: string | Uint8Array };

export const none = Type.Object({});
export const noBody = Type.Undefined();

export const route = <
  Reply extends TSchema,
  Params extends TObject = typeof none,
  Query extends TObject = typeof none,
  Body extends TSchema = typeof noBody,
>(
  definition: Pick<Route, "id" | "method" | "path" | "tag" | "summary" | "encoding" | "file"> & {
    reply: Reply;
    params?: Params;
    query?: Query;
    body?: Body;
    audience?: Audience;
  },
): Route<Params, Query, Body, Reply> => ({
  ...definition,
  audience: definition.audience ?? ["operator"],
  params: definition.params ?? (none as unknown as Params),
  query: definition.query ?? (none as unknown as Query),
  body: definition.body ?? (noBody as unknown as Body),
});

export type Input<R extends Route> = {
  params: Static<R["params"]>;
  query: Static<R["query"]>;
  body: Static<R["body"]>;
};
export type Output<R extends Route> = Static<R["reply"]>;

// What many documents share.

export const TextSchema = Type.Object({ zh: Type.String(), en: Type.String() }, { description: "A sentence in Chinese and in English" });

export const ProblemSchema = Type.Object(
  { code: Type.String(), text: TextSchema, remedy: TextSchema },
  { $id: "Problem", description: "What went wrong: a stable code, a sentence, and what to do" },
);

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const Day = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "Calendar day, YYYY-MM-DD" });
export const FenSchema = Type.Integer({ description: "Amount in fen (1 yuan = 100 fen)" });

export const PurposeSchema = Type.Enum([...PURPOSES]);
/** What a read of an enterprise's data is for. It rests on a consent for that purpose, and both are traced. */
export const PurposeQuery = {
  purpose: Type.Optional(
    Type.Enum([...PURPOSES], {
      description: "What the read is for; if left out, the usual purpose of the reader's kind of party. Needs a live consent for it",
    }),
  ),
};

export const PageQuery = {
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 25 })),
};

export const Page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), total: Type.Integer(), page: Type.Integer(), pageSize: Type.Integer() });
