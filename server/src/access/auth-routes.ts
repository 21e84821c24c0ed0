/** The addresses of better-auth that are open: those by which people sign in, sign out and change their password. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AUTH_PATH } from "@zhiwei/api/access";
import { problem } from "@zhiwei/core/basics";
import type { Config } from "../config.ts";
import { Refusal, badRequest, noSuchAddress } from "../http/refusal.ts";
import type { System } from "../system/state.ts";
import type { Access } from "./actor-of.ts";
import { signInNeeded } from "./audience.ts";
import { CLIENT_HEADER, LONGEST_PASSWORD, SHORTEST_PASSWORD } from "./sign-in.ts";

/** What each address takes, beside what it is always given. */
const OPEN: Readonly<Record<string, { readonly takes: readonly string[]; readonly always?: object }>> = {
  "/sign-in/email": { takes: ["email", "password"] },
  "/sign-out": { takes: [] },
  // Whoever changes a password may do so because another one knows it: that one is signed out.
  "/change-password": { takes: ["currentPassword", "newPassword"], always: { revokeOtherSessions: true } },
};
const LONGEST_TEXT = 1000;

/** Whence a request comes. Behind a public name that is what the proxy on this machine saw last; elsewhere nobody is believed. */
const clientOf = (request: FastifyRequest, config: Config): string => {
  const near = request.ip;
  const passed = request.headers["x-forwarded-for"];
  if (config.hosts.length === 0 || passed === undefined || !/^(::ffff:)?127\.|^::1$/.test(near)) return near;
  return (Array.isArray(passed) ? passed.join(",") : passed).split(",").at(-1)!.trim() || near;
};

const refusalOf = (status: number, code: string): Refusal => {
  if (status === 429)
    return new Refusal(
      429,
      problem("too-many-attempts", "尝试次数过多。", "Too many attempts.", "请过一分钟再试。", "Try again in a minute."),
    );
  switch (code) {
    case "INVALID_EMAIL_OR_PASSWORD":
    case "INVALID_EMAIL":
      return new Refusal(
        401,
        problem(
          "sign-in-failed",
          "邮箱或口令不对。",
          "Address or password is wrong.",
          "请核对后重试；忘记口令时请平台运营方换发。",
          "Check both and try again; if the password is forgotten, the operator can give a new one.",
        ),
      );
    case "ACCOUNT_DISABLED":
      return new Refusal(
        403,
        problem("account-disabled", "这个账号已停用。", "This account is disabled.", "请联系平台运营方。", "Ask the operator."),
      );
    case "INVALID_PASSWORD":
      return new Refusal(
        422,
        problem("wrong-password", "现有口令不对。", "The present password is wrong.", "请核对后重试。", "Check it and try again."),
      );
    case "PASSWORD_TOO_SHORT":
    case "PASSWORD_TOO_LONG":
      return new Refusal(
        422,
        problem(
          "weak-password",
          `口令须有 ${SHORTEST_PASSWORD} 至 ${LONGEST_PASSWORD} 个字符。`,
          `A password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters.`,
          "请换一个更长的口令。",
          "Take a longer one.",
        ),
      );
    default:
      if (status === 401) return signInNeeded;
      if (status >= 500) throw new Error(`better-auth answered ${status} ${code}`);
      return badRequest("请求无法接受。", "The request cannot be taken.");
  }
};

export const authRoutes = (app: FastifyInstance, system: System, access: Access): void => {
  app.post<{ Params: { "*": string } }>(`${AUTH_PATH}/*`, async (request, reply) => {
    const path = `/${request.params["*"]}`;
    const open = Object.hasOwn(OPEN, path) ? OPEN[path] : undefined;
    if (!open) throw noSuchAddress(request.url);
    const given = (request.body ?? {}) as Record<string, unknown>;
    const body: Record<string, unknown> = { ...open.always };
    for (const name of open.takes) {
      const value = given[name];
      if (typeof value !== "string" || value === "" || value.length > LONGEST_TEXT)
        throw badRequest(`请求正文缺少 ${name}。`, `The body lacks ${name}.`);
      body[name] = value;
    }
    const auth = await access.auth();
    const answer = await auth.handler(
      new Request(`http://localhost${AUTH_PATH}${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          origin: "http://localhost",
          [CLIENT_HEADER]: clientOf(request, system.config),
          "user-agent": request.headers["user-agent"]?.slice(0, 200) ?? "",
          ...(request.headers.cookie === undefined ? {} : { cookie: request.headers.cookie }),
        },
        body: JSON.stringify(body),
      }),
    );
    access.forget();
    if (!answer.ok) {
      const { code = "" } = (await answer.json().catch(() => ({}))) as { code?: string };
      if (answer.status === 429) void reply.header("retry-after", answer.headers.get("x-retry-after") ?? "60");
      throw refusalOf(answer.status, code);
    }
    // The cookie is all that the browser needs; the token in the answer's body would be open to its scripts.
    void reply.header("set-cookie", answer.headers.getSetCookie());
    return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send("{}");
  });
};
