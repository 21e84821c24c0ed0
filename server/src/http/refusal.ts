import { type Problem, problem } from "@zhiwei/core/basics";

/** A request or a command that is refused for a reason its sender can act on, with the HTTP status that says so. */
export class Refusal extends Error {
  readonly status: number;
  readonly problem: Problem;
  constructor(status: number, problem: Problem, options?: ErrorOptions) {
    super(problem.text.en, options);
    this.status = status;
    this.problem = problem;
  }
}

const isText = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Problem["text"]).zh === "string" &&
  typeof (value as Problem["text"]).en === "string";

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Problem).code === "string" &&
  isText((value as Problem).text) &&
  isText((value as Problem).remedy);

/** The problem that an error carries, however the room that threw it names its class; null for our own mistakes. */
export const problemOf = (error: unknown): Problem | null => {
  const carried = (error as { problem?: unknown } | null)?.problem;
  return isProblem(carried) ? { code: carried.code, text: carried.text, remedy: carried.remedy } : null;
};

export const notFound = (what: { zh: string; en: string }, id: string | number): Refusal =>
  new Refusal(
    404,
    problem(
      "not-found",
      `没有编号为“${id}”的${what.zh}。`,
      `There is no ${what.en} "${id}".`,
      "请核对编号；列表页会给出现有的编号。",
      "Check the id; the list gives those that exist.",
    ),
  );

/** For an address that leads nowhere. It is cut short: an address may be long, and nobody reads it all. */
export const noSuchAddress = (url: string): Refusal => {
  const path = url.split("?")[0]!.slice(0, 100);
  return new Refusal(
    404,
    problem(
      "no-such-address",
      `没有 ${path} 这个地址。`,
      `There is nothing at ${path}.`,
      "接口地址见 /openapi.json，控制台首页为 /。",
      "See /openapi.json for the addresses of the API; the console begins at /.",
    ),
  );
};

export const badRequest = (zh: string, en: string): Refusal =>
  new Refusal(
    400,
    problem(
      "bad-request",
      zh,
      en,
      "请按接口文档（/openapi.json）改正后重试。",
      "Correct it after the API document (/openapi.json) and try again.",
    ),
  );

export const internal: Problem = problem(
  "internal",
  "服务内部出错，操作未完成。",
  "Something went wrong inside the server; nothing was done.",
  "请稍后重试；若再次出现，请把服务日志中同一时刻的记录交给运维人员。",
  "Try again; if it happens again, give the operator the entry of that moment in the server's log.",
);
