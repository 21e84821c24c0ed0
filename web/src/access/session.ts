import type { ReactNode } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import { type Session, getSession } from "@zhiwei/api/access";
import type { Route } from "@zhiwei/api/route";
import { useRoute } from "../ui/api.ts";

/** Who sits before the console. It answers only once the database is up, and is asked again until then. */
export const useSession = (): UseQueryResult<Session> =>
  useRoute(getSession, {}, { staleTime: 60_000, refetchInterval: (query) => (query.state.error ? 700 : false) });

/** Whether the party that sits here may call a route; not before it is known who sits here. */
export const useMay = (): ((route: Pick<Route, "audience">) => boolean) => {
  const kind = useSession().data?.party?.kind;
  return ({ audience }) => audience === "public" || (kind !== undefined && audience.includes(kind));
};

/** Shows `children` to those who may call a route, and `otherwise` (a name without its link, a reason) to the others. */
export const Permitted = ({
  to,
  children,
  otherwise = null,
}: {
  to: Pick<Route, "audience">;
  children: ReactNode;
  otherwise?: ReactNode;
}): ReactNode => (useMay()(to) ? children : otherwise);

/** The enterprise of an owner; null for everybody else. */
export const useOwnEnterprise = (): string | null => useSession().data?.enterprise ?? null;
