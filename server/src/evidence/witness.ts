/**
 * A witness 见证人: a small server that a bank or a supervisor runs beside somebody else's log (C2SP tlog-witness). It cosigns a
 * checkpoint only where it goes on from the last one that it cosigned, and keeps what a forking log has signed.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import Fastify, { type FastifyInstance } from "fastify";
import { type Cosigned, type Suite, type VerifierKey, cosignedNote, formatNote, judgeSubmission } from "@zhiwei/core/tlog";
import { type NoteSigner, hashes, sha256, verify, witnessSigners } from "./keys.ts";

export type WitnessAnswer = { readonly status: number; readonly type: string; readonly body: string };

export type Witness = {
  readonly signers: readonly NoteSigner[];
  /** Answers an add-checkpoint request. `now` is signed, and never goes back for a log. */
  addCheckpoint(body: string, now: Date): WitnessAnswer;
  /** The latest checkpoint that was cosigned, by the hash of the log's origin in hex; null where there is none. */
  checkpoint(originHash: string): string | null;
  /** What logs have signed that cannot both be true, newest first: for whoever has to raise the alarm. */
  forks(): readonly { readonly origin: string; readonly at: string; readonly request: string }[];
  close(): void;
};

const PLAIN = "text/plain; charset=utf-8";
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Opens the witness called `name` in its folder, for the logs whose keys are given, of whatever suite. It signs in its own `suite`. */
export const openWitness = async (
  folder: string,
  name: string,
  logs: readonly VerifierKey[],
  suite: Suite = "international",
): Promise<Witness> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const signers = await witnessSigners(join(folder, "keys"), name, suite);
  const store = new DatabaseSync(join(folder, "witness.sqlite"));
  // Stored means on the disk: a cosignature must not outlive the memory of it.
  store.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma busy_timeout = 5000;
    create table if not exists cosigned (origin_hash text primary key, size integer not null, root blob not null, note text not null, time integer not null) strict;
    create table if not exists fork (id integer primary key, origin text not null, at text not null, request text not null) strict;
  `);
  const latest = store.prepare("select size, root, time from cosigned where origin_hash = ?");
  const advance = store.prepare(
    "insert into cosigned values (?, ?, ?, ?, ?) on conflict (origin_hash) do update set size = excluded.size, root = excluded.root, note = excluded.note, time = excluded.time",
  );
  const originHash = (origin: string) => hex(sha256(new TextEncoder().encode(origin)));
  type Kept = Cosigned & { readonly time: number };
  const latestOf = (origin: string) => (latest.get(originHash(origin)) as Kept | undefined) ?? null;
  return {
    signers,
    addCheckpoint: (body, now) => {
      // The write lock is taken before anything is read: what is checked is what is replaced, also beside another process.
      store.exec("begin immediate");
      try {
        const found = judgeSubmission(hashes, body, logs, latestOf, verify);
        if (found.kind === "conflict") return { status: 409, type: "text/x.tlog.size", body: `${found.size}\n` };
        if (found.kind === "refuse") {
          if (found.fork) {
            const [origin = ""] = body.slice(body.indexOf("\n\n") + 2).split("\n");
            store.prepare("insert into fork (origin, at, request) values (?, ?, ?)").run(origin, now.toISOString(), body);
          }
          return { status: found.status, type: PLAIN, body: "" };
        }
        const { checkpoint, note } = found.submission;
        // A clock that was set back must not make the newer statement look the older.
        const time = Math.max(Math.floor(now.getTime() / 1000), latestOf(checkpoint.origin)?.time ?? 1);
        const cosignatures = signers.map((signer) => signer.sign(note.text, time));
        const cosigned = cosignedNote(found.submission, found.logSignatures, cosignatures);
        advance.run(originHash(checkpoint.origin), checkpoint.size, checkpoint.root, cosigned, time);
        const lines = formatNote({ text: "", signatures: cosignatures }).slice(1);
        return { status: 200, type: PLAIN, body: lines };
      } finally {
        // Whatever has been written is to stay: an advance, or the proof of a fork.
        store.exec("commit");
      }
    },
    checkpoint: (hash) => {
      const row = store.prepare("select note from cosigned where origin_hash = ?").get(hash) as { note: string } | undefined;
      return row?.note ?? null;
    },
    forks: () =>
      store.prepare("select origin, at, request from fork order by id desc").all() as { origin: string; at: string; request: string }[],
    close: () => store.close(),
  };
};

/** Room for 63 lines of proof and a checkpoint with 16 signatures that a quantum computer does not break. */
const MOST_BYTES = 256 * 1024;

/** The witness over HTTP; submission and monitoring share one prefix. */
export const witnessApp = (witness: Witness, now: () => Date = () => new Date()): FastifyInstance => {
  const app = Fastify({ bodyLimit: MOST_BYTES });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post("/add-checkpoint", (request, reply) => {
    const bytes = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return reply.code(400).type(PLAIN).send("");
    }
    const answer = witness.addCheckpoint(text, now());
    return reply.code(answer.status).type(answer.type).send(answer.body);
  });
  app.get<{ Params: { hash: string } }>("/:hash/checkpoint", (request, reply) => {
    const note = witness.checkpoint(request.params.hash);
    return note === null ? reply.code(404).type(PLAIN).send("") : reply.type(PLAIN).send(note);
  });
  return app;
};
