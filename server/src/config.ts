import { join, resolve } from "node:path";
import { SUITES, type Suite } from "@zhiwei/core/tlog";

/** Everything that the surroundings decide, read once and refused early. */
export type Config = {
  /** Folder of the lake, the uploads and the embedded database. */
  readonly dataFolder: string;
  /** A PostgreSQL server to use in place of the embedded one. */
  readonly databaseUrl: string | null;
  /** Address to listen on: this machine only, unless the operator says otherwise. */
  readonly host: string;
  readonly port: number;
  /** Memory that the analytical engine may use before it spills to disk, as DuckDB writes it. */
  readonly lakeMemory: string;
  readonly lakeThreads: number | null;
  /** Largest file that may be uploaded, in bytes. */
  readonly uploadLimit: number;
  /** Name of the evidence log, as `example.com/log`; made up at the first start where it is not given, and kept from then on. */
  readonly logOrigin: string | null;
  /** File that lists the witnesses of the evidence log and their quorum (C2SP tlog-policy). */
  readonly witnessPolicy: string | null;
  /** Address that the world knows the platform by, as `https://zhiwei.example`; else the one that it listens on. Credentials bear it. */
  readonly publicUrl: string | null;
  /** Other platforms, by their addresses, whose credentials are believed here. */
  readonly trustedIssuers: readonly string[];
  /** Further names under which the platform is reached (behind a reverse proxy), beside this machine's own. */
  readonly hosts: readonly string[];
  /** Deliver events also to this machine and private networks: for demonstrations and tests. */
  readonly webhooksLocal: boolean;
  /** Suite of the evidence log and of a witness's keys: SHA-256 with Ed25519 and ML-DSA-44, or SM3 with SM2. */
  readonly suite: Suite;
  /** Key under which pledged assets are committed to, shared with other institutions: hex digits, or the path of a file with them. */
  readonly consortiumKey: string | null;
  /** The consortium chain; null where there is none, and everything is kept here alone. */
  readonly chain: ChainConfig | null;
  /** File with the institution's key on the chain. */
  readonly chainKey: string;
};

export type ChainConfig = {
  /** JSON-RPC of a node. May hold a password: never log it. */
  readonly url: string;
  /** File with the institution's key. */
  readonly keyFile: string;
  /** Address of the consortium contract; null before it is deployed or known. */
  readonly contract: string | null;
  /** Blocks that must stand on an outcome, its own included, before it counts. */
  readonly confirmations: number;
  /** How often a node is asked for new blocks, in milliseconds. */
  readonly pollMs: number;
};

export class ConfigError extends Error {}

const origin = (text: string | undefined): string | null => {
  if (!text) return null;
  if (/[\s+]/u.test(text) || text.length > 200)
    throw new ConfigError(
      `ZHIWEI_LOG_ORIGIN must be a name without spaces or plus signs, as example.com/log. 环境变量 ZHIWEI_LOG_ORIGIN 应为不含空格与加号的名称，如 example.com/log。`,
    );
  return text;
};

/** An address without path, as `https://zhiwei.example`. */
const address = (name: string, text: string): string => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== text.replace(/\/$/, ""))
    throw new ConfigError(
      `${name} must be an address without a path, as https://zhiwei.example, but is "${text}". 环境变量 ${name} 应为不带路径的网址，如 https://zhiwei.example。`,
    );
  return url.origin;
};

export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const whole = (name: string, fallback: number | null, min: number, max: number): number | null => {
    const text = env[name];
    if (text === undefined || text === "") return fallback;
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new ConfigError(
        `${name} must be a whole number from ${min} to ${max}, but is "${text}". 环境变量 ${name} 应为 ${min} 至 ${max} 的整数。`,
      );
    return value;
  };
  const suiteName = env["ZHIWEI_SUITE"] || "international";
  const suite = SUITES.find((each) => each === suiteName);
  if (!suite)
    throw new ConfigError(
      `ZHIWEI_SUITE must be ${SUITES.join(" or ")}, but is "${suiteName}". 环境变量 ZHIWEI_SUITE 应为 international（国际）或 national（国密）。`,
    );
  const dataFolder = resolve(env["ZHIWEI_DATA"] || join(import.meta.dirname, "../../.zhiwei"));
  const chainUrl = env["ZHIWEI_CHAIN_URL"];
  if (chainUrl && !/^https?:$/.test(URL.parse(chainUrl)?.protocol ?? ""))
    throw new ConfigError(
      "ZHIWEI_CHAIN_URL must be the http or https address of a node's JSON-RPC. 环境变量 ZHIWEI_CHAIN_URL 应为节点 JSON-RPC 的 http 或 https 地址。",
    );
  const chainKey = resolve(env["ZHIWEI_CHAIN_KEY"] || join(dataFolder, "chain", "key"));
  const contract = env["ZHIWEI_CHAIN_CONTRACT"] || null;
  if (contract && !/^0x[0-9a-fA-F]{40}$/.test(contract))
    throw new ConfigError(
      "ZHIWEI_CHAIN_CONTRACT must be an address, 0x and 40 hexadecimal digits. 环境变量 ZHIWEI_CHAIN_CONTRACT 应为合约地址：0x 加 40 位十六进制数。",
    );
  return {
    suite,
    dataFolder,
    databaseUrl: env["DATABASE_URL"] || null,
    host: env["HOST"] || "127.0.0.1",
    port: whole("PORT", 8080, 0, 65535)!,
    lakeMemory: env["ZHIWEI_LAKE_MEMORY"] || "2GB",
    lakeThreads: whole("ZHIWEI_LAKE_THREADS", null, 1, 1024),
    uploadLimit: whole("ZHIWEI_UPLOAD_LIMIT", 4 * 2 ** 30, 1, Number.MAX_SAFE_INTEGER)!,
    logOrigin: origin(env["ZHIWEI_LOG_ORIGIN"]),
    witnessPolicy: env["ZHIWEI_WITNESSES"] ? resolve(env["ZHIWEI_WITNESSES"]) : null,
    publicUrl: env["ZHIWEI_URL"] ? address("ZHIWEI_URL", env["ZHIWEI_URL"]) : null,
    trustedIssuers: (env["ZHIWEI_TRUSTED_ISSUERS"] ?? "")
      .split(",")
      .map((text) => text.trim())
      .filter((text) => text !== "")
      .map((text) => address("ZHIWEI_TRUSTED_ISSUERS", text)),
    hosts: (env["ZHIWEI_HOSTS"] ?? "")
      .split(",")
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ""),
    webhooksLocal: env["ZHIWEI_WEBHOOKS_LOCAL"] === "1",
    chainKey,
    chain: chainUrl
      ? {
          url: chainUrl,
          keyFile: chainKey,
          contract,
          confirmations: whole("ZHIWEI_CHAIN_CONFIRMATIONS", 1, 1, 10_000)!,
          pollMs: whole("ZHIWEI_CHAIN_POLL_MS", 1000, 10, 3_600_000)!,
        }
      : null,
    consortiumKey: env["ZHIWEI_CONSORTIUM_KEY"]?.trim() || null,
  };
};
