import type { Problem } from "@zhiwei/core/basics";
import { API_PREFIX } from "./index.ts";
import type { Input, Output, Route } from "./route.ts";

/** The server's refusal, with the problem it stated. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;
  constructor(status: number, problem: Problem) {
    super(problem.text.en);
    this.status = status;
    this.problem = problem;
  }
}

type Fetch = (
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: string },
) => Promise<{
  ok: boolean;
  status: number;
  json(): Promise<unknown>;
}>;

/** Calls routes of the platform at `base` through the `fetch` handed in. Throws ApiError on a refusal. */
export const client =
  (fetch: Fetch, base = "") =>
  async <R extends Route>(route: R, input: Partial<Input<R>> = {}): Promise<Output<R>> => {
    const params = (input.params ?? {}) as Record<string, unknown>;
    const query = Object.entries((input.query ?? {}) as Record<string, unknown>).filter(([, value]) => value !== undefined && value !== "");
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
    const search = query.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
    const reply = await fetch(`${base}${API_PREFIX}${path}${search ? `?${search}` : ""}`, {
      method: route.method,
      ...(input.body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(input.body) }),
    });
    const document = await reply.json().catch(() => null);
    if (!reply.ok) throw new ApiError(reply.status, (document as Problem | null) ?? UNREACHABLE);
    return document as Output<R>;
  };

const UNREACHABLE: Problem = {
  code: "no-answer",
  text: { zh: "服务没有给出可读的回答。", en: "The server gave no readable answer." },
  remedy: { zh: "请稍后重试；若持续出现，请查看服务日志。", en: "Try again; if it goes on, look at the server's log." },
};
