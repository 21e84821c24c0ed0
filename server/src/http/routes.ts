import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { checker } from "@zhiwei/api/check";
import { API_PREFIX } from "@zhiwei/api/index";
import type { FileReply, Input, Output, Route } from "@zhiwei/api/route";
import type { Actor } from "../access/actor.ts";
import type { Access } from "../access/actor-of.ts";
import { requireAudience } from "../access/audience.ts";
import { badRequest } from "./refusal.ts";

/**
 * What a handler may need beside its typed input: who asks, the headers of the request, and the reply for headers of its own. A
 * public route has no actor, and throws where it asks for one.
 */
export type Http = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly actor: Actor };
export type Handler<R extends Route> = (input: Input<R>, http: Http) => Output<R> | Promise<Output<R>>;
export type Serve = <R extends Route>(route: R, handler: Handler<R>) => void;

type Schema = Route["query"];
const propertiesOf = (schema: Schema) => Object.entries(schema.properties as Record<string, { type?: string; default?: unknown }>);

/** The texts of a URL as the numbers that its schema asks for; anything else stays a text, which the schema refuses. */
const numbersOf = (schema: Schema, values: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const result: Record<string, unknown> = { ...values };
  for (const [name, { type }] of propertiesOf(schema)) {
    const value = result[name];
    if (type === "integer" && typeof value === "string" && /^-?\d{1,15}$/.test(value)) result[name] = Number(value);
  }
  return result;
};

const withDefaults = (schema: Schema, values: Record<string, unknown>): Record<string, unknown> => {
  for (const [name, property] of propertiesOf(schema))
    if (values[name] === undefined && property.default !== undefined) values[name] = property.default;
  return values;
};

const PART = {
  params: { zh: "路径参数", en: "path parameter" },
  query: { zh: "查询参数", en: "query parameter" },
  body: { zh: "请求正文", en: "body" },
} as const;

/** Refuses a part of the request that breaks its schema. It names the place and the rule, never the value, which may be personal. */
const guard = (part: keyof typeof PART, schema: Route["body"]) => {
  const check = checker(schema);
  return (value: unknown): void => {
    const misfit = check(value);
    if (!misfit) return;
    const { zh, en } = PART[part];
    const at = misfit.at ? ` ${misfit.at}` : "";
    throw badRequest(`${zh}${at} 不符合要求：${misfit.rule}。`, `The ${en}${at} does not fit: ${misfit.rule}.`);
  };
};

const hasNul = (value: unknown): boolean =>
  typeof value === "string"
    ? value.includes("\u0000")
    : typeof value === "object" && value !== null && Object.entries(value).some(([name, each]) => name.includes("\u0000") || hasNul(each));

/** PostgreSQL has no NUL in text, and nothing that people write has one. */
const refuseNul = (...parts: readonly unknown[]): void => {
  if (parts.some(hasNul)) throw badRequest("请求中含有空字符（U+0000）。", "The request holds a NUL character (U+0000).");
};

/**
 * Registers routes of the contract on `app`: who asks and the input are checked before the handler, and the reply before it is sent.
 */
export const serveOn =
  (app: FastifyInstance, access: Access): Serve =>
  (route, handler) => {
    const guards = { params: guard("params", route.params), query: guard("query", route.query), body: guard("body", route.body) };
    const checkReply = checker(route.reply);
    app.route({
      method: route.method,
      url: `${API_PREFIX}${route.path}`,
      handler: async (request, reply) => {
        const actor = route.audience === "public" ? null : requireAudience(route, await access.who(request), request.params);
        const params = numbersOf(route.params, request.params as Record<string, unknown>);
        const query = withDefaults(route.query, numbersOf(route.query, request.query as Record<string, unknown>));
        refuseNul(params, query, request.body);
        guards.params(params);
        guards.query(query);
        // A form with a file is read by its handler, as a stream.
        const body = route.encoding === "multipart" ? undefined : (request.body ?? undefined);
        if (route.encoding !== "multipart") guards.body(body);
        const document = await handler({ params, query, body } as Input<typeof route>, {
          request,
          reply,
          get actor() {
            if (actor) return actor;
            throw new Error(`${route.id} is public: it has no actor`);
          },
        });
        if (reply.statusCode === 304) return reply.send();
        if (route.file) {
          const { type, name, content } = document as FileReply;
          return reply
            .type(type)
            .header("content-disposition", `attachment; filename="${name.replaceAll(/[^\w.@-]/g, "_")}"`)
            .send(typeof content === "string" ? content : Buffer.from(content));
        }
        const misfit = checkReply(document);
        // Our own mistake: a document that breaks its published schema does not leave the house.
        if (misfit) throw new Error(`the reply of ${route.id} does not fit its schema at ${misfit.at || "its root"}: ${misfit.rule}`);
        return reply.type("application/json; charset=utf-8").send(JSON.stringify(document));
      },
    });
  };
