import { type Fen, type IsoDate, type Problem, type Result, type Text, addDays, err, ok, problem } from "../basics/index.ts";
import type { Rule } from "../product/index.ts";

export const POLICY_SCHEMA = { id: "zhiwei/decision-policy", version: 1 } as const;

/**
 * A decision policy 审批策略: what a lender lets be decided without a person, and who may decide the rest. A document like a product: what
 * was in force when something was decided is what the decision cites. Amounts are in fen.
 */
export type DecisionPolicy = {
  readonly schema: typeof POLICY_SCHEMA;
  readonly id: string;
  readonly version: number;
  readonly title: Text;
  /** Where one of these holds, the answer is no whatever the product says. Unknown goes to a person. */
  readonly decline: readonly Rule[];
  /** Where one of these holds, or cannot be told, a person decides. */
  readonly refer: readonly Rule[];
  /** What narrowly misses a rule of the product is refused, or a person looks at it. */
  readonly near: "decline" | "refer";
  /** Above this amount a person decides. */
  readonly straightThroughUpToFen: Fen;
  /** Less than what was asked for is offered where it is at least this share of it; below, the answer is no. */
  readonly counterOfferLeastShare: number;
  /** What each post may decide, the least first; whoever is not named may propose only. */
  readonly authority: readonly { readonly post: string; readonly upToFen: Fen }[];
  /** Above this amount a second person signs. Null: always; a policy cannot do without the second pair of eyes altogether above it. */
  readonly secondAboveFen: Fen | null;
  /** Calendar days for which an offer stands. */
  readonly validDays: number;
};

/** What a post may decide alone or sign as the second; zero for one that is not named. */
export const authorityOf = ({ authority }: DecisionPolicy, post: string): Fen =>
  authority.find((each) => each.post === post)?.upToFen ?? (0 as Fen);

export const needsSecond = ({ secondAboveFen }: DecisionPolicy, amountFen: Fen): boolean =>
  secondAboveFen === null || amountFen > secondAboveFen;

/** Last day on which an offer stands that is made on a day. */
export const validUntil = ({ validDays }: DecisionPolicy, day: IsoDate): IsoDate => addDays(day, validDays);

/** Where a version of a policy stands. */
export type PolicyStanding = {
  readonly state: "proposed" | "in-force" | "replaced" | "rejected";
  readonly madeBy: string;
  readonly sha256: string;
};

/**
 * What becomes of a proposed version: a second person, who states the hash of what he saw, puts it into force or rejects it. Refuses with
 * `not-in-this-state`, `not-what-was-seen`, `own-policy`.
 */
export const settlePolicy = (
  standing: PolicyStanding,
  { approve, by, sha256 }: { readonly approve: boolean; readonly by: string; readonly sha256: string },
): Result<"in-force" | "rejected", Problem> => {
  const no = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string) => err(problem(code, zh, en, remedyZh, remedyEn));
  if (standing.state !== "proposed")
    return no("not-in-this-state", "这一版本已经处理过。", "This version has been settled already.", "请刷新后查看。", "Look at it again.");
  if (standing.sha256 !== sha256)
    return no(
      "not-what-was-seen",
      "所见策略与登记的不同。",
      "The policy seen is not the one that is kept.",
      "请重新打开后再批准。",
      "Open it again and approve what it shows.",
    );
  if (approve && standing.madeBy.trim().toLowerCase() === by.trim().toLowerCase())
    return no(
      "own-policy",
      "策略须由提出人以外的人批准。",
      "Nobody approves the policy that he proposed.",
      "请由另一人批准。",
      "Have somebody else approve it.",
    );
  return ok(approve ? "in-force" : "rejected");
};
