/**
 * Permits 查询许可: the only way to an enterprise's data. A function that reads asks for a `Permit` in its parameters, and only this
 * file makes one, after it looked for a live consent and wrote the trace; so a read without either does not compile.
 */
import { type RawBuilder, type SqlBool, sql } from "kysely";
import {
  DATA_CLASSES,
  DENIALS,
  type DataClass,
  type Denial,
  type Purpose,
  type ReadBasis,
  type ReadPurpose,
  type ReadSubject,
  needsSeparate,
  noConsent,
} from "@zhiwei/core/consent";
import type { Actor, PartyKind } from "../access/actor.ts";
import { type Db, prepared } from "../db/index.ts";
import { REVISION, type Revision } from "../db/revision.ts";
import { together } from "../db/together.ts";
import { Refusal, notFound } from "../http/refusal.ts";

declare const covers: unique symbol;

/** Leave to read the classes `C` of one enterprise. One for more classes serves where one for fewer is asked for. */
export type Permit<C extends DataClass> = {
  readonly enterprise: string;
  /** What the database had been changed to when leave was given; null where nobody looked. */
  readonly revision: Revision | null;
  readonly [covers]: (each: C) => void;
};

/** Leave to read the classes `C` of all enterprises that consented to it; which these are is found where the read happens. */
export type ListPermit<C extends DataClass> = {
  readonly actor: Actor;
  readonly purpose: ReadPurpose;
  readonly classes: readonly DataClass[];
  readonly what: ReadSubject;
  readonly now: Date;
  readonly [covers]: (each: C) => void;
};

const permit = <C extends DataClass>(enterprise: string, revision: Revision | null): Permit<C> => ({ enterprise, revision }) as Permit<C>;

/**
 * For the platform's own work on the whole region (features, peers, training, jobs) and its tests: processing by the processor, which no
 * party gets to see. It leaves no trace, so nothing that answers a request may use it; a test looks for that.
 */
export const platformPermit = (enterprise: string): Permit<DataClass> => permit(enterprise, null);

const BY_KIND: Readonly<Record<Exclude<PartyKind, "operator" | "enterprise">, Purpose>> = {
  bank: "credit-assessment",
  guarantor: "guarantee",
  insurer: "insurance-underwriting",
  bureau: "policy-support",
  supervisor: "supervision",
};

/** What a read is for, where the reader does not say: the purpose for which its kind of party comes. */
export const usualPurpose = ({ kind }: Actor): ReadPurpose =>
  kind === "operator" ? "operation" : kind === "enterprise" ? "own" : BY_KIND[kind];

/** Those classes of which a sole trader's and a company's need a separate consent. */
const ALONE = {
  "sole-trader": DATA_CLASSES.filter((each) => needsSeparate(each, "sole-trader")),
  company: DATA_CLASSES.filter((each) => needsSeparate(each, "company")),
} as const;
const alone = sql`case when enterprise.kind = 'sole-trader' then ${ALONE["sole-trader"]}::text[] else ${ALONE.company}::text[] end`;

/** Whether this consent covers the class: also on its own where the class is sensitive. */
const coversClass = (wanted: string) =>
  sql`${sql.ref(wanted)}.class = any(consent.classes) and (not ${sql.ref(wanted)}.alone or ${sql.ref(wanted)}.class = any(consent.separate))`;

/** What a reader reads on other ground than consent; null for all else. */
const otherGround = (actor: Actor, enterprise: string): { readonly basis: ReadBasis; readonly purpose: ReadPurpose } | null =>
  actor.kind === "operator"
    ? { basis: "operation", purpose: "operation" }
    : actor.enterprise === enterprise
      ? { basis: "own", purpose: "own" }
      : null;

export type Read<C extends DataClass> = {
  readonly enterprise: string;
  /** Left out: the usual one of the actor's kind of party. */
  readonly purpose?: Purpose | undefined;
  readonly classes: readonly C[];
  readonly what: ReadSubject;
};

type Asked = {
  readonly enterprise: string;
  readonly party: string;
  readonly actor: string;
  readonly purpose: ReadPurpose;
  readonly basis: ReadBasis;
  readonly classes: readonly DataClass[];
  readonly what: ReadSubject;
  readonly at: string;
};
/** What was found of one that asked; undefined where there is no such enterprise. */
type Judged = { readonly denial: Denial | null; readonly lacking: readonly DataClass[] | null; readonly revision: Revision } | undefined;

/**
 * Judges and traces reads in one statement: what a trace says was so at the moment of the read.
 * The rule is `permits` of core/src/consent, in SQL; a test holds the two together.
 */
const judge = async (db: Db, asked: readonly Asked[]): Promise<Judged[]> => {
  const column = <K extends keyof Asked>(name: K) => asked.map((each) => each[name]);
  const rows = await prepared(
    db,
    "judge-reads",
    sql<{ place: number } & NonNullable<Judged>>`
    with asked as (
      select given.place, enterprise.id, given.party, given.actor, given.purpose, given.basis, given.what, given.at,
        string_to_array(given.classes, ',') as classes, ${alone} as alone
      from unnest(${column("enterprise")}::text[], ${column("party")}::text[], ${column("actor")}::text[], ${column("purpose")}::text[],
        ${column("basis")}::text[], ${asked.map(({ classes }) => classes.join(","))}::text[], ${column("what")}::text[],
        ${column("at")}::timestamptz[])
        with ordinality as given (enterprise, party, actor, purpose, basis, classes, what, at, place)
      join enterprise on enterprise.id = given.enterprise
    ),
    judged as materialized (
      select asked.*, found.denial, found.lacking, coalesce(found.consents, '{}') as consents
      from asked left join lateral (
        with wanted as (select class, class = any(asked.alone) as alone from unnest(asked.classes) as class),
        given as materialized (select * from consent where enterprise_id = asked.id and recipient = asked.party),
        live as (select * from given where withdrawn_at is null and from_at <= asked.at and until_at > asked.at),
        fit as materialized (select * from live where asked.purpose = any(purposes)),
        lacking as (
          select class, not exists (select from fit where class = any(fit.classes)) as uncovered from wanted
          where not exists (select from fit as consent where ${coversClass("wanted")})
        ),
        judged as (
          select case
            when not exists (select from given) then 'none'
            when not exists (select from live) then (
              select case when withdrawn_at is not null then 'withdrawn' when until_at <= asked.at then 'expired' else 'not-yet' end
              from given
              order by case when withdrawn_at is not null then withdrawn_at when until_at <= asked.at then until_at end desc nulls last,
                withdrawn_at is not null desc
              limit 1)
            when not exists (select from fit) then 'other-purpose'
            when exists (select from lacking where uncovered) then 'class-not-covered'
            when exists (select from lacking) then 'separate-consent-missing'
          end as denial
        )
        select denial, (select array_agg(class) from lacking where uncovered or denial = 'separate-consent-missing') as lacking,
          case when denial is null
            then array(select id from fit as consent where exists (select from wanted where ${coversClass("wanted")}) order by id)
            else '{}'::uuid[] end as consents
        from judged
      ) as found on asked.basis = 'consent'
    ),
    traced as (
      insert into consent_read (at, enterprise_id, party, actor, purpose, classes, what, basis, consents, denial)
      select at, id, party, actor, purpose, classes, what, basis, consents, denial from judged
    )
    select place, denial, lacking, ${REVISION} as revision from judged`,
  );
  const found: Judged[] = asked.map(() => undefined);
  for (const row of rows) found[row.place - 1] = row;
  return found;
};

/** While one statement waits for the disk another can be judged; more would only make the portions smaller. */
const judged = together(judge, { atOnce: 2, most: 200 });

/**
 * Leave to read, given after the trace of it was written. Refuses 403 `no-consent` with the reason and the way to ask, after tracing the
 * refusal, and 404 where there is no such enterprise.
 */
export const permitRead = async <C extends DataClass>(db: Db, actor: Actor, read: Read<C>, now = new Date()): Promise<Permit<C>> => {
  const { enterprise, classes, what } = read;
  const ground = otherGround(actor, enterprise) ?? { basis: "consent", purpose: read.purpose ?? usualPurpose(actor) };
  const found = await judged(db, { enterprise, party: actor.party, actor: actor.name, ...ground, classes, what, at: now.toISOString() });
  if (!found) throw unknown(enterprise);
  const { denial, lacking, revision } = found;
  if (denial === null) return permit(enterprise, revision);
  const ofClasses = DENIALS.indexOf(denial) >= DENIALS.indexOf("class-not-covered");
  throw new Refusal(
    403,
    noConsent({ permitted: false, reason: denial, classes: ofClasses ? DATA_CLASSES.filter((each) => lacking?.includes(each)) : [] }),
  );
};

const unknown = (enterprise: string) => notFound({ zh: "企业", en: "enterprise" }, enterprise.slice(0, 100));

/** Leave to read of many enterprises at once; those without consent are not among them. */
export const permitList = <C extends DataClass>(
  actor: Actor,
  { purpose, classes, what }: Omit<Read<C>, "enterprise">,
  now = new Date(),
): ListPermit<C> =>
  ({
    actor,
    purpose: actor.kind === "operator" ? "operation" : (purpose ?? usualPurpose(actor)),
    classes,
    what,
    now,
  }) as unknown as ListPermit<C>;

/** The condition on a row of `enterprise` (under that name) that the permit covers it. */
export const permitted = ({ actor, purpose, classes, now }: ListPermit<never>): RawBuilder<SqlBool> => {
  if (actor.kind === "operator") return sql<SqlBool>`true`;
  const at = now.toISOString();
  const each = classes.map(
    (one) => sql`exists (
      select from consent where consent.recipient = ${actor.party} and consent.enterprise_id = enterprise.id and consent.withdrawn_at is null
        and consent.from_at <= ${at}::timestamptz and consent.until_at > ${at}::timestamptz and ${purpose} = any(consent.purposes)
        and ${one} = any(consent.classes) and (${one} <> all(${alone}) or ${one} = any(consent.separate)))`,
  );
  const consented = sql.join(each, sql` and `);
  return actor.enterprise === null ? sql<SqlBool>`(${consented})` : sql<SqlBool>`(enterprise.id = ${actor.enterprise} or (${consented}))`;
};

/**
 * Traces that these enterprises were shown, and gives those of them that the permit covers now: what was withdrawn since they were
 * looked up is not shown.
 */
export const traceShown = async (db: Db, shown: ListPermit<never>, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  if (ids.length === 0) return new Set();
  const { actor, purpose, classes, what, now } = shown;
  const at = now.toISOString();
  const rest = sql`consent.recipient = ${actor.party} and consent.enterprise_id = enterprise.id and consent.withdrawn_at is null
    and consent.from_at <= ${at}::timestamptz and consent.until_at > ${at}::timestamptz and ${purpose} = any(consent.purposes)`;
  const own = sql`enterprise.id = ${actor.enterprise}`;
  const asked = sql`(select class, class = any(${alone}) as alone from unnest(${classes}::text[]) as class) as asked`;
  const { rows } =
    actor.kind === "operator"
      ? await sql<{ enterprise_id: string }>`
          insert into consent_read (at, enterprise_id, party, actor, purpose, classes, what, basis, consents)
          select ${at}::timestamptz, id, ${actor.party}, ${actor.name}, 'operation', ${classes}::text[], ${what}, 'operation', '{}'
          from unnest(${ids}::text[]) as id
          returning enterprise_id`.execute(db)
      : await sql<{ enterprise_id: string }>`
          insert into consent_read (at, enterprise_id, party, actor, purpose, classes, what, basis, consents)
          select ${at}::timestamptz, enterprise.id, ${actor.party}, ${actor.name}, case when ${own} then 'own' else ${purpose} end,
            ${classes}::text[], ${what}, case when ${own} then 'own' else 'consent' end,
            case when ${own} then '{}'::uuid[]
              else array(select id from consent where ${rest} and exists (select from ${asked} where ${coversClass("asked")}) order by id) end
          from enterprise join unnest(${ids}::text[]) with ordinality as wanted(id, place) on wanted.id = enterprise.id
          where ${permitted(shown)} order by place
          returning enterprise_id`.execute(db);
  return new Set(rows.map((row) => row.enterprise_id));
};
