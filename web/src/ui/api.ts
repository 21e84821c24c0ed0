import { type UseQueryOptions, type UseQueryResult, keepPreviousData, useQuery } from "@tanstack/react-query";
import { AUTH_PATH } from "@zhiwei/api/access";
import { API_PREFIX } from "@zhiwei/api/index";
import { ApiError, client } from "@zhiwei/api/client";
import type { Input, Output, Route } from "@zhiwei/api/route";
import type { Preview, uploadFile } from "@zhiwei/api/records";
import type { Problem } from "@zhiwei/core/basics";
import type { Static } from "typebox";

export const call = client((url, init) => window.fetch(url, init));

/** Asks one of the addresses by which people sign in, sign out and change their password. The answer is a cookie. */
export const askAuth = async (
  path: "/sign-in/email" | "/sign-out" | "/change-password",
  body: Readonly<Record<string, string>>,
): Promise<void> => {
  const reply = await window.fetch(`${AUTH_PATH}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new ApiError(reply.status, ((await reply.json().catch(() => null)) as Problem | null) ?? NO_ANSWER);
};
const NO_ANSWER: Problem = {
  code: "no-answer",
  text: { zh: "服务没有给出可读的回答。", en: "The server gave no readable answer." },
  remedy: { zh: "请稍后重试。", en: "Try again in a moment." },
};

type Options<R extends Route> = Pick<UseQueryOptions<Output<R>>, "enabled" | "refetchInterval" | "staleTime">;

/** Reads a route, keeping the last page on the screen while the next one is on its way. */
export const useRoute = <R extends Route>(route: R, input: Partial<Input<R>> = {}, options: Options<R> = {}): UseQueryResult<Output<R>> =>
  useQuery<Output<R>>({
    queryKey: [route.id, input],
    queryFn: () => call(route, input),
    placeholderData: keepPreviousData as never,
    retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 2,
    ...options,
  });

/** Sends a file and answers its preview. `fetch` cannot tell how much was sent, hence the older request. */
export const upload = (file: File, onProgress: (sent: number, total: number) => void): Promise<Output<typeof uploadFile>> =>
  new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const lost: Problem = {
      code: "upload-interrupted",
      text: { zh: "上传中断。", en: "The upload was interrupted." },
      remedy: { zh: "请检查网络与服务是否正常，然后重试。", en: "Check the network and the server, then try again." },
    };
    request.open("POST", `${API_PREFIX}/records/uploads`);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total));
    request.addEventListener("load", () =>
      request.status < 300
        ? done(request.response as Static<typeof Preview>)
        : fail(new ApiError(request.status, (request.response as Problem | null) ?? lost)),
    );
    request.addEventListener("error", () => fail(new ApiError(0, lost)));
    request.addEventListener("abort", () => fail(new ApiError(0, lost)));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
