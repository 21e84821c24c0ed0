/**
 * The other end of the wire, a process of its own: sends what it is told to and times each answer. Without a rate, each connection sends as
 * soon as it has its answer; with one, requests come at even intervals whether or not answers do, and waiting for a free connection counts.
 */
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";

export type Load = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requests: readonly { readonly path: string; readonly body: string }[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second; null as many as are answered. */
  readonly rate: number | null;
};
export type Found = {
  readonly answered: number;
  readonly refused: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
};

const run = async ({ url, headers, requests, connections, seconds, rate }: Load): Promise<Found> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let [sent, refused, bytes] = [0, 0, 0];
  const once = (since: number) =>
    new Promise<void>((done, fail) => {
      const { path, body } = requests[sent++ % requests.length]!;
      const text = body.replace("KEY", randomUUID());
      const message = request(
        `${url}${path}`,
        {
          method: "POST",
          agent,
          headers: {
            ...headers,
            "content-type": "application/json",
            "content-length": Buffer.byteLength(text),
          },
        },
        (response) => {
          response.on("data", (chunk: Buffer) => (bytes += chunk.length));
          response.on("end", () => {
            if (response.statusCode === 200) times.push(performance.now() - since);
            else refused++;
            done();
          });
          response.on("error", fail);
        },
      );
      message.on("error", fail);
      message.end(text);
    });
  const start = performance.now();
  const end = start + seconds * 1000;
  if (rate === null)
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (performance.now() < end) await once(performance.now());
      }),
    );
  else {
    const open: Promise<void>[] = [];
    for (let i = 0; start + (i * 1000) / rate < end; i++) {
      const due = start + (i * 1000) / rate;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((done) => setTimeout(done, wait));
      open.push(once(due));
    }
    await Promise.all(open);
  }
  const took = (performance.now() - start) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(1));
  return { answered: times.length, refused, seconds: took, bytes, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
};

process.on("message", (load: Load) => {
  void run(load).then((found) => process.send!(found));
});
