import { useEffect, useId, useMemo, useState } from "react";
import { Button, Modal } from "antd";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type CredentialSummary, listCredentials, revokeCredential } from "@zhiwei/api/credential";
import { getEnterprise } from "@zhiwei/api/enterprise";
import type { Json, Text } from "@zhiwei/core/basics";
import {
  ALWAYS_SHOWN,
  type Claim,
  type ClaimPath,
  type Disclosed,
  askedPaths,
  pathText,
  readClaims,
  salesBounds,
  unmetClaims,
  withCompanions,
} from "@zhiwei/core/credential";
import { call, useRoute } from "../ui/api.ts";
import { Mark } from "../ui/controls.tsx";
import { formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { ClaimChooser, ClaimsInWords } from "./claims.tsx";
import { CopyField } from "./copy.tsx";
import "./credential.css";
import {
  type Asked,
  type Held,
  answer,
  claimsIn,
  fetchCredential,
  fingerprint,
  heldFor,
  isOurs,
  present,
  previewOf,
  randomNonce,
  readRequest,
} from "./wallet.ts";

const useT = texts({
  title: { zh: "我的凭证", en: "My credential" },
  profile: { zh: "信用画像", en: "Credit profile" },
  held: { zh: "本浏览器中的凭证", en: "The credential in this browser" },
  none: {
    zh: "本浏览器中还没有凭证。领取时，密钥在本浏览器中生成，取不出来，也不会发给任何人。",
    en: "There is no credential in this browser yet. When you fetch one, its key is made here; it cannot be read out and is sent to nobody.",
  },
  fetch: { zh: "领取凭证", en: "Fetch my credential" },
  renew: { zh: "领取新的", en: "Fetch a new one" },
  what: {
    zh: "凭证由平台签名，内容来自您的信用画像；给银行看哪几项，由您逐项决定。",
    en: "The platform signs it; what it says is your credit profile. What a bank sees of it you decide, claim by claim.",
  },
  asOf: { zh: "观察日", en: "As of" },
  issued: { zh: "签发", en: "Issued" },
  expires: { zh: "有效期至", en: "Expires" },
  state: { zh: "状态", en: "State" },
  by: { zh: "签发给", en: "Issued at the request of" },
  revoke: { zh: "吊销", en: "Revoke" },
  revokeOne: { zh: "吊销 {{issued}} 签发的凭证", en: "Revoke the credential issued {{issued}}" },
  revokeNote: {
    zh: "吊销立即生效，不可恢复；此前已出示过的也不再被采信。",
    en: "It takes effect at once and for good; what was presented before is no longer believed either.",
  },
  reason: { zh: "理由", en: "Reason" },
  cancel: { zh: "取消", en: "Cancel" },
  request: { zh: "银行的请求", en: "A bank's request" },
  requestLabel: {
    zh: "粘贴银行给您的请求（openid4vp://…），也可留空",
    en: "Paste the request that the bank gave you (openid4vp://…), or leave it empty",
  },
  requestBad: { zh: "这不是可以答复的请求。", en: "This is no request that can be answered." },
  asks: { zh: "{{who}}，要看 {{count}} 项", en: ["{{who}}: asks for {{count}} claim", "{{who}}: asks for {{count}} claims"] },
  unmet: {
    zh: "其中 {{names}} 您没有选，或凭证中的内容与所要的不符：银行会看到这一点。",
    en: "Of these, {{names}} are not chosen, or are not as asked for: the bank will see that.",
  },
  choose: { zh: "披露哪几项", en: "What to disclose" },
  clear: { zh: "全部不选", en: "Choose none" },
  preview: { zh: "银行将看到", en: "What the bank will see" },
  always: { zh: "每次出示都有：{{names}}", en: "Always shown: {{names}}" },
  companions: {
    zh: "等级、评分与所用评分卡同时出示；日志位置与画像哈希同时出示。",
    en: "A grade goes with its scorecard, a place in the log with the profile's hash.",
  },
  hand: { zh: "出示", en: "Present" },
  send: { zh: "发送给银行", en: "Send to the bank" },
  make: { zh: "生成出示文本", en: "Make a presentation" },
  sent: { zh: "已发送：银行看到的就是上面这些。", en: "Sent: the bank sees what stands above and nothing else." },
  text: { zh: "出示文本（交给核验方）", en: "Presentation, as text for the verifier" },
  link: {
    zh: "出示链接（打开即在核验页查看；内容不经过服务日志）",
    en: "Presentation, as a link to the page of verification (its content passes no server's log)",
  },
  unasked: {
    zh: "没有请求的出示一天内有效，核验方无法排除是抄件；银行有请求时请先粘贴请求。",
    en: "Without a request it is good for a day, and the verifier cannot rule out a copy; where the bank has a request, paste it first.",
  },
  all: { zh: "历次领取", en: "All that were issued" },
  noneIssued: { zh: "还没有领取过。", en: "None was issued yet." },
  yes: { zh: "是", en: "yes" },
  no: { zh: "否", en: "no" },
  here: { zh: "本浏览器", en: "this browser" },
});

const STATE: Readonly<Record<CredentialSummary["state"], Text>> = {
  valid: { zh: "有效", en: "valid" },
  expired: { zh: "已到期", en: "expired" },
  revoked: { zh: "已吊销", en: "revoked" },
};
const STATE_TONE = { valid: "good", expired: "warn", revoked: "bad" } as const;
const State = ({ state }: { state: CredentialSummary["state"] }) => {
  const text = useText();
  return <Mark tone={STATE_TONE[state]}>{text(STATE[state])}</Mark>;
};

const RevokeDialog = ({ enterprise, credential, onClose }: { enterprise: string; credential: CredentialSummary; onClose: () => void }) => {
  const t = useT();
  const language = useLanguage();
  const queries = useQueryClient();
  const id = useId();
  const [reason, setReason] = useState("");
  const work = useMutation({
    mutationFn: () => call(revokeCredential, { params: { id: enterprise, credential: credential.id }, body: { reason: reason.trim() } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t("revokeOne", { issued: formatInstant(credential.issuedAt, language) })}
      okText={t("revoke")}
      cancelText={t("cancel")}
      okButtonProps={{ danger: true, disabled: reason.trim() === "", loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      <p>{t("revokeNote")}</p>
      <div className="cr-form">
        <label htmlFor={id}>{t("reason")}</label>
        <input id={id} className="zw-input" maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

/** What the owner sees before anything is sent: the very disclosures, read back as the bank would read them. */
const Preview = ({ seen, asked }: { seen: Disclosed; asked: Asked | null }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { shown, hidden } = readClaims(seen);
  const unmet = asked ? unmetClaims(asked.claims, seen) : [];
  return (
    <Card title={t("preview")}>
      <p className="zw-mute">
        {t("always", { names: ALWAYS_SHOWN.map(({ label }) => text(label)).join(language === "zh" ? "、" : ", ") })}
      </p>
      <ClaimsInWords
        shown={shown.map(({ claim, value }) => ({ path: claim.path, name: claim.name, words: claim.say(value) }))}
        hidden={hidden}
        sales={salesBounds(seen)}
      />
      {unmet.length > 0 && (
        <p role="status">
          <Mark tone="warn">!</Mark> {t("unmet", { names: unmet.map(({ path }) => pathText(path)).join(", ") })}
        </p>
      )}
    </Card>
  );
};

const Presenting = ({ held, claims }: { held: Held; claims: Disclosed }) => {
  const t = useT();
  const text = useText();
  const ids = { request: useId() };
  const [chosen, setChosen] = useState<readonly ClaimPath[]>([["credit", "grade"]]);
  const [typed, setTyped] = useState("");
  const asked = useMemo(() => (typed.trim() === "" ? null : readRequest(typed)), [typed]);
  const [seen, setSeen] = useState<Disclosed | null>(null);
  useEffect(() => {
    let current = true;
    void previewOf(held, chosen).then((found) => {
      if (current) setSeen(found);
    });
    return () => {
      current = false;
    };
  }, [held, chosen]);
  const make = useMutation({
    mutationFn: () =>
      present(held, chosen, asked ?? { audience: `${new URL(String(claims["iss"])).origin}/credential/verify`, nonce: randomNonce() }),
  });
  const send = useMutation({
    mutationFn: async (to: Asked) => answer(to, await present(held, chosen, to)),
  });
  const change = (next: readonly ClaimPath[]) => {
    setChosen(next);
    make.reset();
    send.reset();
  };
  const { shown } = readClaims(claims);
  // The name of a threshold asks, so that beside it a word answers.
  const beside = (claim: Claim, value: Json): string =>
    claim.path[0] === "annualSalesAtLeast" && typeof value === "boolean" ? t(value ? "yes" : "no") : text(claim.say(value));
  const words = new Map(shown.map(({ claim, value }) => [pathText(claim.path), beside(claim, value)]));
  const shownAlong = new Set(withCompanions(chosen).map(pathText));
  return (
    <>
      <Card title={t("request")}>
        <div className="cr-form">
          <label htmlFor={ids.request}>{t("requestLabel")}</label>
          <textarea
            id={ids.request}
            className="zw-input cr-code"
            rows={2}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              const read = readRequest(event.target.value);
              if (read) change(askedPaths(read.claims));
              else change(chosen);
            }}
          />
        </div>
        {typed.trim() !== "" && !asked && <p role="alert">{t("requestBad")}</p>}
        {asked && <p role="status">{t("asks", { who: asked.who, count: asked.claims.length })}</p>}
      </Card>
      <div className="cr-two">
        <Card
          title={t("choose")}
          extra={
            <Button size="small" onClick={() => change([])} disabled={chosen.length === 0}>
              {t("clear")}
            </Button>
          }
        >
          <ClaimChooser
            chosen={chosen}
            onChange={change}
            note={(path) => {
              const value = words.get(pathText(path));
              return value === undefined ? null : shownAlong.has(pathText(path)) ? `${value} ✓` : value;
            }}
          />
          <p className="zw-mute">{t("companions")}</p>
        </Card>
        <div className="zw-page cr-beside">
          {seen ? <Preview seen={seen} asked={asked} /> : <LoadingState />}
          <Card title={t("hand")}>
            {!asked && <p className="zw-mute">{t("unasked")}</p>}
            <div className="cr-actions">
              {asked && isOurs(asked, claims) && (
                <Button type="primary" loading={send.isPending} disabled={send.isSuccess} onClick={() => send.mutate(asked)}>
                  {t("send")}
                </Button>
              )}
              <Button loading={make.isPending} disabled={typed.trim() !== "" && !asked} onClick={() => make.mutate()}>
                {t("make")}
              </Button>
            </div>
            {send.isSuccess && <p role="status">{t("sent")}</p>}
            {send.error && <ProblemState error={send.error} />}
            {make.error && <ProblemState error={make.error} />}
            {make.data && (
              <>
                <CopyField label={t("text")} value={make.data} />
                {!asked && <CopyField label={t("link")} value={`${window.location.origin}/credential/verify#${make.data}`} />}
              </>
            )}
          </Card>
        </div>
      </div>
    </>
  );
};

export const MyCredentialPage = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const enterprise = useRoute(getEnterprise, { params: { id } });
  const issued = useRoute(listCredentials, { params: { id } });
  const held = useQuery({
    queryKey: ["held credential", id],
    queryFn: async () => {
      const found = await heldFor(id);
      return found && { held: found, sha256: await fingerprint(found.credential), claims: await claimsIn(found.credential) };
    },
  });
  const get = useMutation({ mutationFn: () => fetchCredential(id), onSuccess: () => queries.invalidateQueries() });
  const [revoking, setRevoking] = useState<CredentialSummary | null>(null);
  const error = issued.error ?? held.error;
  const own = issued.data?.find(({ sha256 }) => sha256 === held.data?.sha256);
  const presentable = held.data && own?.state === "valid";
  const revokeButton = (credential: CredentialSummary) =>
    credential.state === "valid" ? (
      <Button size="small" danger onClick={() => setRevoking(credential)}>
        {t("revoke")}
        <span className="zw-visually-hidden"> {formatInstant(credential.issuedAt, language)}</span>
      </Button>
    ) : (
      (credential.reason ?? "")
    );
  const fetchButton = (
    <Button type={presentable ? "default" : "primary"} loading={get.isPending} onClick={() => get.mutate()}>
      {t(held.data ? "renew" : "fetch")}
    </Button>
  );
  return (
    <Page
      title={t("title")}
      extra={
        <Link to="/enterprises/$id" params={{ id }}>
          {enterprise.data?.name ?? id} · {t("profile")}
        </Link>
      }
    >
      {error ? (
        <ProblemState error={error} onRetry={() => void Promise.all([issued.refetch(), held.refetch()])} />
      ) : !issued.data || held.data === undefined ? (
        <LoadingState rows={8} />
      ) : (
        <>
          <Card title={t("held")} extra={held.data ? fetchButton : null}>
            <p className="zw-mute">{t("what")}</p>
            {held.data && own ? (
              <dl className="cr-claims">
                <div>
                  <dt>{t("state")}</dt>
                  <dd>
                    <State state={own.state} />
                  </dd>
                </div>
                <div>
                  <dt>{t("asOf")}</dt>
                  <dd>{own.asOf}</dd>
                </div>
                <div>
                  <dt>{t("issued")}</dt>
                  <dd>{formatInstant(own.issuedAt, language)}</dd>
                </div>
                <div>
                  <dt>{t("expires")}</dt>
                  <dd>{formatInstant(own.expiresAt, language)}</dd>
                </div>
              </dl>
            ) : (
              <EmptyState text={t("none")}>{fetchButton}</EmptyState>
            )}
            {get.error && <ProblemState error={get.error} />}
          </Card>
          {held.data && presentable && <Presenting key={held.data.sha256} held={held.data.held} claims={held.data.claims} />}
          <Card title={t("all")}>
            {issued.data.length === 0 ? (
              <p className="zw-mute">{t("noneIssued")}</p>
            ) : (
              <DataTable
                caption={t("all")}
                rows={issued.data}
                keyOf={(credential) => credential.id}
                columns={[
                  {
                    key: "issued",
                    title: t("issued"),
                    names: true,
                    render: (credential) => (
                      <>
                        {formatInstant(credential.issuedAt, language)}
                        {credential === own && <span className="zw-mute"> · {t("here")}</span>}
                      </>
                    ),
                  },
                  { key: "state", title: t("state"), render: ({ state }) => <State state={state} /> },
                  { key: "asOf", title: t("asOf"), render: ({ asOf }) => asOf },
                  { key: "expires", title: t("expires"), render: ({ expiresAt }) => formatInstant(expiresAt, language) },
                  { key: "by", title: t("by"), render: ({ issuedBy }) => issuedBy },
                  { key: "revoke", title: t("revoke"), render: revokeButton },
                ]}
                card={(credential) => (
                  <>
                    <div>
                      {formatInstant(credential.issuedAt, language)} <State state={credential.state} />
                      {credential === own && <span className="zw-mute"> {t("here")}</span>}
                    </div>
                    <div className="zw-mute">
                      {text({ zh: "观察日", en: "as of" })} {credential.asOf} · {credential.issuedBy}
                    </div>
                    {revokeButton(credential)}
                  </>
                )}
              />
            )}
          </Card>
          {revoking && <RevokeDialog enterprise={id} credential={revoking} onClose={() => setRevoking(null)} />}
        </>
      )}
    </Page>
  );
};
