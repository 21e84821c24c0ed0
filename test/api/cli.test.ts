import { createHash } from "node:crypto";
import { appendFile, chmod, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { formatVerifierKey, parseVerifierKey } from "../../core/src/tlog/index.ts";
import { logSigners, sha256 } from "../../server/src/evidence/keys.ts";
import { freshSurroundings, salesCsv, serveProcess, zhiwei } from "./server.ts";

const HEADER = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态";

test("help and wrong use: on standard output and status 0, on standard error and status 2", async () => {
  const env = { ZHIWEI_LANG: "en" };
  const help = await zhiwei(env, "--help");
  expect(help).toMatchObject({ status: 0, stderr: "" });
  for (const command of ["serve", "import", "enterprises", "features", "profile", "doctor"]) expect(help.stdout).toContain(`  ${command}`);
  expect((await zhiwei({ ZHIWEI_LANG: "zh" }, "import", "--help")).stdout).toContain("用法: zhiwei import");
  expect((await zhiwei({ LANG: "en_GB.UTF-8" }, "profile", "--help")).stdout).toContain("Usage: zhiwei profile");
  for (const args of [
    [],
    ["nonsense"],
    ["constructor"],
    ["profile"],
    ["profile", "A", "B"],
    ["profile", "A", "--as-of", "2019-02-30"],
    ["features", "A"],
    ["enterprises", "--limit", "0"],
    ["enterprises", "--nonsense"],
    ["import"],
    ["import", "x.csv", "--kind", "nonsense"],
    ["witness"],
    ["witness", "--name", "a b", "--policy", "x"],
    ["witness", "--name", "w", "--policy", "/nonsense"],
  ]) {
    const { status, stdout, stderr } = await zhiwei(env, ...args, "--json");
    expect(status, args.join(" ")).toBe(2);
    if (args.length > 0) expect([stdout, stderr.trim().split("\n").length], args.join(" ")).toEqual(["", 1]);
  }
  expect((await zhiwei({ ...env, PORT: "eighty" }, "enterprises")).status).toBe(2);
});

test("import, enterprises, features, profile and doctor, without a server", async () => {
  await using at = await freshSurroundings();
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await zhiwei(at.env, ...args, "--json");
    return { status, document: stdout === "" ? null : (JSON.parse(stdout) as unknown), lines: stdout.split("\n").length - 1, stderr };
  };
  const good = await at.file("sales.csv", salesCsv("C1", 60));
  const mixed = await at.file(
    "mixed.csv",
    `${HEADER}\nC2,10000001,2019-05-05,B1,100.00,13.00,113.00,有效发票\nC2,10000002,2019-05-06,B1,100.00,13.00,1.00,有效发票\n`,
  );
  const first = await run("import", good, mixed, "--kind", "sales-invoices");
  expect(first).toMatchObject({ status: 1, lines: 1, document: { accepted: 61, quarantined: 1, duplicates: 0 } });
  const { batches } = first.document as { batches: { id: string; file: string; rows: number; sha256: string }[] };
  expect(batches.map(({ file, rows }) => [file, rows])).toEqual([
    ["sales.csv", 60],
    ["mixed.csv", 1],
  ]);
  const again = await run("import", good);
  expect(again).toMatchObject({ status: 0, document: { accepted: 0, quarantined: 0, duplicates: 60 } });

  expect(await run("enterprises", "--limit", "1")).toMatchObject({ status: 0, lines: 1, document: [{ id: "C1", invoices: 60 }] });
  expect(await run("features", "--as-of", "2018-12-31", "C1")).toMatchObject({
    status: 0,
    document: [{ enterprise: "C1", asOf: "2018-12-31" }],
  });
  expect((await run("features", "--as-of", "2019-12-31")).document).toHaveLength(2);
  const profile = await zhiwei(at.env, "profile", "C1", "--as-of", "2018-12-31", "--json");
  expect(profile.status).toBe(0);
  const human = await zhiwei(at.env, "profile", "C1", "--as-of", "2018-12-31");
  // What `--json` prints are the bytes that the hash is of.
  expect(human.stdout).toContain(createHash("sha256").update(profile.stdout.trimEnd()).digest("hex"));
  const unknown = await run("profile", "nobody");
  expect(unknown).toMatchObject({ status: 3, document: null });
  expect(unknown.stderr).toContain("nobody");
  expect((await zhiwei(at.env, "enterprises")).stdout).toContain("C2");

  const missing = await run("import", join(at.folder, "not-there.csv"));
  expect(missing).toMatchObject({ status: 3, document: null });
  expect(missing.stderr).toContain("not-there.csv");

  type Report = { ok: boolean; checks: { name: string; ok: boolean }[] };
  const failing = async () => {
    const { status, document } = await run("doctor");
    const report = document as unknown as Report;
    const names = report.checks.filter((check) => !check.ok && check.name !== "console").map((check) => check.name);
    expect(status).toBe(report.ok ? 0 : 1);
    return names;
  };
  expect(await failing()).toEqual([]);
  const folder = join(at.env.ZHIWEI_DATA, "lake/invoices");
  const [file] = (await readdir(folder)).sort();
  const path = join(folder, file!);
  const bytes = await readFile(path);
  await appendFile(path, "x");
  expect(await failing()).toEqual(["lake-files"]);
  await rm(path);
  expect(await failing()).toEqual(["lake-files"]);
  await writeFile(path, bytes);
  expect(await failing()).toEqual([]);
});

test("the commands work beside a running server, and its pages show what they imported", async () => {
  await using at = await freshSurroundings();
  const server = await serveProcess(at.env);
  try {
    const file = await at.file("sales.csv", salesCsv("C1", 20));
    expect(await zhiwei(at.env, "import", file, "--json")).toMatchObject({ status: 0 });
    expect((await (await fetch(`${server.url}/api/v1/enterprises/C1`)).json()) as object).toMatchObject({ id: "C1", invoices: 20 });
  } finally {
    server.child.kill("SIGTERM");
  }
  expect(await server.ended).toBe(0);
});

test("what cannot work is told in one sentence with its remedy, status 3", async () => {
  await using at = await freshSurroundings();
  const busy = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => busy.once("listening", done));
  const { port } = busy.address() as { port: number };
  const cases: [Record<string, string>, string[], RegExp][] = [
    [{ PORT: String(port) }, ["serve", "--no-demo", "--no-console"], new RegExp(`Port ${port} is in use.*PORT=`)],
    [{ DATABASE_URL: "postgres://postgres@127.0.0.1:1/x" }, ["enterprises"], /PostgreSQL.*does not answer \(ECONNREFUSED\).*DATABASE_URL/],
    [{ ZHIWEI_DATA: "/proc/zhiwei" }, ["enterprises"], /data folder \/proc\/zhiwei cannot be written.*ZHIWEI_DATA/],
  ];
  const locked = join(at.folder, "locked");
  await mkdir(locked);
  await chmod(locked, 0o500);
  if (process.getuid?.() !== 0) cases.push([{ ZHIWEI_DATA: locked }, ["enterprises"], /cannot be written/]);
  for (const [env, args, said] of cases) {
    const { status, stdout, stderr } = await zhiwei({ ...at.env, ...env }, ...args, "--json");
    expect([status, stdout], stderr).toEqual([3, ""]);
    expect(stderr).toMatch(said);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
  busy.close();
});

test("a witness of its own: says its keys, answers, and ends when it is told", async () => {
  await using at = await freshSurroundings();
  const [log] = await logSigners(join(at.folder, "log"), "zhiwei.example/log");
  const policy = await at.file("logs.txt", `log ${formatVerifierKey(log!.key)}\nquorum none\n`);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "../../server/src/cli/main.ts"), "witness", "--name", "bank.example/w1", "--policy", policy, "--json"],
    {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...at.env },
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const line = await new Promise<string>((done) => createInterface(child.stdout).once("line", done));
  const { url, keys } = JSON.parse(line) as { url: string; keys: string[] };
  expect(keys.map((key) => parseVerifierKey(sha256, key)?.type)).toEqual(["ed25519-cosignature", "ml-dsa-44-cosignature"]);
  expect((await fetch(`${url}/add-checkpoint`, { method: "POST", body: "nonsense" })).status).toBe(400);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});
