import multipart from "@fastify/multipart";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { API_PREFIX, routes } from "@zhiwei/api/index";
import { openApiDocument } from "@zhiwei/api/openapi";
import type { Problem } from "@zhiwei/core/basics";
import { openAccess } from "../access/actor-of.ts";
import { authRoutes } from "../access/auth-routes.ts";
import { accessRoutes } from "../access/routes.ts";
import { serveOpenid } from "../credential/openid.ts";
import { credentialRoutes } from "../credential/routes.ts";
import { consentRoutes } from "../consent/routes.ts";
import { decisionRoutes } from "../decision/routes.ts";
import { enterpriseRoutes } from "../enterprise/routes.ts";
import { eventRoutes } from "../events/routes.ts";
import { evidenceRoutes, serveLog } from "../evidence/routes.ts";
import { featureRoutes } from "../features/routes.ts";
import { pledgeRoutes } from "../pledge/routes.ts";
import { portfolioRoutes } from "../product/allocate-routes.ts";
import { productRoutes } from "../product/routes.ts";
import { profileRoutes } from "../profile/routes.ts";
import { recordsRoutes } from "../records/routes.ts";
import { scorecardRoutes } from "../scorecard/routes.ts";
import { systemRoutes } from "../system/routes.ts";
import type { System } from "../system/state.ts";
import { VERSION } from "../system/version.ts";
import { serveConsole } from "./console.ts";
import { describeError, log } from "./log.ts";
import { Refusal, badRequest, internal, noSuchAddress, problemOf } from "./refusal.ts";
import { serveOn } from "./routes.ts";
import { guardRequests } from "./security.ts";
import { chainRoutes } from "../chain/routes.ts";

/** Largest JSON body; files come as forms, with a limit of their own. */
const JSON_LIMIT = 1024 * 1024;

/** The HTTP server of one system: every route of the contract, the API document and the console. Not listening yet. */
export const buildApp = (system: System): FastifyInstance => {
  const app = Fastify({
    bodyLimit: JSON_LIMIT,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    // Slow senders do not hold connections for ever; a large upload may take its time, so there is no limit on the whole.
    connectionTimeout: 120_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    frameworkErrors: (error, _, reply) => {
      const { status, problem } = answerTo(error);
      void (reply as FastifyReply).status(status).type("application/json; charset=utf-8").send(JSON.stringify(problem));
    },
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, problem } = answerTo(error);
    if (status >= 500 && problem.code === "internal") log(`${request.method} ${request.routeOptions.url ?? "-"}: ${describeError(error)}`);
    if (status === 503) void reply.header("retry-after", "1");
    return reply.status(status).type("application/json; charset=utf-8").send(JSON.stringify(problem));
  });
  guardRequests(app, system.config);
  app.removeContentTypeParser("text/plain"); // what a foreign page may send without asking is no JSON of ours
  void app.register(multipart, { limits: { fileSize: system.config.uploadLimit, files: 1, fields: 5, fieldSize: 1000, headerPairs: 50 } });

  const access = openAccess(system);
  const serve = serveOn(app, access);
  systemRoutes(serve, system);
  accessRoutes(serve, system, access);
  authRoutes(app, system, access);
  enterpriseRoutes(serve, system);
  consentRoutes(serve, system);
  recordsRoutes(serve, system);
  featureRoutes(serve, system);
  profileRoutes(serve, system);
  scorecardRoutes(serve, system);
  portfolioRoutes(serve, system);
  productRoutes(serve, system);
  evidenceRoutes(serve, system);
  decisionRoutes(serve, system);
  eventRoutes(serve, system);
  serveLog(app, system);
  pledgeRoutes(serve, system);
  credentialRoutes(serve, system);
  serveOpenid(app, system);

  chainRoutes(serve, system);

  const document = JSON.stringify(openApiDocument(VERSION));
  app.get("/openapi.json", (_, reply) => reply.type("application/json; charset=utf-8").send(document));
  refuseOtherMethods(app);
  app.all("/api/*", (request) => {
    throw noSuchAddress(request.url);
  });
  serveConsole(app);
  return app;
};

/** A known address with a method that it does not have is told so, with those it has. */
const refuseOtherMethods = (app: FastifyInstance): void => {
  const methods = new Map<string, string[]>();
  for (const { path, method } of Object.values(routes)) methods.set(path, [...(methods.get(path) ?? []), method]);
  for (const [path, own] of methods) {
    const others = (["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] as const).filter((method) => !own.includes(method));
    const allowed = own.includes("GET") ? [...own, "HEAD"] : own;
    app.route({
      method: others,
      url: `${API_PREFIX}${path}`,
      // Refused before the body is read.
      onRequest: async (_, reply) => {
        void reply.header("allow", allowed.join(", "));
        throw new Refusal(405, {
          code: "wrong-method",
          text: { zh: `这个地址只接受 ${own.join("、")}。`, en: `This address takes ${own.join(" and ")} only.` },
          remedy: {
            zh: "请按接口文档（/openapi.json）改正后重试。",
            en: "Correct it after the API document (/openapi.json) and try again.",
          },
        });
      },
      handler: () => null,
    });
  }
};

const PROBLEMS: Readonly<Record<number, Problem>> = {
  413: {
    code: "too-large",
    text: { zh: "上传的内容超过上限。", en: "What was sent is larger than allowed." },
    remedy: {
      zh: "请拆分文件，或由运维人员调高环境变量 ZHIWEI_UPLOAD_LIMIT（字节）。",
      en: "Split the file, or have the operator raise the environment variable ZHIWEI_UPLOAD_LIMIT (in bytes).",
    },
  },
  415: {
    code: "wrong-content-type",
    text: { zh: "请求正文的类型不受支持。", en: "The content type of the body is not supported." },
    remedy: {
      zh: "请以 application/json 发送数据，以 multipart/form-data 发送文件。",
      en: "Send data as application/json and files as multipart/form-data.",
    },
  },
  507: {
    code: "disk-full",
    text: { zh: "数据目录所在磁盘已满。", en: "The disk of the data folder is full." },
    remedy: { zh: "请由运维人员腾出空间后重试。", en: "Have the operator make room, then try again." },
  },
};

/** Status and problem for an error: those it states itself, else those of the HTTP layer, else `internal`. */
const answerTo = (error: FastifyError): { status: number; problem: Problem } => {
  if (error instanceof Refusal) return error;
  const stated = problemOf(error);
  if (stated) return { status: (error as { status?: number }).status ?? 422, problem: stated };
  if (error.code === "ENOSPC") return { status: 507, problem: PROBLEMS[507]! };
  const status = error.statusCode ?? 500;
  if (PROBLEMS[status]) return { status, problem: PROBLEMS[status] };
  if (status >= 400 && status < 500) {
    const { problem } = badRequest("请求无法读取。", "The request cannot be read.");
    return { status, problem };
  }
  return { status: 500, problem: internal };
};
