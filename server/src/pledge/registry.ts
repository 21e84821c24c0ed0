/**
 * The pledge registry in PostgreSQL. That an asset is pledged once is held by a unique index (0013-pledge.sql); the order in time by
 * the place of each record in the evidence log, which is written in the same transaction.
 */
import { randomUUID } from "node:crypto";
import { type Insertable, type Selectable, sql } from "kysely";
import { type IsoDate, type Json, type Problem, type Text, canonicalJson, isoDate, problem } from "@zhiwei/core/basics";
import {
  type Asset,
  type Pledge,
  type PledgeAction,
  type PledgeState,
  type StatedAsset,
  actOnPledge,
  assetCommitment,
  assetName,
  beginPledge,
  byPriority,
  isLive,
  mayChange,
  mayObject,
  mayRead,
  mayRegister,
  maySearch,
  objectionStands,
  readAsset,
  releaseDue,
  reveal,
  statedAgain,
  termIsOver,
} from "@zhiwei/core/pledge";
import type { Input, Output } from "@zhiwei/api/route";
import type {
  PledgeDocument,
  changePledge,
  getPledge,
  listPledges,
  objectToPledge,
  registerPledge,
  releasePledge,
  searchPledge,
} from "@zhiwei/api/pledge";
import type { Actor } from "../access/actor.ts";
import { enterpriseOf, listParties, partyOf } from "../access/parties.ts";
import type { Db, Tx } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { logRecords } from "../evidence/records.ts";
import { Refusal, badRequest, notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";
import type { ConsortiumKey } from "./key.ts";
import { sha256Hex } from "../system/hash.ts";

/** A claim on the consortium's chain: the id of the registration and the commitment that it claims. */
export type Claim = { readonly claim: string; readonly commitment: string };

/**
 * What the registry asks of a consortium's chain. Both calls only queue, in the transaction of their cause; the chain works through
 * them in that order, however long it is down. A release may come for a claim that is not settled yet, or was never made.
 */
export type PledgeChain = {
  /** Gives whether there is a chain to wait for. */
  queueClaim(tx: Tx, claim: Claim): Promise<boolean>;
  queueRelease(tx: Tx, claim: Claim): Promise<void>;
  /** Whether another institution holds a commitment, as far as is known here; an instant, RFC 3339. Never this one's own claims. */
  holder?(db: Db | Tx, commitment: string): Promise<{ readonly since: string } | null>;
};

/** What the registry works with; `chain` is null where no chain is configured, and a registration then stands at once. */
export type Registry = { readonly db: Db; readonly key: ConsortiumKey; readonly chain: PledgeChain | null };

type Row = Selectable<Database["pledge"]>;

/** Today in China, whose calendar the terms are counted by. */
export const chinaDay = (now: Date): IsoDate =>
  Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO("Asia/Shanghai").toPlainDate().toString() as IsoDate;

const chinaTime = (at: string): string => {
  const time = Temporal.Instant.from(at).toZonedDateTimeISO("Asia/Shanghai");
  return `${time.toPlainDate().toString()} ${time.toPlainTime().toString({ smallestUnit: "second" })}`;
};

const taken = (since: string, position: number | null): Refusal =>
  new Refusal(
    409,
    problem(
      "already-pledged",
      `该财产已自 ${chinaTime(since)}（北京时间）起登记出质${position === null ? "，登记于联盟另一机构" : `，存证日志第 ${position} 位`}，不能重复登记。`,
      `The asset has been pledged since ${chinaTime(since)} (China time)${position === null ? ", at another institution of the consortium" : `, place ${position} of the evidence log`}; it is not pledged twice.`,
      "请向出质人核实；原登记注销或届满后方可登记。",
      "Ask the pledgor; it can be registered once the earlier registration is released or over.",
    ),
  );

const forbidden = (zh: string, en: string): Refusal =>
  new Refusal(403, problem("not-allowed", zh, en, "请以有权的机构身份操作。", "It is for those whose right it is."));

const keyUsed = new Refusal(
  409,
  problem(
    "key-used",
    "这个请求键已用于另一份内容不同的登记申请。",
    "The key of this request was used before, for a registration with other contents.",
    "新的登记请使用新的请求键。",
    "Give a new registration a new key.",
  ),
);

const keyChanged = new Refusal(
  409,
  problem(
    "consortium-key-changed",
    "联盟密钥与现有登记所用的不同，无法判断财产是否已出质。",
    "The consortium key is another than that of the registrations that stand: whether an asset is pledged cannot be told.",
    "请由运维人员恢复原密钥（ZHIWEI_CONSORTIUM_KEY 或数据目录中的 consortium.key）。",
    "Have the operator restore the key (ZHIWEI_CONSORTIUM_KEY, or consortium.key in the data folder).",
  ),
);

const readStated = (stated: StatedAsset): Asset => {
  const read = readAsset(stated);
  if (!read.ok) throw new Refusal(422, { code: read.error.code, text: read.error.text, remedy: read.error.remedy });
  return read.value;
};

const calendarDay = (name: string, text: string): IsoDate => {
  const day = isoDate(text);
  if (!day) throw badRequest(`${name} 不是日历上的一天（应为 YYYY-MM-DD）。`, `${name} is not a day of the calendar (YYYY-MM-DD).`);
  return day;
};

const pledgeOf = (row: Row): Pledge => ({
  standing: row.standing,
  terms: {
    securedFen: row.secured_fen,
    contract: row.contract,
    description: row.description,
    startsOn: row.starts_on as IsoDate,
    endsOn: row.ends_on as IsoDate,
  },
  objection: row.objection,
});

const columnsOf = ({ standing, terms, objection }: Pledge) => ({
  state: standing.state,
  standing: JSON.stringify(standing),
  secured_fen: terms.securedFen,
  contract: terms.contract,
  description: terms.description,
  ends_on: terms.endsOn,
  objection: objection && JSON.stringify(objection),
});

/** The registration as it is evidenced: everything that stands in it, canonical, so that its hash can be compared. */
const documentOf = (row: Row): string =>
  canonicalJson({
    v: 1,
    id: row.id,
    asset: row.asset as unknown as Json,
    commitment: row.commitment,
    pledgee: row.pledgee,
    pledgor: row.pledgor,
    registeredAt: instant(row.registered_at),
    ...(pledgeOf(row) as unknown as Record<string, Json>),
  });

type ActionName = PledgeAction["kind"] | "register";
type Done = { readonly row: Row; readonly action: ActionName; readonly by: Pick<Actor, "party" | "name"> };

/** Writes what was done with registrations into the log and beside it, and gives the place of the first. Last in its transaction. */
const record = async (tx: Tx, done: readonly Done[], now: Date): Promise<number> => {
  const written = done.map(({ row, action, by }) => {
    const document = documentOf(row);
    return { row, action, by, document, sha256: sha256Hex(document) };
  });
  const first = await logRecords(
    tx,
    written.map(({ row, action, by, sha256 }) => ({
      kind: "pledge",
      subject: row.pledgor,
      content: { action, pledge: row.id, commitment: row.commitment, by: by.party, document: sha256 },
      about: sha256,
    })),
    now,
  );
  await tx
    .insertInto("pledge_event")
    .values(
      written.map(({ row, action, by, document, sha256 }, at) => ({
        pledge_id: row.id,
        action,
        by_party: by.party,
        by_name: by.name,
        at: now.toISOString(),
        document,
        sha256,
        position: first + at,
      })),
    )
    .execute();
  return first;
};

const unlessRefused = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Problem }): T => {
  if (!result.ok) throw new Refusal(422, result.error);
  return result.value;
};

const lockRow = (tx: Tx, id: string): Promise<Row | undefined> =>
  tx.selectFrom("pledge").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();

/** Writes the registration as it is after an action; where it ended, the chain is to give its commitment free. */
const step = async (tx: Tx, chain: PledgeChain | null, row: Row, next: Pledge): Promise<Row> => {
  const changed = await tx.updateTable("pledge").set(columnsOf(next)).where("id", "=", row.id).returningAll().executeTakeFirstOrThrow();
  if (chain && (next.standing.state === "released" || next.standing.state === "expired"))
    await chain.queueRelease(tx, { claim: row.id, commitment: row.commitment });
  return changed;
};

const SYSTEM = { party: "system", name: "system" } as const;
const CHAIN = { party: "chain", name: "chain" } as const;

const liveStates: PledgeState[] = ["awaiting-chain", "registered"];

/** That all live registrations are under the key at hand: one unique index over two keys would hold nothing. */
const requireKey = async (db: Db | Tx, key: ConsortiumKey): Promise<void> => {
  const { least, most } = await db
    .selectFrom("pledge")
    .select(({ fn }) => [fn.min("key_id").as("least"), fn.max("key_id").as("most")])
    .where("state", "in", liveStates)
    .executeTakeFirstOrThrow();
  if ((least ?? key.id) !== key.id || (most ?? key.id) !== key.id) throw keyChanged;
};

/** For whom a registration is entered: institutions act in their own name, the operator names one. */
const pledgeeOf = async (db: Db, actor: Actor, named: string | undefined): Promise<string> => {
  if (!mayRegister(actor))
    throw forbidden("只有银行、担保机构和保险机构可以登记质押。", "Banks, guarantors and insurers register pledges, and nobody else.");
  if (actor.kind !== "operator") {
    if (named !== undefined && named !== actor.party)
      throw forbidden("机构只能以本机构名义登记。", "An institution registers in its own name.");
    return actor.party;
  }
  const party = named === undefined ? null : await partyOf(db, named);
  if (!party || party.kind === "operator" || !mayRegister({ party: party.id, kind: party.kind, enterprise: null }))
    throw badRequest(
      "运营方登记时须写明质权人（pledgee）：一家银行、担保机构或保险机构。",
      "The operator names the pledgee (pledgee): a bank, a guarantor or an insurer.",
    );
  return party.id;
};

/** What decided a race in the database, by the name of the index: the attempt is made again and finds who was first. */
const LOST = new Set(["pledge_once", "pledge_request"]);

/**
 * Registers a pledge, or gives the registration that the same request made before. Refusals: `already-pledged` (since when),
 * `key-used`, `consortium-key-changed`, `not-allowed`, those of the asset and of the terms.
 */
export const register = async (
  { db, key, chain }: Registry,
  actor: Actor,
  body: Input<typeof registerPledge>["body"],
  now: Date,
): Promise<PledgeDocument> => {
  const pledgee = await pledgeeOf(db, actor, body.pledgee);
  const asset = readStated(body.asset);
  const commitment = assetCommitment(key.mac, asset);
  const startsOn = chinaDay(now);
  const { securedFen, contract, description } = body;
  const endsOn = calendarDay("endsOn", body.endsOn);
  const request = canonicalJson({
    asset: asset as unknown as Json,
    pledgee,
    pledgor: body.pledgor,
    securedFen,
    contract,
    description,
    endsOn,
  });
  const request_sha256 = sha256Hex(request);

  const answered = (row: Row): Row => {
    if (row.request_sha256 !== request_sha256) throw keyUsed;
    return row;
  };
  const attempt = async (tx: Tx): Promise<Row> => {
    const before = await tx
      .selectFrom("pledge")
      .selectAll()
      .where("pledgee", "=", pledgee)
      .where("request_key", "=", body.key)
      .executeTakeFirst();
    if (before) return answered(before);
    const terms = { securedFen, contract: contract.trim(), description: description.trim(), startsOn, endsOn };
    unlessRefused(beginPledge(terms, false));
    const enterprise = await tx.selectFrom("enterprise").select("id").where("id", "=", body.pledgor).executeTakeFirst();
    if (!enterprise) throw notFound({ zh: "企业", en: "enterprise" }, body.pledgor);
    await requireKey(tx, key);

    const done: Done[] = [];
    const live = await tx
      .selectFrom("pledge")
      .selectAll()
      .where("commitment", "=", commitment)
      .where("state", "in", liveStates)
      .forUpdate()
      .executeTakeFirst();
    if (live) {
      const over = actOnPledge(pledgeOf(live), { kind: "expire" }, startsOn);
      // The same request may have come in twice at once, and the other one have just been answered.
      if (live.pledgee === pledgee && live.request_key === body.key) return answered(live);
      if (!over.ok) throw taken(instant(live.registered_at), live.position);
      done.push({ row: await step(tx, chain, live, over.value), action: "expire", by: SYSTEM });
    }
    const elsewhere = (await chain?.holder?.(tx, commitment)) ?? null;
    if (elsewhere) throw taken(elsewhere.since, null);

    const id = randomUUID();
    const awaits = (await chain?.queueClaim(tx, { claim: id, commitment })) ?? false;
    const values: Insertable<Database["pledge"]> = {
      id,
      asset: JSON.stringify(asset),
      commitment,
      key_id: key.id,
      pledgee,
      pledgor: body.pledgor,
      starts_on: startsOn,
      registered_at: now.toISOString(),
      position: null,
      request_key: body.key,
      request_sha256,
      ...columnsOf(unlessRefused(beginPledge(terms, awaits))),
    };
    const row = await tx.insertInto("pledge").values(values).returningAll().executeTakeFirstOrThrow();
    done.push({ row, action: "register", by: actor });
    const position = (await record(tx, done, now)) + done.length - 1;
    await tx.updateTable("pledge").set({ position }).where("id", "=", row.id).execute();
    return { ...row, position };
  };

  for (let turn = 1; ; turn++) {
    try {
      const row = await db.transaction().execute(attempt);
      return await toDocument(db, row, now);
    } catch (error) {
      const { code, constraint } = error as { code?: string; constraint?: string };
      if (turn >= 10 || !((code === "23505" && LOST.has(constraint ?? "")) || code === "40P01")) throw error;
    }
  }
};

/** Does one action with a registration that the actor may do it with, in one transaction with its evidence. */
const actOn = async (
  { db, chain }: Pick<Registry, "db" | "chain">,
  actor: Actor,
  id: string,
  may: typeof mayChange | typeof mayObject,
  action: PledgeAction,
  now: Date,
): Promise<PledgeDocument> => {
  const row = await db.transaction().execute(async (tx) => {
    const before = await lockRow(tx, id);
    // Whoever may not see it is not told that it is there.
    if (!before || !mayRead(actor, before)) throw notFound({ zh: "质押登记", en: "pledge" }, id.slice(0, 100));
    if (!may(actor, before))
      throw forbidden("变更和注销由质权人办理，异议由出质人提出。", "Changes and releases are the pledgee's, objections the pledgor's.");
    const next = actOnPledge(pledgeOf(before), action, chinaDay(now));
    if (!next.ok) throw new Refusal(409, next.error);
    const after = await step(tx, chain, before, next.value);
    await record(tx, [{ row: after, action: action.kind, by: actor }], now);
    return after;
  });
  return toDocument(db, row, now);
};

export const change = (
  registry: Pick<Registry, "db" | "chain">,
  actor: Actor,
  id: string,
  { endsOn, securedFen, contract, description }: Input<typeof changePledge>["body"],
  now: Date,
): Promise<PledgeDocument> => {
  const terms = {
    ...(securedFen === undefined ? {} : { securedFen }),
    ...(contract === undefined ? {} : { contract: contract.trim() }),
    ...(description === undefined ? {} : { description: description.trim() }),
    ...(endsOn === undefined ? {} : { endsOn: calendarDay("endsOn", endsOn) }),
  };
  return actOn(registry, actor, id, mayChange, { kind: "change", terms }, now);
};

export const release = (
  registry: Pick<Registry, "db" | "chain">,
  actor: Actor,
  id: string,
  { reason, on }: Input<typeof releasePledge>["body"],
  now: Date,
): Promise<PledgeDocument> => actOn(registry, actor, id, mayChange, { kind: "release", reason, on: calendarDay("on", on) }, now);

export const object = (
  registry: Pick<Registry, "db" | "chain">,
  actor: Actor,
  id: string,
  body: Input<typeof objectToPledge>["body"],
  now: Date,
): Promise<PledgeDocument> =>
  actOn(
    registry,
    actor,
    id,
    mayObject,
    body.action === "object" ? { kind: "object", reason: body.reason.trim(), caseNumber: body.caseNumber ?? null } : { kind: body.action },
    now,
  );

/** Ends every registration whose last day is past, some at a time, and says how many. Whoever else is at one of them goes first. */
export const expireDue = async ({ db, chain }: Pick<Registry, "db" | "chain">, now: Date): Promise<number> => {
  const today = chinaDay(now);
  for (let ended = 0; ;) {
    const some = await db.transaction().execute(async (tx) => {
      const due = await tx
        .selectFrom("pledge")
        .selectAll()
        .where("state", "in", liveStates)
        .where("ends_on", "<", today)
        .orderBy("id")
        .limit(200)
        .forUpdate()
        .skipLocked()
        .execute();
      const done: Done[] = [];
      for (const row of due)
        done.push({
          row: await step(tx, chain, row, unlessRefused(actOnPledge(pledgeOf(row), { kind: "expire" }, today))),
          action: "expire",
          by: SYSTEM,
        });
      if (done.length > 0) await record(tx, done, now);
      return done.length;
    });
    ended += some;
    if (some === 0) return ended;
  }
};

/** Registrations that await the chain, the first in time first. */
export const listAwaiting = async (db: Db | Tx): Promise<(Claim & { readonly position: number })[]> =>
  (
    await db
      .selectFrom("pledge")
      .select(["id", "commitment", "position"])
      .where("state", "=", "awaiting-chain")
      .orderBy("position")
      .execute()
  ).map(({ id, commitment, position }) => ({ claim: id, commitment, position: position! }));

export type ClaimOutcome = { readonly kind: "confirmed"; readonly block: number } | { readonly kind: "refused" };

/**
 * What the chain made of a claim. Told twice it changes nothing; of a registration that has ended meanwhile, neither. A block that
 * takes the place of another after a reorganisation is told as `confirmed` again; where another institution's claim took its place,
 * as `refused`. It writes into the evidence log: call it last in the transaction. Gives whether anything changed.
 */
export const settleClaim = async (tx: Tx, id: string, outcome: ClaimOutcome, now: Date): Promise<boolean> => {
  const row = await lockRow(tx, id);
  if (!row) throw new Error(`the chain speaks of a pledge ${id} that is not registered here`);
  const before = pledgeOf(row);
  if (!isLive(before)) return false;
  const { standing } = before;
  if (outcome.kind === "confirmed" && standing.state === "registered" && standing.block === outcome.block) return false;
  const action: PledgeAction = outcome.kind === "confirmed" ? { kind: "confirm", block: outcome.block } : { kind: "refuse" };
  const next = unlessRefused(actOnPledge(before, action, chinaDay(now)));
  await record(tx, [{ row: await step(tx, null, row, next), action: action.kind, by: CHAIN }], now);
  return true;
};

/** Names of parties by their ids; who has none is known by the id. */
const partyNames = async (db: Db): Promise<(party: string) => Text> => {
  const names = new Map((await listParties(db)).map(({ id, name }) => [id, name]));
  return (party) => names.get(party) ?? OURS[party] ?? { zh: party, en: party };
};
const OURS: Readonly<Record<string, Text>> = {
  system: { zh: "系统", en: "The system" },
  chain: { zh: "联盟链", en: "The consortium's chain" },
};

const toDocument = async (db: Db, row: Row, now: Date): Promise<PledgeDocument> => (await toDocuments(db, [row], now))[0]!;

const toDocuments = async (db: Db, rows: readonly Row[], now: Date): Promise<PledgeDocument[]> => {
  const ids = [...new Set(rows.map((row) => row.pledgor))];
  const names = ids.length === 0 ? [] : await db.selectFrom("enterprise").select(["id", "name"]).where("id", "in", ids).execute();
  const enterprises = new Map(names.map(({ id, name }) => [id, name]));
  const nameOf = await partyNames(db);
  const today = chinaDay(now);
  return rows.map((row) => {
    const pledge = pledgeOf(row);
    const { standing, terms, objection } = pledge;
    return {
      id: row.id,
      asset: { kind: row.asset.kind, name: assetName(row.asset), stated: statedAgain(row.asset) as PledgeDocument["asset"]["stated"] },
      commitment: row.commitment,
      pledgee: { party: row.pledgee, name: nameOf(row.pledgee) },
      pledgor: { enterprise: row.pledgor, name: enterprises.get(row.pledgor) ?? row.pledgor },
      ...terms,
      // What is over is over from midnight on, whether or not it is written down yet.
      state: isLive(pledge) && termIsOver(pledge, today) ? "expired" : standing.state,
      block: standing.state === "registered" ? standing.block : null,
      release: standing.state === "released" ? { reason: standing.reason, on: standing.on, due: releaseDue(standing.on) } : null,
      objection: objection && { ...objection, stands: objectionStands(objection, today) },
      registeredAt: instant(row.registered_at),
      position: row.position!,
    };
  });
};

/** The actor's own: an institution's as pledgee, an enterprise's as pledgor, the operator's all. */
export const list = async (
  db: Db,
  actor: Actor,
  query: Input<typeof listPledges>["query"],
  now: Date,
): Promise<Output<typeof listPledges>> => {
  const { page = 1, pageSize = 25, state, kind, pledgor } = query;
  const today = chinaDay(now);
  let asked = db.selectFrom("pledge");
  if (actor.kind !== "operator")
    asked = actor.enterprise === null ? asked.where("pledgee", "=", actor.party) : asked.where("pledgor", "=", actor.enterprise);
  if (kind !== undefined) asked = asked.where(sql`asset ->> 'kind'`, "=", kind);
  if (pledgor) asked = asked.where("pledgor", "=", pledgor);
  if (state === "expired")
    asked = asked.where((eb) => eb.or([eb("state", "=", state), eb.and([eb("state", "in", liveStates), eb("ends_on", "<", today)])]));
  else if (state !== undefined) {
    asked = asked.where("state", "=", state);
    if (liveStates.includes(state)) asked = asked.where("ends_on", ">=", today);
  }
  const { total } = await asked.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await asked
    .selectAll()
    .orderBy("position", "desc")
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  return { items: await toDocuments(db, rows, now), total, page, pageSize };
};

const MOST_SEARCHES = 50;

export const details = async (db: Db, actor: Actor, id: string, now: Date): Promise<Output<typeof getPledge>> => {
  const row = await db.selectFrom("pledge").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row || !mayRead(actor, row)) throw notFound({ zh: "质押登记", en: "pledge" }, id.slice(0, 100));
  const [pledge, nameOf, events, others, searches] = await Promise.all([
    toDocument(db, row, now),
    partyNames(db),
    db
      .selectFrom("pledge_event")
      .leftJoin("evidence_record", "evidence_record.position", "pledge_event.position")
      .select([
        "action",
        "by_party",
        "by_name",
        "pledge_event.at as at",
        "pledge_event.position as position",
        "document",
        "sha256",
        "salt",
        "record",
      ])
      .where("pledge_id", "=", id)
      .orderBy("pledge_event.position")
      .execute(),
    db.selectFrom("pledge").selectAll().where("commitment", "=", row.commitment).where("id", "!=", id).execute(),
    db
      .selectFrom("pledge_search")
      .select(["by_party", "by_name", "at"])
      .where("commitment", "=", row.commitment)
      .orderBy("id", "desc")
      .limit(MOST_SEARCHES)
      .execute(),
  ]);
  const by = (party: string, post: string) => ({
    party,
    name: enterpriseOf(party) === row.pledgor ? { zh: pledge.pledgor.name, en: pledge.pledgor.name } : nameOf(party),
    post,
  });
  const live = pledge.state === "registered" || pledge.state === "awaiting-chain";
  const actions: Output<typeof getPledge>["actions"] = [];
  if (live && mayChange(actor, row)) actions.push("change", "release");
  if (live && mayObject(actor, row)) actions.push("object");
  if (live && mayObject(actor, row) && pledge.objection?.stands) actions.push("withdraw-objection");
  return {
    pledge,
    events: events.map(({ action, by_party, by_name, at, position, document, sha256, salt, record: logged }) => ({
      action: action as Output<typeof getPledge>["events"][number]["action"],
      by: by(by_party, by_name),
      at: instant(at),
      position,
      sha256,
      document,
      evidence: salt && logged ? { salt: salt.toString("hex"), record: logged } : null,
    })),
    others: (await toDocuments(db, others, now))
      .toSorted(byPriority)
      .map(({ registeredAt, position, state }) => ({ registeredAt, position, state })),
    searches: searches.map(({ by_party, by_name, at }) => ({ by: by(by_party, by_name), at: instant(at) })),
    actions,
  };
};

/** Whether an asset is pledged, and no more than that; who asked is kept, for the parties of the pledge to see. */
export const search = async (
  { db, key, chain }: Registry,
  actor: Actor,
  { asset: stated }: Input<typeof searchPledge>["body"],
  now: Date,
): Promise<Output<typeof searchPledge>> => {
  if (!maySearch(actor))
    throw forbidden(
      "企业只能查看以本企业为出质人的登记。",
      "An enterprise sees the registrations on itself, and does not ask about others' assets.",
    );
  const asset = readStated(stated);
  const commitment = assetCommitment(key.mac, asset);
  await requireKey(db, key);
  await db.insertInto("pledge_search").values({ commitment, by_party: actor.party, by_name: actor.name, at: now.toISOString() }).execute();
  const row = await db
    .selectFrom("pledge")
    .selectAll()
    .where("commitment", "=", commitment)
    .where("state", "in", liveStates)
    .executeTakeFirst();
  const found = reveal(row ? { ...pledgeOf(row), since: instant(row.registered_at), position: row.position! } : null, chinaDay(now));
  const named = { asset: assetName(asset), commitment };
  if (found.pledged) {
    const { pledged, state, since, position, nextRank, objected } = found;
    return {
      ...named,
      pledged,
      state,
      since,
      position,
      nextRank,
      objected,
      elsewhere: false,
      own: row && mayRead(actor, row) ? row.id : null,
    };
  }
  const elsewhere = (await chain?.holder?.(db, commitment)) ?? null;
  return {
    ...named,
    pledged: elsewhere !== null,
    state: elsewhere && "registered",
    since: elsewhere && elsewhere.since,
    position: null,
    nextRank: elsewhere ? 2 : 1,
    objected: false,
    elsewhere: elsewhere !== null,
    own: null,
  };
};
