/** A consent as a value, how it comes about and ends, and whether it permits a read. */
import { type IsoDate, type Problem, type Result, addDays, addMonths, err, isoDate, ok, problem } from "../basics/index.ts";
import {
  DATA_CLASSES,
  type DataClass,
  type EnterpriseKind,
  PURPOSES,
  type Purpose,
  dataClasses,
  needsSeparate,
  purposes,
} from "./terms.ts";

/** An instant, RFC 3339 in UTC as `Date.toISOString` writes it: equal in length, so that texts compare as instants do. */
export type Instant = string;

/** How it was given: by the enterprise in the console; on paper, kept by the operator; or generated for the demonstration. */
export const GIVEN = ["console", "paper", "demonstration"] as const;
export type Given = (typeof GIVEN)[number];

/** What an enterprise agrees to. Purposes and classes are sorted, each once; `separate` are those agreed to on their own. */
export type Terms = {
  readonly enterprise: string;
  readonly recipient: string;
  readonly purposes: readonly Purpose[];
  readonly classes: readonly DataClass[];
  readonly separate: readonly DataClass[];
  /** First instant at which it holds, and the first at which it no longer does. */
  readonly from: Instant;
  readonly until: Instant;
};

export type Consent = Terms & {
  readonly id: string;
  readonly withdrawnAt: Instant | null;
};

/** The day in Beijing (UTC+8, no summer time), by which terms and legal clocks are counted. */
export const beijingDay = (instant: Instant): IsoDate =>
  isoDate(Temporal.Instant.from(instant).toZonedDateTimeISO("+08:00").toPlainDate().toString())!;
/** The first instant of a day in Beijing. */
export const startOfDay = (day: IsoDate): Instant => `${addDays(day, -1)}T16:00:00.000Z`;

/** The longest term, in months, for these purposes: that of the shortest. */
export const longestTerm = (wanted: readonly Purpose[]): number => Math.min(...wanted.map((each) => purposes[each].months));

const problems = {
  nothing: problem(
    "nothing-consented",
    "授权至少要有一个目的和一类数据。",
    "A consent needs at least one purpose and one class of data.",
    "请勾选目的与数据。",
    "Choose a purpose and a class of data.",
  ),
  term: (months: number) =>
    problem(
      "term-too-long",
      `就所选目的，一次授权最长 ${months} 个月。`,
      `For these purposes one consent lasts ${months} months at most.`,
      "请缩短期限，或把期限不同的目的分开授权。",
      "Shorten the term, or consent to purposes of different length apart.",
    ),
  self: problem(
    "consent-to-oneself",
    "企业查看自己的数据无须授权。",
    "An enterprise needs no consent for its own data.",
    "请选择要授权的机构。",
    "Choose the institution that is to read.",
  ),
  stray: problem(
    "separate-without-class",
    "单独同意的类别不在授权的数据之内，或无须单独同意。",
    "A class was consented to separately that is not among the data, or needs no separate consent.",
    "请按页面所列逐项勾选。",
    "Tick the classes that the page lists.",
  ),
  withdrawn: problem(
    "already-withdrawn",
    "该授权已撤回。",
    "This consent was withdrawn already.",
    "无须再次撤回。",
    "There is nothing more to withdraw.",
  ),
  over: problem(
    "already-over",
    "该授权已到期。",
    "This consent is over already.",
    "无须撤回；如需继续，请重新授权。",
    "There is nothing to withdraw; give a new one to go on.",
  ),
};

const chosen = <T extends string>(all: readonly T[], some: readonly T[]): T[] => all.filter((each) => some.includes(each));

/**
 * The terms of a consent that begins now and lasts `months`, to the end of its last day in Beijing. Refuses `nothing-consented`,
 * `term-too-long`, `consent-to-oneself`, `separate-without-class`. A sensitive class without its separate consent is no error: that
 * class is then not read.
 */
export const termsOf = (
  wanted: {
    readonly enterprise: string;
    readonly kind: EnterpriseKind;
    readonly recipient: string;
    readonly purposes: readonly Purpose[];
    readonly classes: readonly DataClass[];
    readonly separate: readonly DataClass[];
    readonly months: number;
  },
  now: Instant,
): Result<Terms, Problem> => {
  const forPurposes = chosen(PURPOSES, wanted.purposes);
  const classes = chosen(DATA_CLASSES, wanted.classes);
  if (forPurposes.length === 0 || classes.length === 0) return err(problems.nothing);
  if (wanted.recipient === `enterprise:${wanted.enterprise}`) return err(problems.self);
  const longest = longestTerm(forPurposes);
  if (!Number.isInteger(wanted.months) || wanted.months < 1 || wanted.months > longest) return err(problems.term(longest));
  if (wanted.separate.some((each) => !classes.includes(each) || !needsSeparate(each, wanted.kind))) return err(problems.stray);
  return ok({
    enterprise: wanted.enterprise,
    recipient: wanted.recipient,
    purposes: forPurposes,
    classes,
    separate: chosen(DATA_CLASSES, wanted.separate),
    from: now,
    until: startOfDay(addMonths(beijingDay(now), wanted.months)),
  });
};

/** The last day of a term, in Beijing. */
export const lastDayOf = ({ until }: Pick<Terms, "until">): IsoDate => addDays(beijingDay(until), -1);

/** Withdrawal 撤回 (PIPL art. 15): at once, for any reason or none; what was lawful before stays so. */
export const withdraw = (consent: Consent, now: Instant): Result<Consent, Problem> => {
  if (consent.withdrawnAt !== null) return err(problems.withdrawn);
  if (now >= consent.until) return err(problems.over);
  return ok({ ...consent, withdrawnAt: now });
};

export type Standing = "in-force" | "not-yet" | "expired" | "withdrawn";
/** Where a consent stands at an instant. One withdrawn stays withdrawn after its term, too. */
export const standingOf = (consent: Pick<Consent, "from" | "until" | "withdrawnAt">, now: Instant): Standing =>
  consent.withdrawnAt !== null && consent.withdrawnAt <= now
    ? "withdrawn"
    : now >= consent.until
      ? "expired"
      : now < consent.from
        ? "not-yet"
        : "in-force";

export type ReadRequest = {
  readonly enterprise: string;
  readonly kind: EnterpriseKind;
  readonly party: string;
  readonly purpose: Purpose;
  readonly classes: readonly DataClass[];
};

/** Why a read is refused, in the order in which it is looked at. */
export const DENIALS = [
  "none",
  "withdrawn",
  "expired",
  "not-yet",
  "other-purpose",
  "class-not-covered",
  "separate-consent-missing",
] as const;
export type Denial = (typeof DENIALS)[number];

export type Permission =
  /** The consents that it rests on. */
  | { readonly permitted: true; readonly consents: readonly string[] }
  /** `classes`: those that are lacking, where it is a matter of classes. */
  | { readonly permitted: false; readonly reason: Denial; readonly classes: readonly DataClass[] };

/**
 * Whether a party may read now, or the first reason why not. Each class must be covered by a consent in force for the purpose;
 * different classes may rest on different consents. A sensitive class must be among those consented to separately, in a consent
 * that covers it. Where none is in force, the reason is what became of the one that ended last: withdrawn goes before expired
 * at the same instant.
 */
export const permits = (consents: readonly Consent[], request: ReadRequest, now: Instant): Permission => {
  const refused = (reason: Denial, classes: readonly DataClass[] = []): Permission => ({ permitted: false, reason, classes });
  const between = consents.filter((each) => each.enterprise === request.enterprise && each.recipient === request.party);
  if (between.length === 0) return refused("none");
  const live = between.filter((each) => standingOf(each, now) === "in-force");
  if (live.length === 0) {
    const standings = between.map((each) => {
      const standing = standingOf(each, now);
      return { standing, at: standing === "withdrawn" ? each.withdrawnAt! : standing === "expired" ? each.until : "" };
    });
    const last = standings.reduce((a, b) => (b.at > a.at || (b.at === a.at && b.standing === "withdrawn") ? b : a));
    return refused(last.standing === "in-force" ? "none" : last.standing);
  }
  const forPurpose = live.filter((each) => each.purposes.includes(request.purpose));
  if (forPurpose.length === 0) return refused("other-purpose");
  const uncovered = request.classes.filter((each) => !forPurpose.some((consent) => consent.classes.includes(each)));
  if (uncovered.length > 0) return refused("class-not-covered", chosen(DATA_CLASSES, uncovered));
  const covers = (consent: Consent, each: DataClass) =>
    consent.classes.includes(each) && (!needsSeparate(each, request.kind) || consent.separate.includes(each));
  const alone = request.classes.filter((each) => !forPurpose.some((consent) => covers(consent, each)));
  if (alone.length > 0) return refused("separate-consent-missing", chosen(DATA_CLASSES, alone));
  const used = forPurpose.filter((consent) => request.classes.some((each) => covers(consent, each)));
  return { permitted: true, consents: used.map(({ id }) => id).toSorted() };
};

const DENIAL_TEXT: Readonly<Record<Denial, { readonly zh: string; readonly en: string }>> = {
  none: { zh: "该企业没有对贵方的授权。", en: "The enterprise has given you no consent." },
  withdrawn: { zh: "该企业已撤回对贵方的授权。", en: "The enterprise has withdrawn its consent to you." },
  expired: { zh: "该企业对贵方的授权已到期。", en: "The enterprise's consent to you is over." },
  "not-yet": { zh: "该企业对贵方的授权尚未生效。", en: "The enterprise's consent to you does not hold yet." },
  "other-purpose": { zh: "该企业的授权不包括这一目的。", en: "The enterprise's consent is for other purposes." },
  "class-not-covered": { zh: "该企业的授权不包括这类数据：", en: "The enterprise's consent does not cover this data: " },
  "separate-consent-missing": { zh: "敏感数据缺少单独同意：", en: "Sensitive data without a separate consent: " },
};

/** The refusal in words, and how to ask for consent. */
export const noConsent = ({ reason, classes }: Extract<Permission, { permitted: false }>): Problem => {
  const named = (language: "zh" | "en") => classes.map((each) => dataClasses[each].name[language]).join(language === "zh" ? "、" : ", ");
  const { zh, en } = DENIAL_TEXT[reason];
  const lists = classes.length > 0;
  return problem(
    "no-consent",
    lists ? `${zh}${named("zh")}。` : zh,
    lists ? `${en}${named("en")}.` : en,
    reason === "not-yet"
      ? "请在授权生效后再查询。"
      : "请向企业请求授权：在企业页面点“请求授权”，或 POST /api/v1/enterprises/{id}/consent-requests，写明目的、数据与期限。",
    reason === "not-yet"
      ? "Read it once the consent holds."
      : "Ask the enterprise: “Ask for consent” on its page, or POST /api/v1/enterprises/{id}/consent-requests, with purposes, data and term.",
  );
};
