/** A registration of a pledge 质押登记: its terms, its states, and who sees what of it. */
import { type Fen, type IsoDate, type Problem, type Result, addDays, addMonths, daysBetween, err, ok, problem } from "../basics/index.ts";

/**
 * What stands in a registration beside the asset. `contract` is the number of the pledge contract, which is in writing (Civil Code
 * article 427); the description lets a third person recognise the asset; `endsOn` is the last day on which the registration holds.
 */
export type PledgeTerms = {
  readonly securedFen: Fen;
  readonly contract: string;
  readonly description: string;
  readonly startsOn: IsoDate;
  readonly endsOn: IsoDate;
};

/** Why a pledge ends: Civil Code articles 393 and 386 and the measures of 2021 on cancellation. */
export const RELEASE_REASONS = ["discharged", "realised", "waived", "other"] as const;
export type ReleaseReason = (typeof RELEASE_REASONS)[number];

export type Standing =
  /** Taken here, but other institutions may have been first: nothing may rest on it yet. */
  | { readonly state: "awaiting-chain" }
  /** `block`: number of the block in which the chain confirmed it; null where no chain is configured. */
  | { readonly state: "registered"; readonly block: number | null }
  /** Another institution was first. Which one is not known, and not to be known. */
  | { readonly state: "refused" }
  | { readonly state: "released"; readonly reason: ReleaseReason; readonly on: IsoDate }
  | { readonly state: "expired" };
export const PLEDGE_STATES = [
  "awaiting-chain",
  "registered",
  "refused",
  "released",
  "expired",
] as const satisfies readonly Standing["state"][];
export type PledgeState = Standing["state"];

/** Somebody says that the registration is wrong, and its pledgee will not change it 异议登记. */
export type Objection = { readonly since: IsoDate; readonly reason: string; readonly caseNumber: string | null };

export type Pledge = { readonly standing: Standing; readonly terms: PledgeTerms; readonly objection: Objection | null };

export type PledgeAction =
  | { readonly kind: "confirm"; readonly block: number }
  | { readonly kind: "refuse" }
  | { readonly kind: "change"; readonly terms: Partial<Omit<PledgeTerms, "startsOn">> }
  | { readonly kind: "release"; readonly reason: ReleaseReason; readonly on: IsoDate }
  | { readonly kind: "expire" }
  | { readonly kind: "object"; readonly reason: string; readonly caseNumber: string | null }
  | { readonly kind: "withdraw-objection" };

/** Months that a registration, and each extension of one, lasts at least and at most (measures of 2021: one month to 30 years). */
export const TERM_MONTHS = { least: 1, most: 360 } as const;
/** An objection falls away after so many days unless a court or an arbitrator has taken the case (measures of 2021). */
export const OBJECTION_DAYS = 30;
const RELEASE_WORKING_DAYS = 10;

export const isLive = ({ standing }: Pick<Pledge, "standing">): boolean =>
  standing.state === "awaiting-chain" || standing.state === "registered";

/** Whether the term is over: the last day still counts. */
export const termIsOver = ({ terms }: Pick<Pledge, "terms">, today: IsoDate): boolean => today > terms.endsOn;

export const objectionStands = (objection: Objection | null, today: IsoDate): boolean =>
  objection !== null && (objection.caseNumber !== null || daysBetween(objection.since, today) <= OBJECTION_DAYS);

/**
 * The last day for the release of a pledge whose ground fell away on `on`: ten working days after it. Counted are Mondays to Fridays;
 * public holidays, which differ by year, push it further.
 */
export const releaseDue = (on: IsoDate): IsoDate => {
  let day = on;
  for (let left = RELEASE_WORKING_DAYS; left > 0;) {
    day = addDays(day, 1);
    if (Temporal.PlainDate.from(day).dayOfWeek <= 5) left--;
  }
  return day;
};

const problems = {
  over: problem(
    "pledge-over",
    "该登记已终结。",
    "The registration has come to its end.",
    "需要时请重新登记；次序以新登记为准。",
    "Register anew where it is needed; the new registration has a place of its own in time.",
  ),
  notOver: problem(
    "pledge-not-over",
    "登记期限尚未届满。",
    "The term of the registration is not over.",
    "提前终结请办理注销。",
    "To end it sooner, release it.",
  ),
  state: (state: PledgeState) =>
    problem(
      "not-in-this-state",
      `登记当前状态为 ${state}，不能这样做。`,
      `The registration is ${state}: this is not possible now.`,
      "请刷新后查看当前状态。",
      "Look at it again as it is now.",
    ),
  term: problem(
    "pledge-term",
    "登记期限应为 1 个月至 30 年。",
    "A registration lasts from one month to 30 years.",
    "请按主债权履行期限选择届满日。",
    "Choose the last day by the term of the debt.",
  ),
  extension: problem(
    "pledge-extension",
    "展期后的届满日应比原届满日晚 1 个月至 30 年。",
    "An extension is by one month to 30 years beyond the last day.",
    "提前终结请办理注销，不得缩短期限。",
    "A term is not shortened: to end it sooner, release it.",
  ),
  amount: problem(
    "pledge-amount",
    "被担保的最高金额应大于零。",
    "The highest amount secured must be above nought.",
    "请按主合同填写，以元为单位，至分。",
    "Give what the contract says.",
  ),
  contract: problem(
    "pledge-contract",
    "须写明书面质押合同的编号。",
    "The number of the written pledge contract is needed.",
    "质押合同应为书面形式（民法典第四百二十七条）。",
    "A pledge contract is in writing (Civil Code article 427).",
  ),
  description: problem(
    "pledge-description",
    "财产描述至少 5 个字，应能使第三人识别该财产。",
    "The description has at least 5 characters, by which others can recognise the asset.",
    "例如写明专利名称、债务人名称与金额、货物与仓位、险种。",
    "Name the invention, the debtor and the amount, the goods and where they lie, the kind of cover.",
  ),
  unchanged: problem("pledge-unchanged", "没有任何变更。", "Nothing is changed.", "请改动至少一项。", "Change one of the terms."),
  future: problem(
    "pledge-release-day",
    "事由发生日不能晚于今天，也不能早于登记日。",
    "The day on which the ground fell away lies neither after today nor before the registration.",
    "请填写实际发生日。",
    "Give the day on which it happened.",
  ),
  reason: problem("no-reason", "请写明理由。", "A reason is needed.", "写一句理由。", "Write a sentence that says why."),
  noObjection: problem(
    "no-objection",
    "该登记没有异议。",
    "There is no objection to it.",
    "请刷新后查看当前状态。",
    "Look at it again as it is now.",
  ),
};

const checkTerms = (terms: PledgeTerms): Problem | null => {
  if (!(terms.securedFen > 0)) return problems.amount;
  if (terms.contract.trim() === "") return problems.contract;
  if (Array.from(terms.description.trim()).length < 5) return problems.description;
  return null;
};

/** A registration at its beginning, or why it cannot begin: `pledge-amount`, `pledge-contract`, `pledge-description`, `pledge-term`. */
export const beginPledge = (terms: PledgeTerms, awaitsChain: boolean): Result<Pledge, Problem> => {
  const wrong = checkTerms(terms);
  if (wrong) return err(wrong);
  if (terms.endsOn < addMonths(terms.startsOn, TERM_MONTHS.least) || terms.endsOn > addMonths(terms.startsOn, TERM_MONTHS.most))
    return err(problems.term);
  return ok({ standing: awaitsChain ? { state: "awaiting-chain" } : { state: "registered", block: null }, terms, objection: null });
};

/**
 * The registration after an action on a day, or why the action is not possible. Once it has ended (`refused`, `released`, `expired`)
 * nothing happens to it any more; what the chain says of it later is of no consequence.
 */
export const actOnPledge = (pledge: Pledge, action: PledgeAction, today: IsoDate): Result<Pledge, Problem> => {
  const { standing, terms } = pledge;
  if (!isLive(pledge)) return err(problems.over);
  const over = termIsOver(pledge, today);
  switch (action.kind) {
    case "confirm":
      return standing.state === "registered" && standing.block === null
        ? err(problems.state(standing.state))
        : ok({ ...pledge, standing: { state: "registered", block: action.block } });
    case "refuse":
      // Also what was confirmed, where the chain takes back its block; but not what never was on a chain.
      return standing.state === "registered" && standing.block === null
        ? err(problems.state(standing.state))
        : ok({ ...pledge, standing: { state: "refused" } });
    case "expire":
      return over ? ok({ ...pledge, standing: { state: "expired" } }) : err(problems.notOver);
    case "release":
      if (action.on > today || action.on < terms.startsOn) return err(problems.future);
      return ok({ ...pledge, standing: { state: "released", reason: action.reason, on: action.on } });
    case "change": {
      if (over) return err(problems.over);
      const next = { ...terms, ...action.terms };
      const wrong = checkTerms(next);
      if (wrong) return err(wrong);
      const { endsOn } = next;
      if (
        endsOn !== terms.endsOn &&
        (endsOn < addMonths(terms.endsOn, TERM_MONTHS.least) || endsOn > addMonths(terms.endsOn, TERM_MONTHS.most))
      )
        return err(problems.extension);
      const same = (["securedFen", "contract", "description", "endsOn"] as const).every((name) => next[name] === terms[name]);
      return same ? err(problems.unchanged) : ok({ ...pledge, terms: next });
    }
    case "object":
      if (over) return err(problems.over);
      if (action.reason.trim() === "") return err(problems.reason);
      return ok({
        ...pledge,
        // A case number that comes later belongs to the objection that stands.
        objection: {
          since: pledge.objection !== null && objectionStands(pledge.objection, today) ? pledge.objection.since : today,
          reason: action.reason,
          caseNumber: action.caseNumber,
        },
      });
    case "withdraw-objection":
      return objectionStands(pledge.objection, today) ? ok({ ...pledge, objection: null }) : err(problems.noObjection);
  }
};

/**
 * Which of two registrations of one asset goes first: the one whose place in the evidence log is smaller. Time of day does not count,
 * for clocks can be set. (Order by registration: Civil Code articles 414 and 415, and 768 for receivables that are assigned.)
 */
export const byPriority = (a: { readonly position: number }, b: { readonly position: number }): number => a.position - b.position;

/** Whoever asks: the party, its kind, and the enterprise on whose behalf an owner acts. */
export type PledgeViewer = { readonly party: string; readonly kind: string; readonly enterprise: string | null };
type Parties = { readonly pledgee: string; readonly pledgor: string };

/** Institutions register in their own name; the operator enters for those that it names. */
export const mayRegister = ({ kind }: PledgeViewer): boolean => ["bank", "guarantor", "insurer", "operator"].includes(kind);
/** Enterprises see what is registered on themselves, and cannot ask about the assets of others. */
export const maySearch = ({ kind }: PledgeViewer): boolean => kind !== "enterprise";
/** The whole of a registration is for its two parties and the operator. */
export const mayRead = (viewer: PledgeViewer, { pledgee, pledgor }: Parties): boolean =>
  viewer.kind === "operator" || viewer.party === pledgee || (viewer.enterprise !== null && viewer.enterprise === pledgor);
/** Changes and releases are the pledgee's, who answers for the registration. */
export const mayChange = (viewer: PledgeViewer, { pledgee }: Parties): boolean => viewer.kind === "operator" || viewer.party === pledgee;
/** The pledgor objects, or the operator for somebody with an interest. */
export const mayObject = (viewer: PledgeViewer, { pledgor }: Parties): boolean =>
  viewer.kind === "operator" || (viewer.enterprise !== null && viewer.enterprise === pledgor);

/**
 * What a search reveals: whether the asset is pledged, since when, its place in time, and whether somebody objects; not to whom, by
 * whom, for how much or how long. Those are for the parties.
 */
export type SearchFinding =
  | { readonly pledged: false }
  | {
      readonly pledged: true;
      readonly state: "awaiting-chain" | "registered";
      readonly since: string;
      readonly position: number | null;
      /** The place that a further claim would take. Nothing is registered behind the first, so it is for information. */
      readonly nextRank: 2;
      readonly objected: boolean;
    };

export const reveal = (live: (Pledge & { readonly since: string; readonly position: number }) | null, today: IsoDate): SearchFinding =>
  live === null || !isLive(live) || termIsOver(live, today)
    ? { pledged: false }
    : {
        pledged: true,
        state: live.standing.state === "registered" ? "registered" : "awaiting-chain",
        since: live.since,
        position: live.position,
        nextRank: 2,
        objected: objectionStands(live.objection, today),
      };
