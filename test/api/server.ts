import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checker } from "../../api/src/check.ts";
import { ApiError, client } from "../../api/src/client.ts";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import { type Input, type Output, ProblemSchema, type Route } from "../../api/src/route.ts";
import { DEMONSTRATION } from "../../demo/load.ts";
import { addDemonstrationParties } from "../../server/src/access/parties.ts";
import { seatCookie } from "../../server/src/access/seats.ts";
import { readConfig } from "../../server/src/config.ts";
import { startServer } from "../../server/src/main.ts";
import { platformOf } from "../../server/src/system/state.ts";
import { freshDatabase } from "../database.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A database and a data folder of a test's own, as the settings of a command. */
export const freshSurroundings = async () => {
  const database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-api-"));
  const env = { ZHIWEI_DATA: join(folder, "data"), DATABASE_URL: database.url, PORT: "0", ZHIWEI_LAKE_MEMORY: "512MB", ZHIWEI_LANG: "en" };
  return {
    env,
    folder,
    /** Writes a file for an import and gives its path. */
    file: async (name: string, text: string | Uint8Array) => {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
export type Surroundings = Awaited<ReturnType<typeof freshSurroundings>>;

const checks = new Map<Route, ReturnType<typeof checker>>();
const problemFits = checker(ProblemSchema);

/** A client that holds every answer, also a refusal, against the contract. `headers` say who asks, where somebody in particular does. */
export const apiAt = (url: string, headers: Readonly<Record<string, string>> = {}) => {
  const call = client((address, init) => fetch(address, { ...init, headers: { ...headers, ...init.headers } }), url);
  return {
    url,
    call: async <R extends Route>(route: R, input: Partial<Input<R>> = {}): Promise<Output<R>> => {
      const document = await call(route, input);
      const check = checks.get(route) ?? checker(route.reply);
      checks.set(route, check);
      const misfit = check(document);
      if (misfit) throw new Error(`the answer to ${route.id} does not fit the contract at ${misfit.at}: ${misfit.rule}`);
      return document;
    },
    /** The refusal that a call must meet with. */
    refusal: async <R extends Route>(route: R, input: Partial<Input<R>> = {}): Promise<{ status: number; code: string }> => {
      try {
        await call(route, input);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const misfit = problemFits(error.problem);
        if (misfit) throw new Error(`the refusal of ${route.id} is no Problem at ${misfit.at}: ${misfit.rule}`, { cause: error });
        return { status: error.status, code: error.problem.code };
      }
      throw new Error(`${route.id} was not refused`);
    },
    upload: async (name: string, bytes: string | Uint8Array<ArrayBuffer>) => {
      const form = new FormData();
      form.set("file", new Blob([bytes]), name);
      const reply = await fetch(`${url}${API_PREFIX}${routes.uploadFile.path}`, { method: "POST", body: form, headers });
      return { status: reply.status, document: (await reply.json()) as Output<typeof routes.uploadFile> & { code?: string } };
    },
    /** Uploads, imports and waits for the end of the job. */
    importFile: async (
      name: string,
      bytes: string | Uint8Array<ArrayBuffer>,
      body: Partial<Input<typeof routes.startImport>["body"]> = {},
    ) => {
      const api = apiAt(url, headers);
      const { document } = await api.upload(name, bytes);
      const kind = body.kind ?? document.kind;
      if (!kind) throw new Error(`no kind found for ${name}`);
      const job = await api.call(routes.startImport, { body: { ...body, upload: document.upload, kind } });
      return waitForJob(api, job.id);
    },
  };
};
export type Api = ReturnType<typeof apiAt>;

/** Asks until the job has ended; the interval is politeness, not luck. */
export const waitForJob = async (api: Pick<Api, "call">, id: string) => {
  for (;;) {
    const job = await api.call(routes.getImport, { params: { id } });
    if (job.state === "done" || job.state === "failed") return job;
    await new Promise((done) => setTimeout(done, 25));
  }
};

/** The whole server in this process, empty and without the console; a demonstration from the first seat that is taken. */
export const testServer = async (more: Readonly<Record<string, string>> = {}) => {
  const surroundings = await freshSurroundings();
  const running = await startServer(readConfig({ ...surroundings.env, ...more }), { demo: false, console: false, onProgress: () => {} });
  await running.ready;
  return {
    ...apiAt(running.url),
    surroundings,
    system: running.system,
    /** A client on a seat of the demonstration: `demo-bank-a`, `enterprise:E1` … */
    as: async (seat: string): Promise<Api> => {
      await addDemonstrationParties(platformOf(running.system).db);
      running.system.demonstration = DEMONSTRATION;
      return apiAt(running.url, { cookie: seatCookie(seat) });
    },
    [Symbol.asyncDispose]: async () => {
      await running.stop();
      await surroundings[Symbol.asyncDispose]();
    },
  };
};

/** The command line as a process of its own. */
export const zhiwei = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  new Promise<{ status: number | null; stdout: string; stderr: string }>((done, fail) => {
    const child = spawn(process.execPath, [join(ROOT, "server/src/cli/main.ts"), ...args], {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", fail);
    child.once("close", (status) => done({ status, stdout, stderr }));
  });

/** `zhiwei serve --json` as a process of its own; resolves once it has said that it is ready. */
export const serveProcess = async (env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [join(ROOT, "server/src/cli/main.ts"), "serve", "--no-demo", "--no-console", "--json"], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const url = await Promise.race([
    new Promise<string>((done) => createInterface(child.stdout).once("line", (line) => done((JSON.parse(line) as { url: string }).url))),
    ended.then((status) => Promise.reject(new Error(`serve ended with ${status}: ${said}`))),
  ]);
  return { ...apiAt(url), child, ended };
};

/** `count` sales of enterprise `enterprise`, two a day from 2018-01-01 on, that add up. */
export const salesCsv = (enterprise: string, count: number, first = 10_000_000): string => {
  const lines = ["企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态"];
  for (let index = 0; index < count; index++) {
    const day = new Date(Date.UTC(2018, 0, 1 + (Math.floor(index / 2) % 730))).toISOString().slice(0, 10);
    const net = 100 + (index % 900);
    lines.push(
      `${enterprise},${first + index},${day},B${index % 7},${net}.00,${(net * 0.13).toFixed(2)},${(net * 1.13).toFixed(2)},有效发票`,
    );
  }
  return `${lines.join("\n")}\n`;
};
