import { type IsoDate, type Problem, type Result, err, ok, problem } from "../basics/index.ts";
import type { OfferedTerms, Outcome } from "./decide.ts";
import { type DecisionPolicy, authorityOf, needsSecond } from "./policy.ts";

/**
 * The life of an application 融资申请. A decision that was made without a person stands at once; what is referred, or what the
 * enterprise asks a person to look at (PIPL article 24), waits on the worklist until a person has resolved it and, above the amount
 * of the policy, a second one has signed.
 */
export type CaseState = "approved" | "countered" | "declined" | "referred" | "proposed" | "accepted" | "withdrawn" | "expired";

/** A person of a lender; `name` is the account, by which two pairs of eyes are told apart. */
export type Person = { readonly name: string; readonly post: string };

export type Resolution = {
  readonly outcome: Exclude<Outcome, "refer">;
  /** Null of a refusal. */
  readonly terms: OfferedTerms | null;
  readonly reason: string;
  readonly by: Person;
  /** Whether it is another answer than the one that was computed. */
  readonly override: boolean;
};

export type Case = {
  readonly state: CaseState;
  /** What was computed; a resolution that differs from it is an override. */
  readonly computed: { readonly outcome: Outcome; readonly terms: OfferedTerms | null };
  /** Who works on it. */
  readonly takenBy: string | null;
  readonly resolution: Resolution | null;
  readonly signedBy: Person | null;
  /** Whether the enterprise asked that a person decide. */
  readonly review: "none" | "asked" | "done";
};

export type CaseAction =
  | { readonly action: "take" }
  | { readonly action: "give-back" }
  | {
      readonly action: "resolve";
      readonly outcome: Exclude<Outcome, "refer">;
      readonly terms: OfferedTerms | null;
      readonly reason: string;
    }
  | { readonly action: "sign" }
  | { readonly action: "send-back"; readonly reason: string }
  | { readonly action: "ask-review"; readonly reason: string }
  | { readonly action: "accept" }
  | { readonly action: "withdraw" }
  | { readonly action: "expire" };

/** The day on which somebody acts, and the last on which the offer stands. */
export type OfferDays = { readonly today: IsoDate; readonly validUntil: IsoDate };

/** Who acts: a person of the lender, the enterprise, or time. */
export type Side = "lender" | "enterprise" | "clock";

export const openCase = (outcome: Outcome, terms: OfferedTerms | null): Case => ({
  state: outcome === "approve" ? "approved" : outcome === "counter-offer" ? "countered" : outcome === "decline" ? "declined" : "referred",
  computed: { outcome, terms },
  takenBy: null,
  resolution: null,
  signedBy: null,
  review: "none",
});

const SIDES: Readonly<Record<CaseAction["action"], Side>> = {
  take: "lender",
  "give-back": "lender",
  resolve: "lender",
  sign: "lender",
  "send-back": "lender",
  "ask-review": "enterprise",
  accept: "enterprise",
  withdraw: "enterprise",
  expire: "clock",
};

const FROM: Readonly<Record<CaseAction["action"], readonly CaseState[]>> = {
  take: ["referred"],
  "give-back": ["referred"],
  resolve: ["referred"],
  sign: ["proposed"],
  "send-back": ["proposed"],
  "ask-review": ["approved", "countered", "declined"],
  accept: ["approved", "countered"],
  withdraw: ["approved", "countered", "referred", "proposed"],
  expire: ["approved", "countered"],
};

const no = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string): Result<never, Problem> =>
  err(problem(code, zh, en, remedyZh, remedyEn));

/** What can be done with a case by a side, before it is asked who does it. */
export const possibleCaseActions = ({ state, review, resolution }: Case, side: Side): CaseAction["action"][] =>
  (Object.keys(FROM) as CaseAction["action"][]).filter(
    (action) =>
      SIDES[action] === side && FROM[action].includes(state) && (action !== "ask-review" || (review === "none" && resolution === null)),
  );

const sameTerms = (a: OfferedTerms | null, b: OfferedTerms | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.amountFen === b.amountFen &&
    a.termMonths === b.termMonths &&
    a.method === b.method &&
    a.nominalRate === b.nominalRate);

const settledState = (outcome: Resolution["outcome"]): CaseState =>
  outcome === "approve" ? "approved" : outcome === "counter-offer" ? "countered" : "declined";

/**
 * Does an action with a case, or says why not. Codes: `not-in-this-state`, `not-yours`, `reason-needed`, `terms-needed`,
 * `beyond-authority`, `own-proposal`, `taken-by-another`, `review-once`, `offer-lapsed`, `offer-stands`.
 *
 * Authority 授权: whoever settles a case for good (alone, or as the second signature) has authority for its amount. A refusal
 * commits no money, so its amount is what was computed, or nothing. Four eyes: nobody signs what he proposed.
 */
export const actOnCase = (
  policy: DecisionPolicy,
  found: Case,
  act: CaseAction,
  side: Side,
  person: Person | null,
  { today, validUntil }: OfferDays,
): Result<Case, Problem> => {
  if (SIDES[act.action] !== side)
    return no("not-yours", "这一步不由您来做。", "This step is not yours to take.", "请由有权的一方操作。", "The other side takes it.");
  if (!FROM[act.action].includes(found.state))
    return no(
      "not-in-this-state",
      "以申请目前的状态，不能做这一步。",
      "The application is not in a state for this step.",
      "请刷新后查看目前可做的操作。",
      "Look at it again for what can be done now.",
    );
  const reason = "reason" in act ? act.reason.trim() : "";
  switch (act.action) {
    case "take":
      if (found.takenBy !== null && found.takenBy !== person!.name)
        return no(
          "taken-by-another",
          `已由 ${found.takenBy} 受理。`,
          `${found.takenBy} is at work on it.`,
          "请其退回后再受理。",
          "Have it given back first.",
        );
      return ok({ ...found, takenBy: person!.name });
    case "give-back":
      return ok({ ...found, takenBy: null });
    case "resolve": {
      if (found.takenBy !== null && found.takenBy !== person!.name)
        return no(
          "taken-by-another",
          `已由 ${found.takenBy} 受理。`,
          `${found.takenBy} is at work on it.`,
          "请其退回后再办理。",
          "Have it given back first.",
        );
      if ((act.outcome === "decline") !== (act.terms === null))
        return no(
          "terms-needed",
          "同意须写明条件，拒绝则没有条件。",
          "An offer states its terms, and a refusal has none.",
          "请补充或去掉条件。",
          "Add the terms, or take them away.",
        );
      const computed = found.computed;
      const override =
        computed.outcome === "refer"
          ? !sameTerms(act.terms, computed.terms)
          : act.outcome !== computed.outcome || !sameTerms(act.terms, computed.terms);
      if ((override || act.outcome === "decline" || found.review === "asked") && reason === "")
        return no(
          "reason-needed",
          "请写明理由。",
          "A reason is needed.",
          "与测算不同的决定、拒绝以及应申请人要求的复核都须有理由。",
          "What differs from what was computed, a refusal, and a review that was asked for each need one.",
        );
      const resolution: Resolution = { outcome: act.outcome, terms: act.terms, reason, by: person!, override };
      const amount = act.terms?.amountFen ?? 0;
      const alone = !override && !needsSecond(policy, amount as never) && amount <= authorityOf(policy, person!.post);
      return ok(
        alone
          ? { ...found, state: settledState(act.outcome), resolution, review: found.review === "asked" ? "done" : found.review }
          : { ...found, state: "proposed", resolution },
      );
    }
    case "sign": {
      const { resolution } = found;
      if (person!.name === resolution!.by.name)
        return no(
          "own-proposal",
          "不能签批自己提出的意见。",
          "Nobody signs what he proposed himself.",
          "请由另一人签批。",
          "Have somebody else sign it.",
        );
      const amount = resolution!.terms?.amountFen ?? found.computed.terms?.amountFen ?? 0;
      if (amount > authorityOf(policy, person!.post))
        return no(
          "beyond-authority",
          "金额超出您的审批权限。",
          "The amount is beyond your authority.",
          "请由更高权限的岗位签批。",
          "Have a post of higher authority sign it.",
        );
      return ok({
        ...found,
        state: settledState(resolution!.outcome),
        signedBy: person,
        review: found.review === "asked" ? "done" : found.review,
      });
    }
    case "send-back":
      if (reason === "")
        return no(
          "reason-needed",
          "请写明退回理由。",
          "A reason is needed to send it back.",
          "填写理由后重试。",
          "State it and try again.",
        );
      if (person!.name === found.resolution!.by.name)
        return no(
          "own-proposal",
          "不能退回自己提出的意见。",
          "Nobody sends back what he proposed himself.",
          "请由另一人退回。",
          "Have somebody else do it.",
        );
      return ok({ ...found, state: "referred", resolution: null, takenBy: null });
    case "ask-review":
      if (found.review !== "none" || found.resolution !== null)
        return no(
          "review-once",
          "这项决定已由人工作出或正在人工复核。",
          "A person has decided this, or is at it.",
          "如仍有异议，可通过异议渠道提出。",
          "If you still disagree, raise an objection.",
        );
      return ok({ ...found, state: "referred", review: "asked", takenBy: null });
    case "accept":
      // Whether or not it was marked as expired yet: after its last day there is no offer to accept.
      if (today > validUntil)
        return no("offer-lapsed", `报价已于 ${validUntil} 到期。`, `The offer stood until ${validUntil}.`, "请重新申请。", "Apply anew.");
      return ok({ ...found, state: "accepted" });
    case "withdraw":
      return ok({ ...found, state: "withdrawn" });
    case "expire":
      if (today <= validUntil)
        return no(
          "offer-stands",
          `报价至 ${validUntil} 有效。`,
          `The offer stands until ${validUntil}.`,
          "到期后再试。",
          "Try after that day.",
        );
      return ok({ ...found, state: "expired" });
  }
};
