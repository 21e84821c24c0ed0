import type { Route } from "@zhiwei/api/route";
import { type Text, problem } from "@zhiwei/core/basics";
import { Refusal } from "../http/refusal.ts";
import type { Actor, PartyKind } from "./actor.ts";
import type { Who } from "./actor-of.ts";

export const signInNeeded = new Refusal(
  401,
  problem(
    "sign-in-needed",
    "请先登录。",
    "Sign in first.",
    "请在 /sign-in 登录，机构的程序请带上密钥；还没有账号时，由运维人员在服务器上执行 zhiwei account add。",
    "Sign in at /sign-in, or send a key if you are a program; where there is no account yet, the operator runs zhiwei account add on the server.",
  ),
);

const KIND_NAMES: Readonly<Record<PartyKind, Text>> = {
  operator: { zh: "平台运营方", en: "the operator" },
  enterprise: { zh: "企业", en: "enterprises" },
  bank: { zh: "银行", en: "banks" },
  guarantor: { zh: "担保机构", en: "guarantors" },
  insurer: { zh: "保险机构", en: "insurers" },
  bureau: { zh: "财政与主管部门", en: "bureaus" },
  supervisor: { zh: "监管部门", en: "supervisors" },
};

const notForThisParty = (kinds: readonly PartyKind[]): Refusal =>
  new Refusal(
    403,
    problem(
      "not-for-this-party",
      `这一操作只对${kinds.map((kind) => KIND_NAMES[kind].zh).join("、")}开放。`,
      `This is open to ${kinds.map((kind) => KIND_NAMES[kind].en).join(", ")} only.`,
      "请由有权的一方操作，或换用相应的账号。",
      "Have a party do it that may, or sign in with an account of such a party.",
    ),
  );

const notYourEnterprise = new Refusal(
  403,
  problem(
    "not-your-enterprise",
    "企业账号只能查看本企业。",
    "The account of an enterprise sees its own enterprise alone.",
    "请核对企业代号；查看其他企业须以机构账号并凭其授权。",
    "Check the enterprise's code; others are read by institutions, on their consent.",
  ),
);

/** Of a path below an enterprise, `id` names it. */
const OF_ENTERPRISE = /^\/enterprises\/:id(\/|$)/;

/**
 * The actor, where his kind of party may call the route; refused otherwise. An owner gets no further than the own enterprise. What a
 * party may read of an enterprise is decided after this, by consent.
 */
export const requireAudience = (route: Pick<Route, "audience" | "path">, who: Who | null, params: unknown): Actor => {
  if (!who) throw signInNeeded;
  const { actor } = who;
  if (route.audience !== "public" && !route.audience.includes(actor.kind)) throw notForThisParty(route.audience);
  if (actor.kind === "enterprise" && OF_ENTERPRISE.test(route.path) && (params as { id?: string }).id !== actor.enterprise)
    throw notYourEnterprise;
  return actor;
};
