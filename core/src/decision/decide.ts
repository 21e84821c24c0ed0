import type { IsoDate, Text } from "../basics/index.ts";
import {
  type CompiledRule,
  type FactRow,
  type Match,
  type RepaymentMethod,
  type Unknown,
  compileRule,
  findingText,
  inForce,
} from "../product/index.ts";
import { type DecisionPolicy, validUntil } from "./policy.ts";

export type Outcome = "approve" | "counter-offer" | "decline" | "refer";

/** What is offered: amount in fen, term in months, rates as decimals a year. */
export type OfferedTerms = {
  readonly amountFen: number;
  readonly termMonths: number;
  readonly method: RepaymentMethod;
  readonly nominalRate: number;
  /** All-in, as an internal rate of return; null where it cannot be told. */
  readonly annualCost: number | null;
};

/** One ground of a decision, in the words of its reader, and what he can do about it. */
export type Reason = {
  /** The rule of the product or the policy, or `amount`, `limit`, `price`. */
  readonly code: string;
  readonly from: "product" | "policy" | "amount";
  readonly text: Text;
  /** What would change it; null where nothing that the enterprise can do would. */
  readonly remedy: Text | null;
};

export type Decided = {
  readonly outcome: Outcome;
  /** Also of a referral, as what would be offered; null where nothing can be. */
  readonly terms: OfferedTerms | null;
  /** Of a refusal every ground, nearest first; of a referral what a person has to look at; of an approval what it rests on. */
  readonly reasons: readonly Reason[];
  /** Records that would settle what is unknown. */
  readonly missing: readonly Unknown[];
  /** Last day on which an offer stands. */
  readonly validUntil: IsoDate;
};

/** A policy made ready for a day. */
export type CompiledPolicy = {
  readonly policy: DecisionPolicy;
  readonly decline: readonly CompiledRule[];
  readonly refer: readonly CompiledRule[];
};

export const compilePolicy = (policy: DecisionPolicy, day: IsoDate): CompiledPolicy => ({
  policy,
  decline: policy.decline.filter((rule) => inForce(rule, day)).map(compileRule),
  refer: policy.refer.filter((rule) => inForce(rule, day)).map(compileRule),
});

const yuan = (fen: number): Text => {
  const value = fen / 100;
  const digits = Number.isInteger(value) ? 0 : 2;
  const grouped = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return { zh: `${grouped} 元`, en: `CN¥${grouped}` };
};

const provide = (unknowns: readonly Unknown[]): Text | null => {
  const names = [...new Map(unknowns.map(({ record, recordName }) => [record, recordName])).values()];
  return names.length === 0
    ? null
    : { zh: `提供：${names.map(({ zh }) => zh).join("、")}`, en: `Provide: ${names.map(({ en }) => en).join(", ")}` };
};

/** What an enterprise can do about a rule of the product that it does not keep. */
const remedyOf = ({ outcome, asked, settledBy, gap }: Match["rules"][number]): Text | null => {
  if (outcome === "unknown") return provide(settledBy);
  if (outcome === "near" && gap)
    return { zh: `离要求很近；达到“${asked.zh}”后可再申请`, en: `You are close; apply again once this holds: ${asked.en}` };
  return { zh: `达到“${asked.zh}”后可再申请`, en: `Apply again once this holds: ${asked.en}` };
};

/**
 * Decides one request for one product. Pure: the same match, policy and facts give the same decision.
 *
 * 1. A rule of the product that is broken refuses (one that is narrowly missed, as the policy says).
 * 2. A rule of the policy that forbids refuses.
 * 3. What cannot be told, and what the policy names, goes to a person.
 * 4. More than can be had is answered with what can, where that is enough of what was asked.
 * 5. What is left is granted at once.
 */
export const decide = (
  { policy, decline, refer }: CompiledPolicy,
  match: Match,
  row: FactRow,
  request: { readonly amountFen: number | null; readonly day: IsoDate },
): Decided => {
  const { amountFen, nominalRate, termMonths, method, annualCost } = match;
  const terms: OfferedTerms | null =
    amountFen === null || nominalRate === null ? null : { amountFen, termMonths, method, nominalRate, annualCost };
  const productReasons = (...outcomes: readonly string[]): Reason[] =>
    match.rules
      .filter((each) => outcomes.includes(each.outcome))
      .toSorted((a, b) => (a.gap?.share ?? Infinity) - (b.gap?.share ?? Infinity) || 0)
      .map((each) => ({ code: each.rule, from: "product", text: each.reason, remedy: remedyOf(each) }));
  const held = (rules: readonly CompiledRule[], ...wanted: readonly string[]): Reason[] =>
    rules.flatMap((compiled): Reason[] => {
      const finding = compiled.evaluate(row);
      return wanted.includes(finding.outcome)
        ? [{ code: compiled.rule.id, from: "policy", text: joined(compiled.rule.title, findingText(finding, row)), remedy: null }]
        : [];
    });
  const missing = [...new Map(match.rules.flatMap(({ settledBy }) => settledBy.map((each) => [each.fact, each] as const))).values()];
  const answer = (outcome: Outcome, reasons: readonly Reason[], offered: OfferedTerms | null): Decided => ({
    outcome,
    terms: offered,
    reasons,
    missing: outcome === "refer" || outcome === "decline" ? missing : [],
    validUntil: validUntil(policy, request.day),
  });

  const broken = productReasons("fail", "near");
  const onlyNear = match.outcome === "near";
  if (match.outcome === "fail" || (onlyNear && policy.near === "decline"))
    return answer("decline", [...broken, ...held(decline, "pass")], null);
  const forbidden = held(decline, "pass");
  if (forbidden.length > 0) return answer("decline", [...forbidden, ...broken], null);

  const asked = request.amountFen;
  const looks: Reason[] = [
    ...broken,
    ...productReasons("unknown"),
    ...held(decline, "unknown"),
    ...held(refer, "pass", "unknown"),
    ...(terms === null && match.outcome === "pass"
      ? [
          {
            code: "price",
            from: "product" as const,
            text: { zh: "金额或价格尚不能确定", en: "Amount or price cannot be told yet" },
            remedy: provide(match.limitFrom.missing),
          },
        ]
      : []),
    ...(terms !== null && terms.amountFen > policy.straightThroughUpToFen
      ? [
          {
            code: "amount",
            from: "policy" as const,
            text: {
              zh: `金额 ${yuan(terms.amountFen).zh} 超过自动审批上限 ${yuan(policy.straightThroughUpToFen).zh}`,
              en: `${yuan(terms.amountFen).en} is more than is decided without a person, ${yuan(policy.straightThroughUpToFen).en}`,
            },
            remedy: null,
          },
        ]
      : []),
  ];
  if (looks.length > 0 || terms === null) return answer("refer", looks, terms);
  if (asked !== null && terms.amountFen < asked) {
    const share = terms.amountFen / asked;
    const text: Text = {
      zh: `申请 ${yuan(asked).zh}，可贷 ${yuan(terms.amountFen).zh}`,
      en: `${yuan(asked).en} was asked for, and ${yuan(terms.amountFen).en} can be lent`,
    };
    const decided = match.rules.find(({ rule }) => rule === "limit")!;
    return share >= policy.counterOfferLeastShare
      ? answer("counter-offer", [{ code: "limit", from: "amount", text: joined(text, decided.reason), remedy: null }], terms)
      : answer(
          "decline",
          [
            {
              code: "limit",
              from: "amount",
              text: joined(text, decided.reason),
              remedy: {
                zh: `可改为申请不超过 ${yuan(terms.amountFen).zh}`,
                en: `Ask for no more than ${yuan(terms.amountFen).en}`,
              },
            },
          ],
          null,
        );
  }
  return answer(
    "approve",
    [{ code: "limit", from: "amount", text: match.rules.find(({ rule }) => rule === "limit")!.reason, remedy: null }],
    terms,
  );
};

const joined = (a: Text, b: Text): Text => ({ zh: `${a.zh}：${b.zh}`, en: `${a.en}: ${b.en}` });
