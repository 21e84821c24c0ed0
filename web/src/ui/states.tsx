import { type ReactNode, useEffect, useId } from "react";
import { Alert, Button, Empty, Skeleton } from "antd";
import { ApiError } from "@zhiwei/api/client";
import type { Problem, Text } from "@zhiwei/core/basics";
import { useText } from "./language.tsx";

const T = {
  retry: { zh: "重试", en: "Try again" },
  loading: { zh: "正在读取……", en: "Loading…" },
  product: { zh: "知微", en: "Zhiwei" },
} satisfies Record<string, Text>;

const UNREACHABLE: Problem = {
  code: "unreachable",
  text: { zh: "连不上服务。", en: "The server cannot be reached." },
  remedy: { zh: "请确认服务已启动（npm start）以及网络正常。", en: "Check that the server runs (npm start) and that the network is up." },
};

/** What went wrong, in the reader's words, with what to do. */
export const ProblemState = ({ error, onRetry }: { error: unknown; onRetry?: () => void }) => {
  const text = useText();
  const problem = error instanceof ApiError ? error.problem : UNREACHABLE;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={text(problem.text)}
      description={text(problem.remedy)}
      action={onRetry && <Button onClick={onRetry}>{text(T.retry)}</Button>}
    />
  );
};

export const EmptyState = ({ text: words, children }: { text: Text | string; children?: ReactNode }) => {
  const text = useText();
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={typeof words === "string" ? words : text(words)}>
      {children}
    </Empty>
  );
};

export const LoadingState = ({ rows = 5 }: { rows?: number }) => {
  const text = useText();
  return (
    <div aria-busy="true">
      <span className="zw-visually-hidden" role="status">
        {text(T.loading)}
      </span>
      <Skeleton active paragraph={{ rows }} title={false} />
    </div>
  );
};

/** A page: its title in the window and as the one h1. */
export const Page = ({ title, extra, children }: { title: string; extra?: ReactNode; children: ReactNode }) => {
  const text = useText();
  const product = text(T.product);
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
  return (
    <div className="zw-page">
      <div className="zw-page-head">
        <h1>{title}</h1>
        {extra}
      </div>
      {children}
    </div>
  );
};

/** A section of a page with its heading. */
export const Card = ({ title, id, extra, children }: { title: string; id?: string; extra?: ReactNode; children: ReactNode }) => {
  const heading = useId();
  return (
    <section className="zw-card" aria-labelledby={heading} id={id}>
      <div className="zw-card-head">
        <h2 id={heading}>{title}</h2>
        {extra}
      </div>
      {children}
    </section>
  );
};
