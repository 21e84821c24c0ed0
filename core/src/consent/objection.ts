/**
 * Objection and correction 异议与更正. Regulation on the Administration of Credit Reporting 征信业管理条例, art. 25: who holds a record
 * to be wrong or incomplete may object; the record is marked as disputed at receipt; it is verified and dealt with within 20 days
 * of receipt, and the objector is answered in writing. What proves wrong is corrected; what proves right stays and the mark goes;
 * what cannot be established either way stays with a note of the objection. Personal Information Protection Law, art. 46, gives natural
 * persons the same.
 */
import { type IsoDate, type Problem, type Result, addDays, daysBetween, err, ok, problem } from "../basics/index.ts";
import { type Instant, beijingDay } from "./consent.ts";

/** Calendar days from the day after receipt (Civil Code art. 201), the last day to its end. Public holidays do not extend it here. */
export const ANSWER_WITHIN_DAYS = 20;

export const dueOn = (receivedAt: Instant): IsoDate => addDays(beijingDay(receivedAt), ANSWER_WITHIN_DAYS);

/** `noted`: verified, and neither right nor wrong could be established. */
export const OBJECTION_STATES = ["received", "verifying", "corrected", "upheld", "noted", "withdrawn"] as const;
export type ObjectionState = (typeof OBJECTION_STATES)[number];
export const OBJECTION_ACTIONS = ["verify", "correct", "uphold", "note", "withdraw"] as const;
export type ObjectionAction = (typeof OBJECTION_ACTIONS)[number];

export type Objection = {
  readonly state: ObjectionState;
  readonly receivedAt: Instant;
  readonly answeredAt: Instant | null;
  /** What was answered, in writing: what was corrected, or why the record stays. */
  readonly answer: string | null;
};

export const isOpen = ({ state }: Pick<Objection, "state">): boolean => state === "received" || state === "verifying";

export type Clock = {
  readonly dueOn: IsoDate;
  /** Whole days left on the day of `now`, 0 on the last one, negative where it is late; null once it was answered. */
  readonly daysLeft: number | null;
  /** Not answered in time: still open after the last day, or answered after it. A late answer is still owed. */
  readonly overdue: boolean;
};

export const clockOf = (objection: Objection, now: Instant): Clock => {
  const due = dueOn(objection.receivedAt);
  if (objection.state === "withdrawn") return { dueOn: due, daysLeft: null, overdue: false };
  if (objection.answeredAt !== null) return { dueOn: due, daysLeft: null, overdue: beijingDay(objection.answeredAt) > due };
  const daysLeft = daysBetween(beijingDay(now), due);
  return { dueOn: due, daysLeft, overdue: daysLeft < 0 };
};

const problems = {
  state: (action: ObjectionAction, state: ObjectionState) =>
    problem(
      "not-in-this-state",
      `异议当前状态为 ${state}，不能执行 ${action}。`,
      `The objection is ${state}: ${action} is not possible now.`,
      "先受理核查，再作出处理；已答复的异议请重新提出。",
      "Verify it before you answer; where it was answered, raise a new one.",
    ),
  answer: problem(
    "no-answer",
    "答复须写明：更正了什么，或为何维持原记录。",
    "An answer says what was corrected, or why the record stays.",
    "写一句答复。",
    "Write a sentence.",
  ),
};

/** The objection after an action, or why it is not possible: `not-in-this-state`, `no-answer`. */
export const actOnObjection = (objection: Objection, action: ObjectionAction, answer: string, now: Instant): Result<Objection, Problem> => {
  const { state } = objection;
  const allowed = action === "verify" ? state === "received" : action === "withdraw" ? isOpen(objection) : state === "verifying";
  if (!allowed) return err(problems.state(action, state));
  if (action === "verify") return ok({ ...objection, state: "verifying" });
  if (action === "withdraw") return ok({ ...objection, state: "withdrawn", answeredAt: now });
  if (answer.trim() === "") return err(problems.answer);
  const next = { correct: "corrected", uphold: "upheld", note: "noted" } as const;
  return ok({ ...objection, state: next[action], answeredAt: now, answer: answer.trim() });
};
