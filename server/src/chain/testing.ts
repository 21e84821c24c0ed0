/** What tests of this room share: a member with a database and a key of its own, and a node that can be made to fail. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "viem";
import { type Anvil } from "../../../test/anvil.ts";
import { freshDatabase } from "../../../test/database.ts";
import type { ChainConfig } from "../config.ts";
import { type Tx, openDb } from "../db/index.ts";
import { type Chain, type Outcome, openChain } from "./index.ts";

/** `down`: nobody answers. `deaf`: the node takes what it is sent, but its answer is lost. */
export type Line = "up" | "down" | "deaf";

/** A line to a node that tests can cut. */
export const lineTo = async (anvil: () => string) => {
  let line: Line = "up";
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const deaf = line === "deaf" && body.includes("eth_sendRawTransaction");
      if (line === "down") return request.socket.destroy();
      fetch(anvil(), { method: "POST", body, headers: { "content-type": "application/json" } })
        .then((answer) => answer.text())
        .then(
          (text) => (deaf ? request.socket.destroy() : response.setHeader("content-type", "application/json").end(text)),
          () => request.socket.destroy(),
        );
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next: Line) => (line = next),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
};

/** A member of a consortium: its database, its key, its line to the node, and what its handler was told. */
export const memberAt = async (anvil: Anvil, contract: () => Hex | null, more: Partial<ChainConfig> = {}) => {
  const database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-chain-"));
  const account = await anvil.account();
  const keyFile = join(folder, "key");
  await mkdir(folder, { recursive: true });
  await writeFile(keyFile, account.key, { mode: 0o600 });
  const db = await openDb(database.url, 4);
  let node = anvil;
  const line = await lineTo(() => node.url);
  const told: [string, Outcome["kind"]][] = [];
  let time = Date.parse("2026-01-05T00:00:00Z");
  let broken: string | null = null;
  const open = () =>
    openChain(
      { db, databaseUrl: database.url },
      { url: line.url, keyFile, contract: contract(), confirmations: 1, pollMs: 20, ...more },
      {
        settled: async (_tx: Tx, claim: string, outcome: Outcome) => {
          if (claim === broken) throw new Error("the room is out of order");
          told.push([claim, outcome.kind]);
        },
      },
      () => new Date(time),
    );
  let chain: Chain | null = null;
  return {
    account,
    db,
    databaseUrl: database.url,
    line,
    told,
    keyFile,
    /** Starts the room anew, as after a crash: nothing is carried over but what is in the database. */
    reopen: async () => {
      await chain?.stop();
      chain = await open();
    },
    get chain(): Chain {
      return chain!;
    },
    advance: async (passes = 1) => {
      chain ??= await open();
      for (let pass = 0; pass < passes; pass++) await chain.advance();
    },
    /** Lets seconds go by on the clock that the worker sees. */
    later: (seconds: number) => (time += seconds * 1000),
    /** Lets the handler fail at one claim. */
    fail: (claim: string | null) => (broken = claim),
    moveTo: (other: Anvil) => (node = other),
    write: <T>(work: (tx: Tx) => Promise<T>) => db.transaction().execute(work),
    [Symbol.asyncDispose]: async () => {
      await chain?.stop();
      await line.close();
      await db.destroy();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
export type Member = Awaited<ReturnType<typeof memberAt>>;
