import { type ReactNode, createContext, useCallback, useContext, useEffect, useRef } from "react";
import { useRouter } from "@tanstack/react-router";
import type { Text } from "@zhiwei/core/basics";
import { useText } from "../ui/language.tsx";
import { useUrlState } from "../ui/router.ts";

const from = (what: string): Text => ({ zh: `（${what}，查看来源）`, en: ` (${what}: where it comes from)` });

/** Asks "from what?" of a subject: `feature:net_sales_12m`, `flag:void-share-high`, `month:2019-05:sale`, `buyer:B01134`… */
const AskContext = createContext<(of: string) => void>(() => {});
export const AskProvider = AskContext;
export const useAsk = () => useContext(AskContext);

type Props = {
  of: string;
  /** What the number is; with it a reader of screens hears more than a bare figure. */
  what: string;
  children: ReactNode;
  /** The whole accessible name, where it is a sentence of its own. */
  label?: string;
  /** Beside a button that asks the same: reachable by pointer, passed over by Tab. */
  twin?: boolean;
  className?: string;
};

/** A number that can be asked where it comes from. */
export const Ask = ({ of, what, children, label, twin = false, className = "zp-ask" }: Props) => {
  const ask = useAsk();
  const text = useText();
  return (
    <button
      type="button"
      className={className}
      data-of={of}
      aria-haspopup="dialog"
      aria-label={label}
      tabIndex={twin ? -1 : undefined}
      onClick={() => ask(of)}
    >
      {children}
      {label === undefined && <span className="zw-visually-hidden">{text(from(what))}</span>}
    </button>
  );
};

/**
 * The asked subject lives in the address (`?of=`), so that it can be linked and Back closes it. Closing goes back over
 * all that was asked since the drawer opened, so that Back does not lead through it again.
 */
export const useAsked = (): { of: string | undefined; ask: (of: string) => void; close: () => void; settle: (open: boolean) => void } => {
  const { history } = useRouter();
  const [params, set] = useUrlState();
  const of = params["of"];
  const now = useRef(of);
  const openedAt = useRef<number | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  useEffect(() => {
    now.current = of;
    if (!of) openedAt.current = null;
  }, [of]);
  const ask = useCallback(
    (next: string) => {
      if (next === now.current) return;
      if (!now.current) {
        openedAt.current = history.location.state.__TSR_index;
        opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      }
      set({ of: next });
    },
    [history, set],
  );
  const close = useCallback(() => {
    const steps = openedAt.current === null ? 0 : history.location.state.__TSR_index - openedAt.current;
    if (steps > 0) history.go(-steps);
    else set({ of: undefined }, { replace: true });
  }, [history, set]);
  const settle = useCallback((open: boolean) => {
    if (open) return;
    const target = opener.current?.isConnected ? opener.current : document.querySelector<HTMLElement>("main");
    target?.focus({ preventScroll: true });
    opener.current = null;
  }, []);
  return { of, ask, close, settle };
};
