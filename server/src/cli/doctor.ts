import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Text } from "@zhiwei/core/basics";
import type { Config } from "../config.ts";
import type { Platform } from "../platform.ts";
import { internal, problemOf } from "../http/refusal.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./output.ts";

/** One thing that was looked at. A failed check says in `remedy` what to do. */
type Check = { readonly name: string; readonly ok: boolean; readonly detail: Text; readonly remedy: Text | null };

const good = (name: string, zh: string, en: string): Check => ({ name, ok: true, detail: { zh, en }, remedy: null });
const bad = (name: string, zh: string, en: string, remedyZh: string, remedyEn: string): Check => ({
  name,
  ok: false,
  detail: { zh, en },
  remedy: { zh: remedyZh, en: remedyEn },
});
const failed = (name: string, error: unknown): Check => {
  const { text, remedy } = problemOf(error) ?? internal;
  return { name, ok: false, detail: text, remedy };
};

const WANTED_NODE = 26;
const WANTED_FREE_BYTES = 2 * 2 ** 30;

const node = (): Check => {
  const version = process.versions.node;
  return Number(version.split(".")[0]) >= WANTED_NODE
    ? good("node", `Node ${version}`, `Node ${version}`)
    : bad(
        "node",
        `Node ${version}，需要 ${WANTED_NODE}`,
        `Node ${version}, and ${WANTED_NODE} is needed`,
        "请在项目目录用 npm run -s zhiwei -- doctor 运行。",
        "Run it with npm run -s zhiwei -- doctor in the project folder.",
      );
};

const freeSpace = async (config: Config): Promise<Check> => {
  const { bavail, bsize } = await statfs(config.dataFolder);
  const free = bavail * bsize;
  const said = `${(free / 2 ** 30).toFixed(1)} GiB`;
  return free >= WANTED_FREE_BYTES
    ? good("free-space", `可用空间 ${said}`, `${said} free`)
    : bad("free-space", `可用空间仅 ${said}`, `only ${said} free`, "请腾出至少 2 GiB。", "Make at least 2 GiB free.");
};

const database = async ({ config, db }: Platform): Promise<Check> => {
  const { sql } = await import("kysely");
  const { rows } = await sql<{ version: string; migrations: number }>`
    select current_setting('server_version') as version, (select count(*) from schema_migration) as migrations`.execute(db);
  const { version, migrations } = rows[0]!;
  const which = config.databaseUrl ? { zh: "外部", en: "external" } : { zh: "随附", en: "embedded" };
  return good(
    "postgres",
    `PostgreSQL ${version}（${which.zh}），已执行 ${migrations} 项迁移`,
    `PostgreSQL ${version} (${which.en}), ${migrations} migrations applied`,
  );
};

const sha256Of = async (path: string): Promise<string | null> => {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return hash.digest("hex");
};

/** Every batch that PostgreSQL knows is in the lake with its very bytes and as many rows. */
const lakeFiles = async ({ db, lake }: Platform): Promise<Check[]> => {
  const { literal, rows } = await import("../lake/index.ts");
  const batches = await db
    .selectFrom("import_batch")
    .select(["id", "rows", "parquet_path", "parquet_sha256"])
    .where("parquet_path", "is not", null)
    .orderBy("id")
    .execute();
  const missing: string[] = [];
  const changed: string[] = [];
  const differing: string[] = [];
  for (const batch of batches) {
    const path = join(lake.folder, batch.parquet_path!);
    const sha256 = await sha256Of(path);
    if (sha256 === null) missing.push(batch.id);
    else if (sha256 !== batch.parquet_sha256) changed.push(batch.id);
    else {
      const [counted] = await rows<{ rows: number }>(
        lake.connection,
        `SELECT num_rows AS rows FROM parquet_file_metadata(${literal(path)})`,
      );
      if (counted?.rows !== batch.rows) differing.push(batch.id);
    }
  }
  const named = (ids: readonly string[]) => ids.slice(0, 5).join(", ") + (ids.length > 5 ? " …" : "");
  const restore = [
    "请从备份恢复数据目录中的 lake 文件夹，或重新导入原文件。",
    "Restore the folder lake of the data folder from a backup, or import the original files again.",
  ] as const;
  return [
    missing.length + changed.length === 0
      ? good("lake-files", `${batches.length} 个批次文件齐全，哈希一致`, `${batches.length} batch files are there with the right hash`)
      : bad(
          "lake-files",
          `缺失 ${missing.length} 个、内容改变 ${changed.length} 个批次文件：${named([...missing, ...changed])}`,
          `${missing.length} batch files are missing and ${changed.length} changed: ${named([...missing, ...changed])}`,
          ...restore,
        ),
    differing.length === 0
      ? good("lake-counts", "行数与数据库一致", "row counts agree with the database")
      : bad(
          "lake-counts",
          `${differing.length} 个批次的行数与数据库不一致：${named(differing)}`,
          `row counts of ${differing.length} batches differ from the database: ${named(differing)}`,
          ...restore,
        ),
  ];
};

const derived = async ({ db }: Platform): Promise<Check> => {
  const { isStale } = await import("../system/refresh.ts");
  return (await isStale(db))
    ? bad(
        "derived",
        "指标与画像尚未跟上记录",
        "features and profiles are behind the records",
        "启动服务（npm start）即会补算。",
        "Start the server (npm start): it computes what is missing.",
      )
    : good("derived", "指标与画像已跟上记录", "features and profiles show all records");
};

/** Whether the log is signed as far as it goes, and nothing of it calls for a person. */
const evidence = async (platform: Platform): Promise<Check> => {
  const { headOf, latestCheckpoint } = await import("../evidence/log.ts");
  const { size } = await headOf(platform.db);
  const signed = (await latestCheckpoint(platform.db))?.size ?? 0;
  const alarm = await platform.db.selectFrom("evidence_alarm").select("code").orderBy("id", "desc").executeTakeFirst();
  if (alarm)
    return bad(
      "evidence",
      `存证日志有警报：${alarm.code}`,
      `the evidence log has raised an alarm: ${alarm.code}`,
      "请打开“存证”页查看，并运行 zhiwei fsck。",
      "See the page Evidence, and run zhiwei fsck.",
    );
  return size === signed
    ? good("evidence", `存证日志 ${size} 条，均已签署`, `the evidence log has ${size} entries, all signed`)
    : good(
        "evidence",
        `存证日志 ${size} 条，已签署 ${signed} 条，其余由运行中的服务签署`,
        `the evidence log has ${size} entries, ${signed} signed; a running server signs the others`,
      );
};

const consoleBuilt = async (): Promise<Check> => {
  const { consoleState } = await import("../http/build-console.ts");
  const state = await consoleState();
  return state === "built"
    ? good("console", "控制台已构建", "the console is built")
    : bad(
        "console",
        state === "missing" ? "控制台尚未构建" : "控制台早于其源文件",
        state === "missing" ? "the console is not built yet" : "the console is older than its sources",
        "启动服务（npm start）会自动构建。",
        "Starting the server (npm start) builds it.",
      );
};

export const doctor: Command = {
  usage: "doctor",
  summary: { zh: "检查运行环境与数据是否完好", en: "check that the surroundings and the data are sound" },
  options: {},
  run: async ({ config, out }) => {
    const { openPlatform, requireDataFolder } = await import("../platform.ts");
    const checks: Check[] = [node()];
    const look = async (name: string, work: () => Promise<Check | Check[]>): Promise<boolean> => {
      const found = await work().catch((error: unknown) => failed(name, error));
      const list = Array.isArray(found) ? found : [found];
      checks.push(...list);
      return list.every((check) => check.ok);
    };
    const writable = await look("data-folder", async () => {
      await requireDataFolder(config);
      return good("data-folder", `数据目录 ${config.dataFolder} 可写`, `the data folder ${config.dataFolder} can be written to`);
    });
    if (writable) {
      await look("free-space", () => freeSpace(config));
      await look("postgres", async () => {
        const platform = await openPlatform(config);
        try {
          const found = [await database(platform)];
          await look("lake-files", () => lakeFiles(platform));
          await look("derived", () => derived(platform));
          await look("evidence", () => evidence(platform));
          return found;
        } finally {
          await platform.close();
        }
      });
    }
    await look("console", consoleBuilt);
    const ok = checks.every((check) => check.ok);
    out.result({ ok, checks }, () => {
      for (const check of checks) {
        out.line(`${check.ok ? "✓" : "✗"} ${check.name}: ${out.text(check.detail)}`);
        if (check.remedy) out.line(`  → ${out.text(check.remedy)}`);
      }
    });
    return ok ? EXIT.done : EXIT.doneWithFindings;
  },
};
