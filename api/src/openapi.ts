import { API_PREFIX, routes } from "./index.ts";
import { Day, ProblemSchema, type Route } from "./route.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
type JsonObject = { [key: string]: Json | undefined };

const TAGS: Readonly<Record<string, { zh: string; en: string }>> = {
  access: { zh: "身份：当事方、席位、登录", en: "Access: parties, seats, sign-in" },
  system: { zh: "平台状态", en: "State of the platform" },
  enterprise: { zh: "企业", en: "Enterprises" },
  portfolio: { zh: "组合：额度分配、有效前沿、情景", en: "Portfolio: allocation of a budget, frontier, scenarios" },
  pledge: { zh: "质押登记", en: "Pledges" },
  profile: { zh: "信用画像", en: "Credit profiles" },
  credential: { zh: "凭证：企业自持、选择披露、核验", en: "Credentials: carried by the enterprise, disclosed by choice, verified" },
  consent: { zh: "授权、查询记录与异议", en: "Consents, the trace of reads, objections" },
  features: { zh: "指标", en: "Features" },
  scorecard: { zh: "评分卡：样本、训练、登记、评分", en: "Scorecards: samples, training, registry, scores" },
  decision: { zh: "审批：申请、决定、工作台、策略", en: "Decisions: applications, worklist, policies" },
  events: { zh: "事件：订阅、投递、重放", en: "Events: subscriptions, deliveries, replay" },
  evidence: { zh: "存证：日志、条目、存证包", en: "Evidence: log, entries, bundles" },
  product: { zh: "产品：目录、规则、匹配", en: "Products: catalogue, rules, matching" },
  chain: { zh: "联盟链", en: "Consortium chain" },
  records: { zh: "记录：导入、隔离区、发票", en: "Records: import, quarantine, invoices" },
};

/** Refusals that a route can answer with, beside its reply; all carry a Problem. */
const REFUSALS: Readonly<Record<string, string>> = {
  400: "请求不符合本文档 The request does not fit this document",
  401: "须先登录 Sign in first",
  403: "不对这一方开放，主机名不在允许之列，或来自其他网站 Not for this party, the host name is not allowed, or the request comes from another site",
  404: "没有这个对象 There is no such thing",
  409: "与当前状态冲突 It conflicts with the present state",
  413: "超过大小上限 Larger than allowed",
  415: "内容类型不受支持 The content type is not supported",
  422: "内容无法接受 The content cannot be accepted",
  500: "服务内部出错 Something went wrong inside the server",
  503: "服务正在启动 The server is starting",
};

const refusalsOf = (route: Route): readonly string[] => {
  const takesBody = route.method !== "GET";
  const named = Object.keys(route.params.properties).length > 0;
  return [
    "400",
    ...(route.audience === "public" ? [] : ["401"]),
    "403",
    ...(named || takesBody ? ["404"] : []),
    ...(takesBody ? ["409", "413", "415", "422"] : []),
    "500",
    "503",
  ];
};

const EXAMPLES: Readonly<Record<string, Json>> = {
  id: "E1",
  asOf: "2019-12-31",
  month: "2019-10",
  industry: "F",
  region: "34",
  upload: "4f6b1c52-7d1e-4b0a-9f0e-0a2f6a3d9b11",
};

const DAY_PATTERN = (Day as unknown as { pattern: string }).pattern;

/**
 * A schema of ours as OpenAPI 3.1 has it: named documents become references to `components`, alternatives of
 * constants an enumeration, and symbols of the type system fall away.
 */
const printer = (components: Map<string, Json>) => {
  const print = (schema: unknown, root = false): Json => {
    if (Array.isArray(schema)) return schema.map((each) => print(each));
    if (typeof schema !== "object" || schema === null) return schema as Json;
    const { $id, ...rest } = schema as JsonObject;
    if (typeof $id === "string" && !root) {
      if (!components.has($id)) {
        components.set($id, null); // holds the place, so that a document may speak of itself
        components.set($id, print(schema, true));
      }
      return { $ref: `#/components/schemas/${$id}` };
    }
    // A schema that speaks of itself brings its definitions along and refers to them by name.
    if (typeof rest["$ref"] === "string" && !rest["$ref"].startsWith("#")) {
      for (const each of Object.values((rest["$defs"] ?? {}) as JsonObject)) print(each);
      return { $ref: `#/components/schemas/${rest["$ref"]}` };
    }
    const options = rest["anyOf"];
    if (Array.isArray(options) && options.length > 0 && options.every((option) => "const" in (option as JsonObject))) {
      const { anyOf: _, ...others } = rest;
      return { ...printMembers(others), type: "string", enum: options.map((option) => (option as { const: string }).const) };
    }
    // A pattern says the form of a day; the format, that it must be one of the calendar.
    return printMembers(rest["pattern"] === DAY_PATTERN ? { ...rest, format: "date" } : rest);
  };
  const printMembers = (members: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(members)
        .filter(([name, value]) => value !== undefined && !name.startsWith("~"))
        .map(([name, value]) => [
          name,
          // The names below `properties` are the document's own, whatever they are called.
          name === "properties" || name === "patternProperties" || name === "$defs"
            ? Object.fromEntries(Object.entries(value as JsonObject).map(([key, each]) => [key, print(each)]))
            : name === "const" || name === "enum" || name === "default" || name === "examples"
              ? value
              : print(value),
        ]),
    );
  return print;
};

/** The OpenAPI 3.1 document of every route in the contract. */
export const openApiDocument = (version: string): { readonly [key: string]: Json | undefined } => {
  const components = new Map<string, Json>();
  const print = printer(components);
  const problem = print(ProblemSchema);

  const parameters = (route: Route, part: "params" | "query"): Json[] =>
    Object.entries(route[part].properties as Record<string, JsonObject>).map(([name, schema]) => ({
      name,
      in: part === "params" ? "path" : "query",
      required: part === "params" || (route[part].required ?? []).includes(name),
      ...(typeof schema["description"] === "string" ? { description: schema["description"] } : {}),
      schema: print(schema),
      ...(name in EXAMPLES && !(name === "id" && schema["type"] === "integer") ? { example: EXAMPLES[name] } : {}),
    }));

  const body = (route: Route): JsonObject => {
    if (route.encoding === "multipart")
      return {
        requestBody: {
          required: true,
          content: {
            "multipart/form-data": {
              schema: {
                type: "object",
                properties: { file: { type: "string", contentMediaType: "application/octet-stream", description: "文件 The file" } },
                required: ["file"],
              },
            },
          },
        },
      };
    const schema = route.body as unknown as JsonObject;
    if (schema["type"] === "undefined") return {};
    return { requestBody: { required: true, content: { "application/json": { schema: print(schema) } } } };
  };

  const paths: Record<string, JsonObject> = {};
  for (const route of Object.values(routes) as Route[]) {
    const path = `${API_PREFIX}${route.path.replace(/:(\w+)/g, "{$1}")}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = {
      operationId: route.id,
      tags: [route.tag],
      "x-audience": route.audience,
      summary: `${route.summary.zh} ${route.summary.en}`,
      parameters: [...parameters(route, "params"), ...parameters(route, "query")],
      ...body(route),
      responses: {
        200: {
          description: `${route.summary.zh} ${route.summary.en}`,
          content: route.file ? { "*/*": { schema: {} } } : { "application/json": { schema: print(route.reply) } },
        },
        ...(route.id === "getProfile" ? { 304: { description: "内容未变（If-None-Match） Unchanged (If-None-Match)" } } : {}),
        ...Object.fromEntries(
          refusalsOf(route).map((status) => [
            status,
            { description: REFUSALS[status], content: { "application/json": { schema: problem } } },
          ]),
        ),
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Zhiwei 知微",
      version,
      description:
        "小微企业融资平台的接口。金额均为整数分（fen），日期为 YYYY-MM-DD；拒绝一律以 Problem 作答：稳定的代码、中英文说明与补救办法。\n\n" +
        "The interface of the financing platform for small and micro enterprises. Amounts are integers in fen, days are YYYY-MM-DD; " +
        "every refusal is a Problem: a stable code, a sentence in Chinese and in English, and what to do.\n\n" +
        "`x-audience` 写明哪些当事方可以调用。`x-audience` says which kinds of parties may call a route.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [],
    tags: Object.entries(TAGS).map(([name, { zh, en }]) => ({ name, description: `${zh} ${en}` })),
    paths,
    components: { schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
};
