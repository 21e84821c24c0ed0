import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type Subtree,
  consistencyProof,
  formatCheckpoint,
  formatNote,
  formatSubmission,
  leafHash,
  parseCheckpoint,
  parseNote,
  rootOf,
  subtreeOf,
  verifySignatures,
} from "@zhiwei/core/tlog";
import { logSigners, sha256, verify } from "./keys.ts";
import { openWitness, witnessApp } from "./witness.ts";

const ORIGIN = "zhiwei.example/log";
const treeOf = (mark: number) =>
  subtreeOf(
    sha256,
    Array.from({ length: 200 }, (_, i) => leafHash(sha256, Uint8Array.of(i < 50 ? 0 : mark, i))),
  );
const honest = treeOf(0);

const opened = async () => {
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-witness-"));
  const log = await logSigners(join(folder, "log"), ORIGIN);
  const logs = log.map((each) => each.key);
  const witness = await openWitness(join(folder, "witness"), "bank.example/witness", logs);
  const signed = (size: number, subtree: Subtree) => {
    const text = formatCheckpoint({ origin: ORIGIN, size, root: rootOf(sha256, subtree, size), extensions: [] });
    return formatNote({ text, signatures: log.map((signer) => signer.sign(text, 1_700_000_000)) });
  };
  return {
    folder,
    logs,
    witness,
    app: witnessApp(witness),
    request: (old: number, size: number, subtree = honest) =>
      formatSubmission(old, consistencyProof(sha256, subtree, old, size), signed(size, subtree)),
    [Symbol.asyncDispose]: async () => {
      witness.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

test("cosigns what goes on, by both kinds of key; says the size where it does not; serves the latest", async () => {
  await using at = await opened();
  const post = (body: string) => at.app.inject({ method: "POST", url: "/add-checkpoint", payload: body });
  const first = await post(at.request(0, 60));
  expect(first.statusCode).toBe(200);
  const text = parseNote(at.request(0, 60).split("\n\n").slice(1).join("\n\n"))!.text;
  const note = parseNote(`${text}\n${first.body}`)!;
  const keys = at.witness.signers.map((each) => each.key);
  expect(verifySignatures(note, keys, verify)).toMatchObject({ verified: [{ key: keys[0] }, { key: keys[1] }], refused: null });
  const stale = await post(at.request(0, 90));
  expect([stale.statusCode, stale.body, stale.headers["content-type"]]).toEqual([409, "60\n", "text/x.tlog.size"]);
  expect((await post(at.request(60, 90))).statusCode).toBe(200);
  const hash = Buffer.from(sha256(new TextEncoder().encode(ORIGIN))).toString("hex");
  const served = await at.app.inject(`/${hash}/checkpoint`);
  const latest = parseNote(served.body)!;
  expect(parseCheckpoint(latest.text)!.size).toBe(90);
  // The log's two signatures and the witness's two.
  expect(verifySignatures(latest, [...at.logs, ...keys], verify).verified).toHaveLength(4);
  expect((await at.app.inject(`/${"0".repeat(64)}/checkpoint`)).statusCode).toBe(404);
  expect((await post("not a request")).statusCode).toBe(400);
  expect((await at.app.inject({ method: "POST", url: "/add-checkpoint", payload: Buffer.from([0xff, 0xfe]) })).statusCode).toBe(400);
});

test("a fork is refused, and what the log signed is kept as the proof of it", async () => {
  await using at = await opened();
  const now = new Date("2026-01-05T00:00:00Z");
  expect(at.witness.addCheckpoint(at.request(0, 100), now).status).toBe(200);
  const forked = at.request(100, 100, treeOf(1));
  expect(at.witness.addCheckpoint(forked, now).status).toBe(422);
  expect(at.witness.addCheckpoint(at.request(100, 150, treeOf(1)), now).status).toBe(422);
  expect(at.witness.forks()).toEqual([{ origin: ORIGIN, at: now.toISOString(), request: forked }]);
  expect(at.witness.addCheckpoint(at.request(100, 150), now).status).toBe(200);
});

test("what was cosigned is remembered by the next process, and the time that is signed never goes back", async () => {
  await using at = await opened();
  at.witness.addCheckpoint(at.request(0, 100), new Date("2026-01-05T00:00:00Z"));
  const again = await openWitness(join(at.folder, "witness"), "bank.example/witness", at.logs);
  try {
    expect(again.signers.map((each) => each.key)).toEqual(at.witness.signers.map((each) => each.key));
    expect(again.addCheckpoint(at.request(0, 120), new Date())).toMatchObject({ status: 409, body: "100\n" });
    const { body } = again.addCheckpoint(at.request(100, 120), new Date("2020-01-01T00:00:00Z"));
    const text = formatCheckpoint({ origin: ORIGIN, size: 120, root: rootOf(sha256, honest, 120), extensions: [] });
    const keys = again.signers.map((each) => each.key);
    const { verified } = verifySignatures(parseNote(`${text}\n${body}`)!, keys, verify);
    expect(verified.map((each) => each.timestamp)).toEqual([1_767_571_200, 1_767_571_200]);
    // Two processes on one store: each sees what the other has cosigned.
    expect(at.witness.addCheckpoint(at.request(100, 130), new Date())).toMatchObject({ status: 409, body: "120\n" });
  } finally {
    again.close();
  }
});

test("many requests at once: sizes only ever grow, and every answer is of a tree that was the latest when it was given", async () => {
  await using at = await opened();
  await at.app.listen({ port: 0, host: "127.0.0.1" });
  try {
    const { port } = at.app.server.address() as { port: number };
    let size = 0;
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, k) => {
        for (let turn = 0; turn < 12; turn++) {
          const target = Math.min(200, size + 1 + ((k * 7 + turn * 3) % 9));
          const old = size;
          if (target <= old) continue;
          const reply = await fetch(`http://127.0.0.1:${port}/add-checkpoint`, { method: "POST", body: at.request(old, target) });
          const body = await reply.text();
          if (reply.status === 200) {
            seen.push(target);
            size = Math.max(size, target);
          } else {
            expect(reply.status).toBe(409);
            size = Math.max(size, Number(body));
          }
        }
      }),
    );
    expect(seen.length).toBeGreaterThan(5);
    // Accepted in the order of their sizes, each once: none was rolled back by a slower one.
    expect(seen.toSorted((a, b) => a - b)).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    const hash = Buffer.from(sha256(new TextEncoder().encode(ORIGIN))).toString("hex");
    expect(parseCheckpoint(parseNote(at.witness.checkpoint(hash)!)!.text)!.size).toBe(Math.max(...seen));
  } finally {
    await at.app.close();
  }
});
