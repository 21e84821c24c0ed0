import { useEffect, useId, useState } from "react";
import { Alert, Button, Modal } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  EVENT_TYPES,
  type EventType,
  addWebhook,
  changeWebhook,
  listDeliveries,
  listWebhooks,
  readDelivery,
  removeWebhook,
  trialWebhook,
} from "@zhiwei/api/events";
import { call, useRoute } from "../ui/api.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { ProblemState } from "../ui/states.tsx";
import "./events.css";
import { VERIFY_EXAMPLE } from "./example.ts";
import { TYPES, type Webhook, formatMoment, outcomeOf } from "./words.ts";

const useT = texts({
  add: { zh: "添加接收地址", en: "Add an endpoint" },
  edit: { zh: "修改", en: "Change" },
  save: { zh: "保存", en: "Save" },
  cancel: { zh: "取消", en: "Cancel" },
  url: { zh: "接收地址", en: "Address" },
  urlHint: {
    zh: "接收程序的公网网址，以 https:// 开头。平台向它发送 POST 请求。",
    en: "The public address of your receiver, beginning with https://. The platform posts to it.",
  },
  urlWrong: {
    zh: "应为完整的 http 或 https 网址，不含用户名、口令与 # 部分。",
    en: "Write a whole http or https address without user name, password and fragment.",
  },
  plain: {
    zh: "http 不加密：途中的人看得到事件内容。签名只能防止篡改。",
    en: "http is not encrypted: whoever is on the way reads the events. The signature only keeps them from being changed.",
  },
  types: { zh: "要接收的事件", en: "Events to be told of" },
  typesWrong: { zh: "请至少选择一种。", en: "Choose at least one." },
  secret: { zh: "签名密钥", en: "Secret of the signatures" },
  secretOnce: {
    zh: "只显示这一次。请存入接收程序的密钥库；遗失时换发一个即可。",
    en: "It is shown this once. Keep it where your receiver keeps its secrets; where it is lost, have a new one.",
  },
  copy: { zh: "复制密钥", en: "Copy the secret" },
  copyExample: { zh: "复制示例", en: "Copy the example" },
  copied: { zh: "已复制", en: "Copied" },
  cannotCopy: { zh: "浏览器不允许复制，请选中后自行复制。", en: "The browser does not let it be copied: select it and copy it." },
  noted: { zh: "已存好", en: "It is kept" },
  how: { zh: "如何验证签名", en: "How to verify a signature" },
  howText: {
    zh: "签名按 Standard Webhooks：对“webhook-id.webhook-timestamp.正文”的 HMAC-SHA256。各语言都有现成的库，如 new Webhook(secret).verify(rawBody, headers)；不用库时，以 Node.js 为例：",
    en: "Signed after Standard Webhooks: HMAC-SHA256 over webhook-id.webhook-timestamp.body. There are libraries for most languages, as new Webhook(secret).verify(rawBody, headers); without one, in Node.js:",
  },
  rules: {
    zh: "验证后 10 秒内应答 2xx 即为送达；同一 webhook-id 可能再来，见过的可以略过。",
    en: "Verified, answer 2xx within 10 seconds, and it is delivered. The same webhook-id may come again: what was seen already can be let go.",
  },
  rotate: { zh: "换发密钥", en: "New secret" },
  rotateSure: {
    zh: "除非立即作废，旧密钥在此后 24 小时内同时签名：接收程序何时换上新密钥，都不会有验证不过的事件。",
    en: "Unless it is ended at once, the old secret signs along for 24 hours: whenever your receiver changes to the new one, nothing fails to verify.",
  },
  endAtOnce: { zh: "旧密钥立即作废", en: "End the old secret at once" },
  endAtOnceWhy: {
    zh: "旧密钥已为他人所知时选用。接收程序换上新密钥之前，验证会失败；未应答 2xx 的事件会自动重试，不会丢失。",
    en: "For a secret that somebody else knows. Until your receiver has the new one, nothing verifies; what is not answered by 2xx is tried again, and nothing is lost.",
  },
  endOld: { zh: "作废旧密钥", en: "End the old secret" },
  endOldSure: {
    zh: "此后只以现在的密钥签名。请先确认接收程序已换上它，否则验证会失败。",
    en: "From now on the present secret signs alone. See first that your receiver has it, or nothing verifies.",
  },
  signsAlong: {
    zh: "旧密钥同时签名至 {{at}}，请在此之前换上新密钥。",
    en: "The old secret signs along until {{at}}: let your receiver have the new one before.",
  },
  disable: { zh: "停用", en: "Disable" },
  enable: { zh: "启用", en: "Enable" },
  enableOf: { zh: "启用 {{url}}", en: "Enable {{url}}" },
  disableSure: {
    zh: "不再向它投递。等待中的事件记为已放弃；启用后可以补投。",
    en: "Nothing is sent to it any more. What waits is given up; once it is enabled again, it can be replayed.",
  },
  remove: { zh: "删除", en: "Delete" },
  removeSure: {
    zh: "连同其投递记录一并删除，不能恢复。只想暂停时，请停用。",
    en: "It is deleted with the record of its deliveries, and cannot be brought back. To pause it, disable it.",
  },
  trial: { zh: "试投", en: "Send a trial" },
  trialOf: { zh: "试投：{{url}}", en: "Send a trial: {{url}}" },
  trialGoes: { zh: "试投中……", en: "The trial is on its way…" },
  trialTaken: { zh: "试投已送达：{{outcome}}，{{ms}} 毫秒", en: "The trial was taken: {{outcome}}, {{ms}} ms" },
  trialLost: { zh: "试投未送达：{{outcome}}，{{ms}} 毫秒", en: "The trial was not taken: {{outcome}}, {{ms}} ms" },
});

/** What is shown of endpoints is asked anew after something was done with one. */
const useRefresh = () => {
  const queries = useQueryClient();
  return () => Promise.all([listWebhooks, listDeliveries].map(({ id }) => queries.invalidateQueries({ queryKey: [id] })));
};

/** Asks anew each time something has come to its end: `settled` names what it came to, undefined while it goes on. */
export const useAfter = (settled: string | undefined): void => {
  const refresh = useRefresh();
  useEffect(() => {
    if (settled !== undefined) void refresh();
    // Once for each end; `refresh` is another function at every look.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
};

/** As the server holds it, but for private networks, which only the server knows. */
const isAddress = (text: string): boolean => {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash;
  } catch {
    return false;
  }
};

/** Adds an endpoint, or changes one. */
export const EndpointDialog = ({
  webhook,
  onSaved,
  onClose,
}: {
  webhook?: Webhook;
  onSaved: (saved: Webhook, secret: string | null) => void;
  onClose: () => void;
}) => {
  const t = useT();
  const text = useText();
  const refresh = useRefresh();
  const id = useId();
  const [url, setUrl] = useState(webhook?.url ?? "https://");
  const [types, setTypes] = useState<readonly EventType[]>(webhook?.types ?? EVENT_TYPES);
  const [asked, setAsked] = useState(false);
  const address = url.trim();
  const work = useMutation({
    mutationFn: () => {
      const body = { url: address, types: EVENT_TYPES.filter((type) => types.includes(type)) };
      return webhook ? call(changeWebhook, { params: { id: webhook.id }, body }) : call(addWebhook, { body });
    },
    onSuccess: async (saved) => {
      await refresh();
      onSaved(saved.webhook, saved.secret);
    },
  });
  const urlWrong = asked && !isAddress(address);
  const typesWrong = asked && types.length === 0;
  const submit = () => {
    setAsked(true);
    if (isAddress(address) && types.length > 0) work.mutate();
    else if (!isAddress(address)) document.getElementById(`${id}-url`)?.focus();
  };
  return (
    <Modal
      open
      title={t(webhook ? "edit" : "add")}
      okText={t(webhook ? "save" : "add")}
      cancelText={t("cancel")}
      okButtonProps={{ loading: work.isPending }}
      onOk={submit}
      onCancel={onClose}
      destroyOnHidden
    >
      <form
        className="ev-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div>
          <label htmlFor={`${id}-url`}>{t("url")}</label>
          <input
            id={`${id}-url`}
            className="zw-input"
            type="url"
            autoComplete="off"
            spellCheck={false}
            maxLength={500}
            value={url}
            aria-invalid={urlWrong}
            aria-describedby={`${id}-hint`}
            onChange={(event) => setUrl(event.target.value)}
          />
          <p id={`${id}-hint`} className={urlWrong ? "ev-hint zw-bad" : "ev-hint zw-mute"}>
            {t(urlWrong ? "urlWrong" : address.startsWith("http:") ? "plain" : "urlHint")}
          </p>
        </div>
        <fieldset className="zw-fieldset" aria-describedby={typesWrong ? `${id}-types` : undefined}>
          <legend>{t("types")}</legend>
          {EVENT_TYPES.map((type) => (
            <div key={type} className="ev-type">
              <input
                id={`${id}-${type}`}
                type="checkbox"
                checked={types.includes(type)}
                aria-describedby={`${id}-${type}-when`}
                onChange={(event) => setTypes(event.target.checked ? [...types, type] : types.filter((each) => each !== type))}
              />
              <div>
                <label htmlFor={`${id}-${type}`}>{text(TYPES[type].name)}</label> <code className="zw-mute">{type}</code>
                <p id={`${id}-${type}-when`} className="ev-hint zw-mute">
                  {text(TYPES[type].when)}
                </p>
              </div>
            </div>
          ))}
          {typesWrong && (
            <p id={`${id}-types`} className="ev-hint zw-bad">
              {t("typesWrong")}
            </p>
          )}
        </fieldset>
      </form>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

const CopyButton = ({ label, value }: { label: string; value: string }) => {
  const t = useT();
  const [came, setCame] = useState<"copied" | "cannotCopy" | null>(null);
  // Without https a browser hands out no clipboard; then it is said, and the text can be selected.
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCame("copied");
    } catch {
      setCame("cannotCopy");
    }
  };
  return (
    <span className="zw-line">
      <Button onClick={() => void copy()}>{label}</Button>
      <span role="status" className="zw-mute">
        {came && t(came)}
      </span>
    </span>
  );
};

const HowToVerify = () => {
  const t = useT();
  return (
    <>
      <p>{t("howText")}</p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key */}
      <pre className="ev-code" tabIndex={0} role="region" aria-label={t("how")}>
        {VERIFY_EXAMPLE}
      </pre>
      <p>{t("rules")}</p>
      <CopyButton label={t("copyExample")} value={VERIFY_EXAMPLE} />
    </>
  );
};

/** The secret, this once, and what it is good for. */
export const SecretTold = ({ secret, oldUntil, onClose }: { secret: string; oldUntil?: string | null; onClose: () => void }) => {
  const t = useT();
  const language = useLanguage();
  return (
    <Modal
      open
      width={680}
      title={t("secret")}
      okText={t("noted")}
      cancelButtonProps={{ style: { display: "none" } }}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      onOk={onClose}
    >
      <Alert type="warning" showIcon title={t("secretOnce")} />
      <p className="ev-secret">
        <code>{secret}</code>
      </p>
      <CopyButton label={t("copy")} value={secret} />
      {oldUntil && <p className="ev-sub">{t("signsAlong", { at: formatMoment(oldUntil, language) })}</p>}
      <h3 className="ev-sub">{t("how")}</h3>
      <HowToVerify />
    </Modal>
  );
};

/** The same, to be read again when the secret is long kept. */
export const VerifyHelp = () => {
  const t = useT();
  return (
    <details className="ev-details">
      <summary>{t("how")}</summary>
      <HowToVerify />
    </details>
  );
};

export type Step = "rotate" | "endOld" | "disable" | "remove";

/** A new secret, and until when the old one signs along. */
export type Told = { readonly secret: string; readonly oldUntil: string | null };

/** A step that is not taken by a slip: what it does is said first. */
export const StepDialog = ({
  webhook,
  step,
  onDone,
  onClose,
}: {
  webhook: Webhook;
  step: Step;
  onDone: (told: Told | null) => void;
  onClose: () => void;
}) => {
  const t = useT();
  const refresh = useRefresh();
  const queries = useQueryClient();
  const id = useId();
  const [endOld, setEndOld] = useState(false);
  const params = { id: webhook.id };
  const work = useMutation({
    mutationFn: async (): Promise<Told | null> => {
      if (step === "remove") return (await call(removeWebhook, { params }), null);
      const body =
        step === "rotate"
          ? { newSecret: true as const, ...(endOld ? { endOld: true as const } : {}) }
          : step === "endOld"
            ? { endOld: true as const }
            : { enabled: false };
      const { webhook: changed, secret } = await call(changeWebhook, { params, body });
      return secret === null ? null : { secret, oldUntil: changed.oldSecretUntil };
    },
    onSuccess: async (told) => {
      onDone(told);
      // Of one that is gone there are no deliveries to ask for.
      await (step === "remove" ? queries.invalidateQueries({ queryKey: [listWebhooks.id] }) : refresh());
    },
  });
  return (
    <Modal
      open
      title={t(step)}
      okText={t(step)}
      cancelText={t("cancel")}
      okButtonProps={{ danger: step !== "rotate", loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      <p>
        <code>{webhook.url}</code>
      </p>
      <p>{t(`${step}Sure`)}</p>
      {step === "rotate" && (
        <div className="ev-type">
          <input
            id={id}
            type="checkbox"
            checked={endOld}
            aria-describedby={`${id}-why`}
            onChange={(event) => setEndOld(event.target.checked)}
          />
          <div>
            <label htmlFor={id}>{t("endAtOnce")}</label>
            <p id={`${id}-why`} className="ev-hint zw-mute">
              {t("endAtOnceWhy")}
            </p>
          </div>
        </div>
      )}
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

/** Enables a disabled endpoint at once; `onDone` hears from when on events were missed. */
export const EnableButton = ({
  webhook,
  small = false,
  onDone,
}: {
  webhook: Webhook;
  small?: boolean;
  onDone: (missedSince: string | null) => void;
}) => {
  const t = useT();
  const refresh = useRefresh();
  const work = useMutation({
    mutationFn: () => call(changeWebhook, { params: { id: webhook.id }, body: { enabled: true } }),
    onSuccess: async () => {
      onDone(webhook.missedSince);
      await refresh();
    },
  });
  return (
    <>
      <Button
        size={small ? "small" : "middle"}
        type={small ? "default" : "primary"}
        loading={work.isPending}
        aria-label={t("enableOf", { url: webhook.url })}
        onClick={() => work.mutate()}
      >
        {t("enable")}
      </Button>
      {work.error && <ProblemState error={work.error} />}
    </>
  );
};

/** Sends a trial and says what it came to. */
export const Trial = ({ webhook, small = false }: { webhook: Webhook; small?: boolean }) => {
  const t = useT();
  const language = useLanguage();
  const refresh = useRefresh();
  const work = useMutation({
    mutationFn: () => call(trialWebhook, { params: { id: webhook.id } }),
    onSuccess: refresh,
  });
  const event = work.data?.event;
  const trial = useRoute(
    readDelivery,
    { params: { id: webhook.id, event: event ?? "" } },
    {
      enabled: event !== undefined,
      refetchInterval: ({ state }) => (state.data?.event === event && state.data?.state !== "waiting" ? false : 500),
    },
  );
  const found = trial.data?.event === event ? trial.data : undefined;
  const last = found && found.state !== "waiting" ? found.attempts.at(-1) : undefined;
  useAfter(last?.at);
  const going = work.isPending || (event !== undefined && !last && !trial.error);
  return (
    <span className="ev-trial">
      <Button
        size={small ? "small" : "middle"}
        disabled={webhook.disabledAt !== null}
        loading={going}
        aria-label={t("trialOf", { url: webhook.url })}
        onClick={() => work.mutate()}
      >
        {t("trial")}
      </Button>
      <span role="status" className={last ? (last.problem === null ? "zw-good" : "zw-bad") : "zw-mute"}>
        {going
          ? t("trialGoes")
          : last && t(last.problem === null ? "trialTaken" : "trialLost", { outcome: outcomeOf(last, language), ms: last.ms })}
      </span>
      {(work.error ?? trial.error) && <ProblemState error={work.error ?? trial.error} />}
    </span>
  );
};
