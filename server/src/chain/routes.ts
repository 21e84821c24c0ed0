import { sql } from "kysely";
import { getChain } from "@zhiwei/api/chain";
import type { Output } from "@zhiwei/api/route";
import type { Text } from "@zhiwei/core/basics";
import type { Db } from "../db/index.ts";
import type { Serve } from "../http/routes.ts";
import { instant } from "../db/instant.ts";
import { type System, platformOf } from "../system/state.ts";
import type { Chain } from "./index.ts";

const ALARMS: Readonly<Record<string, Text>> = {
  "log-forked": {
    zh: "某成员的存证日志分叉：同一规模出现两个根。请核对各方持有的检查点。",
    en: "A member's evidence log has forked: two roots of one size. Compare the checkpoints that everybody holds.",
  },
  "log-shrank": {
    zh: "链上已锚定的本机构日志比现有的大：数据库可能被回退过。",
    en: "The chain holds a larger tree of our log than there is here: the database may have been set back.",
  },
  "outcome-reversed": {
    zh: "链重组推翻了已通知的登记结果。请查看相关质押登记；确认数可能设得过小。",
    en: "A reorganisation has turned round an outcome that was told. Look at the pledge; the confirmations may be too few.",
  },
};

export const chainState = async (db: Db, chain: Pick<Chain, "config" | "work"> | null): Promise<Output<typeof getChain>> => {
  const work = chain?.work();
  const [link, open, settled, held, logs, alarms] = await Promise.all([
    db.selectFrom("chain_link").selectAll().executeTakeFirst(),
    db
      .selectFrom("chain_item")
      .select((at) => ["kind", at.fn.countAll<number>().as("count"), at.fn.min("queued_at").as("since")])
      .where("outcome", "is", null)
      .groupBy("kind")
      .execute(),
    db
      .selectFrom("chain_item")
      .select((at) => ["outcome", at.fn.countAll<number>().as("count")])
      .where("kind", "=", "claim")
      .where("outcome", "is not", null)
      .groupBy("outcome")
      .execute(),
    db
      .selectFrom("chain_item")
      .select(["kind", "tries", "problem"])
      .where("outcome", "is", null)
      .where("problem", "is not", null)
      .orderBy("id")
      .limit(5)
      .execute(),
    sql<{ seat: number; origin: string; size: number; block: number; at: string }>`
      select distinct on (seat, origin) seat, encode(origin, 'hex') as origin, size, block, at from chain_event
      where name = 'Anchored' order by seat, origin, size desc limit 200`.execute(db),
    db.selectFrom("chain_alarm").select(["code", "at"]).orderBy("id", "desc").limit(20).execute(),
  ]);
  const queued = (kind: string) => open.find((each) => each.kind === kind)?.count ?? 0;
  const since = open.map((each) => instant(each.since)).sort();
  const followed = link !== undefined && link.contract !== "";
  return {
    state: work?.state ?? "off",
    problem: work?.problem ?? null,
    contract: chain?.config.contract ?? (followed ? link.contract : null),
    chainId: followed ? link.chain_id : null,
    address: work?.address ?? null,
    seat: link?.seat || null,
    confirmations: chain?.config.confirmations ?? null,
    height: work?.head ?? null,
    read: followed ? link.height : null,
    queued: { claims: queued("claim"), releases: queued("release"), checkpoints: queued("checkpoint"), since: since[0] ?? null },
    settled: {
      confirmed: settled.find((each) => each.outcome === "done")?.count ?? 0,
      refused: settled.find((each) => each.outcome === "refused")?.count ?? 0,
    },
    held: held.map(({ kind, tries, problem }) => ({ kind, tries, problem: problem! })),
    logs: logs.rows.map((row) => ({ ...row, at: instant(row.at), own: row.seat === link?.seat })),
    alarms: alarms.map(({ code, at }) => ({ code, text: ALARMS[code] ?? { zh: code, en: code }, at: instant(at) })),
  };
};

export const chainRoutes = (serve: Serve, system: System): void => {
  serve(getChain, () => chainState(platformOf(system).db, system.chain));
};
