import { useCallback, useMemo } from "react";
import { useNavigate, useRouterState } from "@tanstack/react-router";

export { Link } from "@tanstack/react-router";

export type UrlState = readonly [
  params: Readonly<Record<string, string>>,
  set: (patch: Readonly<Record<string, string | undefined>>, options?: { replace?: boolean }) => void,
];

/** What of a page's state matters lives in its address: it can be linked, and Back undoes it. */
export const useUrlState = (): UrlState => {
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const navigate = useNavigate();
  const params = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const set = useCallback<UrlState[1]>(
    (patch, { replace = false } = {}) => {
      void navigate({
        to: ".",
        replace,
        resetScroll: false,
        search: ((before: Record<string, string>) =>
          Object.fromEntries(Object.entries({ ...before, ...patch }).filter(([, value]) => value !== undefined && value !== ""))) as never,
      });
    },
    [navigate],
  );
  return [params, set];
};

/** Search parameters stay the plain text that the address shows. */
export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));
export const stringifySearch = (search: Record<string, unknown>): string => {
  const text = new URLSearchParams(Object.entries(search).map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : "";
};
