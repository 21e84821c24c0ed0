import type { FastifyInstance } from "fastify";
import { sql } from "kysely";
import { getBundle, getLog, listEntries } from "@zhiwei/api/evidence";
import type { Text } from "@zhiwei/core/basics";
import { parseEntry } from "@zhiwei/core/evidence";
import { formatVerifierKey, tileOf } from "@zhiwei/core/tlog";
import type { Db } from "../db/index.ts";
import { permitRead } from "../consent/index.ts";
import { Refusal, noSuchAddress } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { profileOf } from "../profile/index.ts";
import { instant } from "../db/instant.ts";
import { asOfDay } from "../system/as-of.ts";
import { type System, platformOf } from "../system/state.ts";
import { bundleOf } from "./bundle.ts";
import { headOf, readTile } from "./log.ts";
import { type Evidence, countedCheckpoint, openEvidence } from "./publish.ts";

const ALARMS: Readonly<Record<string, Text>> = {
  "witness-ahead": {
    zh: "见证人会签过的条数多于本日志现有条数：数据库可能被回退过。",
    en: "A witness has cosigned more entries than the log has: the database may have been set back.",
  },
  "witness-refused": {
    zh: "见证人拒绝会签：它所见的历史与本日志不同。",
    en: "A witness refused to cosign: it has seen another history of this log.",
  },
  "own-fork": {
    zh: "现有条目与已签署的检查点不一致：已停止签署。",
    en: "The entries do not go on from the checkpoint that was signed: signing has stopped.",
  },
  "reads-changed": {
    zh: "查询留痕与存证不一致：有留痕被改动。",
    en: "The traces of reads are not those that were logged: some were changed.",
  },
};

/** One for each database, opened at its first use. */
const opened = new WeakMap<Db, Promise<Evidence>>();
export const evidenceOf = (system: System): Promise<Evidence> => {
  const platform = platformOf(system);
  let evidence = opened.get(platform.db);
  if (!evidence) {
    evidence = openEvidence(platform);
    evidence.catch(() => opened.delete(platform.db));
    opened.set(platform.db, evidence);
  }
  return evidence;
};

export const evidenceRoutes = (serve: Serve, system: System): void => {
  serve(getLog, async () => {
    const evidence = await evidenceOf(system);
    const { db } = platformOf(system);
    const [head, signed, counted, witnesses, alarms, kinds] = await Promise.all([
      headOf(db),
      db.selectFrom("evidence_checkpoint").select(["size", "at"]).orderBy("size", "desc").limit(1).executeTakeFirst(),
      countedCheckpoint(db, evidence),
      db.selectFrom("evidence_witness").selectAll().execute(),
      db.selectFrom("evidence_alarm").selectAll().orderBy("id", "desc").limit(50).execute(),
      db
        .selectFrom("evidence_record")
        .select(["kind", sql<number>`count(*)`.as("count")])
        .groupBy("kind")
        .orderBy("kind")
        .execute(),
    ]);
    return {
      origin: evidence.origin,
      keys: evidence.signers.map(({ key }) => formatVerifierKey(key)),
      policy: evidence.policyText,
      size: head.size,
      signed: signed ? { size: signed.size, at: instant(signed.at) } : null,
      counted: counted && { size: counted.size },
      quorum: evidence.policy.quorum !== null,
      witnesses: evidence.witnesses.map(({ name, url }) => {
        const seen = witnesses.find((each) => each.witness === name);
        return { name, url, size: seen?.size ?? 0, problem: seen?.problem ?? null, askedAt: seen ? instant(seen.asked_at) : null };
      }),
      alarms: alarms.map(({ code, witness, size, at }) => ({ code, text: ALARMS[code]!, witness, size, at: instant(at) })),
      kinds,
    };
  });

  serve(listEntries, async ({ query }) => {
    const { db } = platformOf(system);
    const { page = 1, pageSize = 25, kind } = query;
    let base = db.selectFrom("evidence_record");
    if (kind !== undefined) base = base.where("evidence_record.kind", "=", kind);
    const [{ total }, items] = await Promise.all([
      base.select(sql<number>`count(*)`.as("total")).executeTakeFirstOrThrow(),
      base
        .innerJoin("evidence_leaf", "evidence_leaf.position", "evidence_record.position")
        .select([
          "evidence_record.position",
          "evidence_leaf.entry",
          "evidence_record.kind",
          "evidence_record.at",
          "evidence_record.erased_at",
        ])
        .orderBy("evidence_record.position", "desc")
        .limit(pageSize)
        .offset((page - 1) * pageSize)
        .execute(),
    ]);
    return {
      items: items.map(({ position, entry, kind, at, erased_at }) => ({
        position,
        kind,
        commitment: parseEntry(entry)?.commitment ?? "",
        at: instant(at),
        erased: erased_at !== null,
      })),
      total,
      page,
      pageSize,
    };
  });

  serve(getBundle, async ({ params, query }, { actor }) => {
    const platform = platformOf(system);
    const permit = await permitRead(platform.db, actor, {
      enterprise: params.id,
      purpose: query.purpose,
      classes: ["profile"],
      what: "bundle",
    });
    const asOf = query.asOf === undefined ? undefined : await asOfDay(platform.db, query.asOf);
    const stated = await profileOf(platform, permit, asOf);
    if (!stated.ok) throw new Refusal(409, stated.error);
    const content = await bundleOf(platform.db, await evidenceOf(system), stated.value, new Date(), query.known);
    return { type: "application/json; charset=utf-8", name: `${params.id}-${stated.value.profile.asOf}.bundle.json`, content };
  });
};

const PLAIN = "text/plain; charset=utf-8";
const FOREVER = "public, max-age=31536000, immutable";

/** The log as other tools read it (C2SP tlog-tiles), below `/log/`: `checkpoint`, `tile/…`, `policy`. It holds nothing personal. */
export const serveLog = (app: FastifyInstance, system: System): void => {
  app.get("/log/checkpoint", async (_, reply) => {
    const checkpoint = await countedCheckpoint(platformOf(system).db, await evidenceOf(system));
    if (!checkpoint) return reply.status(404).type(PLAIN).send("");
    return reply.type(PLAIN).header("cache-control", "no-cache").send(checkpoint.signed);
  });
  app.get("/log/policy", async (_, reply) => {
    return reply.type(PLAIN).send((await evidenceOf(system)).policyText);
  });
  app.get<{ Params: { "*": string } }>("/log/tile/*", async (request, reply) => {
    const tile = tileOf(`tile/${request.params["*"]}`);
    const bytes = tile && (await readTile(platformOf(system).db, tile));
    if (!bytes) throw noSuchAddress(request.url);
    return reply.type("application/octet-stream").header("cache-control", FOREVER).send(bytes);
  });
};
