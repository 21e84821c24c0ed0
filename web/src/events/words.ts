import type { AttemptProblem, DeliveredType, DeliveryState, listDeliveries, listWebhooks } from "@zhiwei/api/events";
import type { Output } from "@zhiwei/api/route";
import type { Language, Text } from "@zhiwei/core/basics";
import { NO_VALUE } from "../ui/format.ts";

export type Webhook = Output<typeof listWebhooks>[number];
export type Delivery = Output<typeof listDeliveries>["items"][number];
export type Attempt = Delivery["attempts"][number];
type Tone = "plain" | "good" | "warn" | "bad";

/** What happened, in the reader's words, and when one is told of it. */
export const TYPES: Readonly<Record<DeliveredType, { readonly name: Text; readonly when: Text }>> = {
  "application.decided": {
    name: { zh: "申请有了决定", en: "Application decided" },
    when: {
      zh: "企业提交了申请，系统当场得出决定：同意、减额、不同意或转人工。",
      en: "An enterprise applied, and the answer was worked out at once: approved, less offered, declined, or to a person.",
    },
  },
  "application.changed": {
    name: { zh: "申请有了变化", en: "Application changed" },
    when: {
      zh: "此后的每一步：受理、意见、签批、接受、撤回、请求人工复核、到期。",
      en: "Every step after that: taken, resolved, signed, accepted, withdrawn, a person asked for, expired.",
    },
  },
  "consent.withdrawn": {
    name: { zh: "授权被撤回", en: "Consent withdrawn" },
    when: {
      zh: "企业撤回了授权，其数据从此刻起不得再查。",
      en: "An enterprise withdrew its consent: from that moment its data may not be read.",
    },
  },
  "webhook.trial": {
    name: { zh: "试投", en: "Trial" },
    when: { zh: "什么也没有发生，只看能否收到。", en: "Nothing has happened: it is to be seen whether it arrives." },
  },
};

export const STATE: Readonly<Record<DeliveryState, Text>> = {
  waiting: { zh: "等待投递", en: "waiting" },
  delivered: { zh: "已送达", en: "delivered" },
  "given-up": { zh: "已放弃", en: "given up" },
};
export const STATE_TONE: Readonly<Record<DeliveryState, Tone>> = { waiting: "warn", delivered: "good", "given-up": "bad" };

/** What went wrong with a try, and what to do about it. */
const PROBLEMS: Readonly<Record<AttemptProblem, { readonly text: Text; readonly remedy: Text }>> = {
  address: {
    text: { zh: "地址指向内网，没有发出", en: "the address leads into a private network; nothing was sent" },
    remedy: { zh: "请换用公网地址。", en: "Give a public address." },
  },
  unreachable: {
    text: { zh: "连接不上", en: "cannot be reached" },
    remedy: { zh: "请检查域名、端口、证书与防火墙。", en: "Check name, port, certificate and firewall." },
  },
  timeout: {
    text: { zh: "10 秒内没有应答", en: "no answer within 10 seconds" },
    remedy: { zh: "请先应答 2xx，再处理。", en: "Answer 2xx first, work on it afterwards." },
  },
  redirect: {
    text: { zh: "要求转到别处，未跟随", en: "sends elsewhere, which is not followed" },
    remedy: { zh: "请直接填写最终地址。", en: "Give the address where it ends." },
  },
  status: {
    text: { zh: "应答不是 2xx", en: "the answer is not 2xx" },
    remedy: { zh: "请查看接收程序的日志。", en: "Look into the receiver's log." },
  },
  gone: {
    text: { zh: "应答 410：不再接收", en: "answers 410: it is gone" },
    remedy: { zh: "请确认地址仍在使用。", en: "See whether the address is still in use." },
  },
  secret: {
    text: { zh: "密钥打不开，无法签名", en: "the secret cannot be opened, so nothing is signed" },
    remedy: { zh: "请换发密钥。", en: "Have a new secret." },
  },
};

/** Why nothing is sent to a disabled endpoint, and what to do. */
export const reasonOf = (reason: NonNullable<Webhook["disabledReason"]>): { readonly text: Text; readonly remedy: Text } =>
  reason === "by-hand"
    ? {
        text: { zh: "由本方停用", en: "disabled by hand" },
        remedy: { zh: "启用后可补投停用期间的事件。", en: "Once enabled, what happened meanwhile can be replayed." },
      }
    : PROBLEMS[reason];

/** How an endpoint stands. */
export const standingOf = (webhook: Webhook): { readonly name: Text; readonly tone: Tone; readonly since: string | null } => {
  if (webhook.disabledAt !== null) return { name: { zh: "已停用", en: "disabled" }, tone: "warn", since: webhook.disabledAt };
  if (webhook.failingSince !== null) return { name: { zh: "投递失败", en: "failing" }, tone: "bad", since: webhook.failingSince };
  if (webhook.lastAttempt === null) return { name: { zh: "尚未投递", en: "nothing sent yet" }, tone: "plain", since: null };
  if (webhook.lastAttempt.problem === null) return { name: { zh: "正常", en: "working" }, tone: "good", since: null };
  // Nothing waits, and the last try was not taken: that of an event that was given up, or, where none ever was, of a trial.
  return webhook.missedSince === null
    ? { name: { zh: "试投失败", en: "trial failed" }, tone: "warn", since: null }
    : { name: { zh: "上次未送达", en: "last try failed" }, tone: "warn", since: null };
};

/** What a try came to, in a few words. */
export const outcomeOf = ({ status, problem }: Attempt, language: Language): string => {
  if (problem === null || (problem === "status" && status !== null)) return language === "zh" ? `应答 ${status}` : `answered ${status}`;
  const said = PROBLEMS[problem].text[language];
  return status === null || problem === "gone" ? said : `${status}${language === "zh" ? "，" : ", "}${said}`;
};

/** Tries follow each other by seconds, so a time is written with them. */
export const formatMoment = (instant: string, language: Language): string =>
  new Date(instant).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** When something is tried next; what is due goes as soon as those before it have gone. */
export const formatDue = (dueAt: string | null, language: Language): string => {
  if (dueAt === null) return NO_VALUE;
  return Date.parse(dueAt) > Date.now() ? formatMoment(dueAt, language) : language === "zh" ? "随即" : "now";
};

/** How long is waited at most after so many failures. */
export const formatWait = (failures: number, language: Language): string => {
  const seconds = Math.min(5 * 2 ** (failures - 1), 4 * 3600);
  const [value, unit] =
    seconds < 120
      ? [seconds, { zh: "秒", en: "seconds" }]
      : seconds < 7200
        ? [Math.round(seconds / 60), { zh: "分钟", en: "minutes" }]
        : [Math.round(seconds / 360) / 10, { zh: "小时", en: "hours" }];
  return `${value} ${unit[language]}`;
};

/** An instant as a field of date and time takes it: local time, down to the second before. */
export const toField = (instant: string): string => {
  const at = new Date(instant);
  return new Date(Math.floor(at.getTime() / 1000) * 1000 - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
};

/** What a field of date and time holds, as an instant; null where it is none. */
export const fromField = (text: string): string | null => {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? null : at.toISOString();
};
