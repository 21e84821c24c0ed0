import { useEffect, useId, useState } from "react";
import { Button } from "antd";
import { useMutation } from "@tanstack/react-query";
import { getPresentation, requestPresentation, verifyCredential } from "@zhiwei/api/credential";
import type { ClaimPath } from "@zhiwei/core/credential";
import { call, useRoute } from "../ui/api.ts";
import { formatInstant } from "../ui/format.ts";
import { texts, useLanguage } from "../ui/language.tsx";
import { useUrlState } from "../ui/router.ts";
import { Card, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { ClaimChooser } from "./claims.tsx";
import { CopyField } from "./copy.tsx";
import "./credential.css";
import { Report } from "./report.tsx";

const useT = texts({
  title: { zh: "核验凭证", en: "Verify a credential" },
  lead: {
    zh: "企业自持信用画像凭证，出示多少由企业决定。提出请求，企业答复后在这里逐项核验；也可直接核验企业交来的文本。",
    en: "An enterprise carries its credit profile and shows what it chooses. Ask, and its answer is verified here check by check; or verify a text that it hands you.",
  },
  ask: { zh: "向企业提出请求", en: "Ask an enterprise" },
  purpose: { zh: "用途（企业会看到）", en: "Purpose (the enterprise sees it)" },
  purposeDefault: { zh: "贷前核验", en: "Before a loan" },
  mustReach: {
    zh: "所勾选的销售额门槛，要求答案为“达到”",
    en: "Of the thresholds chosen, the answer must be that they are reached",
  },
  make: { zh: "生成请求", en: "Make the request" },
  again: { zh: "另提请求", en: "Ask anew" },
  request: {
    zh: "请求（交给企业，粘贴到“我的凭证”，或由其他钱包打开）",
    en: "The request, for the enterprise to paste on “My credential” or open in another wallet",
  },
  waiting: {
    zh: "等待企业答复……答复后自动显示。请求有效期至 {{until}}。",
    en: "Waiting for the answer, which shows here by itself. The request holds until {{until}}.",
  },
  answered: { zh: "企业已于 {{at}} 答复。", en: "The enterprise answered at {{at}}." },
  given: { zh: "核验企业交来的文本", en: "Verify a text that was handed to you" },
  text: { zh: "出示文本", en: "Presentation" },
  against: { zh: "按上面的请求核验", en: "Hold it against the request above" },
  verify: { zh: "核验", en: "Verify" },
});

const Ask = ({ onMade }: { onMade: (id: string) => void }) => {
  const t = useT();
  const ids = { purpose: useId() };
  const [purpose, setPurpose] = useState<string>();
  const [reach, setReach] = useState(true);
  const [chosen, setChosen] = useState<readonly ClaimPath[]>([
    ["credit", "grade"],
    ["annualSalesAtLeast", "5000000"],
  ]);
  const shown = purpose ?? t("purposeDefault");
  const work = useMutation({
    mutationFn: () =>
      call(requestPresentation, {
        body: {
          purpose: shown.trim(),
          asked: chosen.map((path) => ({ path: [...path], ...(reach && path[0] === "annualSalesAtLeast" ? { values: [true] } : {}) })),
        },
      }),
    onSuccess: ({ id }) => onMade(id),
  });
  return (
    <Card title={t("ask")}>
      <div className="cr-form">
        <label htmlFor={ids.purpose}>{t("purpose")}</label>
        <input id={ids.purpose} className="zw-input" maxLength={200} value={shown} onChange={(event) => setPurpose(event.target.value)} />
      </div>
      <ClaimChooser chosen={chosen} onChange={setChosen} />
      <label className="cr-choice">
        <input type="checkbox" checked={reach} onChange={() => setReach(!reach)} />
        {t("mustReach")}
      </label>
      <div className="cr-actions">
        <Button type="primary" loading={work.isPending} disabled={shown.trim() === ""} onClick={() => work.mutate()}>
          {t("make")}
        </Button>
      </div>
      {work.error && <ProblemState error={work.error} />}
    </Card>
  );
};

const Answer = ({ id, onAgain }: { id: string; onAgain: () => void }) => {
  const t = useT();
  const language = useLanguage();
  const { data, error, refetch } = useRoute(
    getPresentation,
    { params: { id } },
    { refetchInterval: (query) => (query.state.data?.report || query.state.error ? false : 2000) },
  );
  if (error) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingState rows={4} />;
  return (
    <>
      <Card
        title={data.purpose}
        extra={
          <Button size="small" onClick={onAgain}>
            {t("again")}
          </Button>
        }
      >
        {data.answeredAt === null ? (
          <>
            <CopyField label={t("request")} value={data.uri} />
            <p role="status">{t("waiting", { until: formatInstant(data.expiresAt, language) })}</p>
          </>
        ) : (
          <p role="status">{t("answered", { at: formatInstant(data.answeredAt, language) })}</p>
        )}
      </Card>
      {data.report && <Report report={data.report} />}
    </>
  );
};

/** A link bears its presentation behind the #, which no browser sends to a server by itself. */
const handed = (): string => decodeURIComponent(window.location.hash.slice(1));

export const VerifyCredentialPage = () => {
  const t = useT();
  const [params, set] = useUrlState();
  const request = params["request"];
  const ids = { text: useId() };
  const [text, setText] = useState(handed);
  const [against, setAgainst] = useState(true);
  const work = useMutation({
    mutationFn: (presentation: string) =>
      call(verifyCredential, { body: { presentation, ...(request !== undefined && against ? { request } : {}) } }),
  });
  const { mutate } = work;
  useEffect(() => {
    if (handed() !== "") mutate(handed());
  }, [mutate]);
  const [byLink] = useState(() => handed() !== "");
  const asking =
    request === undefined ? (
      <Ask onMade={(id) => set({ request: id })} />
    ) : (
      <Answer id={request} onAgain={() => set({ request: undefined })} />
    );
  return (
    <Page title={t("title")}>
      <p className="zw-lead">{t("lead")}</p>
      {!byLink && asking}
      <Card title={t("given")}>
        <div className="cr-form">
          <label htmlFor={ids.text}>{t("text")}</label>
          <textarea
            id={ids.text}
            className="zw-input cr-code"
            rows={4}
            maxLength={65_536}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              work.reset();
            }}
          />
        </div>
        {request !== undefined && (
          <label className="cr-choice">
            <input type="checkbox" checked={against} onChange={() => setAgainst(!against)} />
            {t("against")}
          </label>
        )}
        <div className="cr-actions">
          <Button loading={work.isPending} disabled={text.trim() === ""} onClick={() => work.mutate(text)}>
            {t("verify")}
          </Button>
        </div>
        {work.error && <ProblemState error={work.error} />}
      </Card>
      {work.data && <Report report={work.data} />}
      {byLink && asking}
    </Page>
  );
};
