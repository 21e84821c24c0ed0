import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { Refusal } from "./refusal.ts";

/**
 * Before the first account whoever reaches the port on this machine may do everything, and after it a browser sends its cookie along. What
 * follows keeps web pages of others, opened in the user's own browser, from making use of either.
 */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'", // the console's components write their styles at run time
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** The name in a Host header, without its port; IPv6 addresses keep their brackets. */
export const hostName = (header: string): string => {
  const text = header.trim().toLowerCase();
  return text.startsWith("[") ? text.slice(0, text.indexOf("]") + 1) : text.split(":")[0]!;
};

const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host).toLowerCase();

export const guardRequests = (app: FastifyInstance, config: Config): void => {
  const known = new Set(["localhost", "127.0.0.1", "[::1]", bracketed(config.host), ...config.hosts]);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    const host = request.headers.host ?? "";
    // A foreign name that resolves to this machine (DNS rebinding) would make a foreign page "same origin" with us.
    if (!known.has(hostName(host)))
      throw new Refusal(403, {
        code: "host-not-allowed",
        text: { zh: "请求所用的主机名不在允许之列。", en: "The host name of the request is not among those allowed." },
        remedy: {
          zh: "请用 http://localhost 访问；经反向代理访问时，把对外的主机名写入环境变量 ZHIWEI_HOSTS。",
          en: "Use http://localhost; behind a reverse proxy, put its public name into the environment variable ZHIWEI_HOSTS.",
        },
      });
    if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return;
    const site = request.headers["sec-fetch-site"];
    const origin = request.headers.origin;
    const foreign = (site !== undefined && site !== "same-origin" && site !== "none") || (origin !== undefined && !sameHost(origin, host));
    if (foreign)
      throw new Refusal(403, {
        code: "cross-site",
        text: { zh: "不接受从其他网站发起的写入请求。", en: "Requests that change something are not taken from other sites." },
        remedy: { zh: "请从本平台的页面或命令行操作。", en: "Use this platform's own pages or its command line." },
      });
  });
};

/** Whether an Origin header names the host that the request was sent to; "null", of a sandboxed page, never does. */
const sameHost = (origin: string, host: string): boolean => {
  try {
    return new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
};
