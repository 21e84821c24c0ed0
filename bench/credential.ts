/**
 * `[PYTHON=…] npm run -s bench:credential`: time to issue a credential over OpenID4VCI and without it, to present, to verify, to make
 * a status list; and, where PYTHON has sd-jwt (`pip install sd-jwt`), what the reference implementation makes of our presentations,
 * sound and changed by one bit. Progress goes to standard error; the last line is JSON.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { client } from "../api/src/client.ts";
import { routes } from "../api/src/index.ts";
import type { ClaimPath } from "../core/src/credential/index.ts";
import { issueCredential } from "../server/src/credential/issue.ts";
import { issuerOf, statusToken } from "../server/src/credential/issuer.ts";
import { trustOf } from "../server/src/credential/routes.ts";
import { verifyPresentation } from "../server/src/credential/verify.ts";
import { readConfig } from "../server/src/config.ts";
import { startServer } from "../server/src/main.ts";
import { openWallet } from "../test/wallet.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);
/** Median and 95th percentile in milliseconds. */
const timed = async (turns: number, work: (turn: number) => Promise<unknown>) => {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const start = performance.now();
    await work(turn);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Number(times[Math.floor(share * (times.length - 1))]!.toFixed(2));
  return { ms: at(0.5), p95Ms: at(0.95) };
};

const folder = await mkdtemp(join(tmpdir(), "zhiwei-credential-"));
const server = await startServer(readConfig({ ZHIWEI_DATA: folder, PORT: "0" }), { demo: true, console: false, onProgress: () => {} });
try {
  await server.ready;
  const { platform } = server.system.running!;
  const issuer = await issuerOf(server.system);
  const wallet = await openWallet();
  const call = client(fetch, server.url);
  const fetchOne = async () => {
    const { offer, txCode } = await call(routes.offerCredential, { params: { id: "E1" } });
    return wallet.fetchCredential(offer, txCode);
  };
  const credential = await fetchOne();
  const now = new Date();
  const asked = { enterprise: "E1", holder: wallet.jwk, by: "operator", log: "bench.example/log" };
  const issued = await timed(200, () => issueCredential(platform, issuer, asked as never, async () => {}, now));
  say(`a credential issued and logged: median ${issued.ms} ms, 95 % within ${issued.p95Ms} ms`);
  const openid = await timed(50, fetchOne);
  say(`the same over OpenID4VCI, offer to credential: ${openid.ms} ms, ${openid.p95Ms} ms`);

  const chosen: readonly ClaimPath[] = [
    ["credit", "grade"],
    ["annualSalesAtLeast", "5000000"],
  ];
  const audience = `${server.url}/credential/verify`;
  const presented = await timed(300, () => wallet.present(credential, chosen, audience, "n"));
  const presentation = await wallet.present(credential, chosen, audience, "n");
  say(`presented: ${presented.ms} ms; ${presentation.length} characters of ${credential.length}`);
  const trust = trustOf(server.system, issuer);
  const expected = { audience, challenge: null, asked: [] };
  const verified = await timed(500, async () => {
    const { accepted } = await verifyPresentation(presentation, trust, expected, new Date());
    if (!accepted) throw new Error("refused");
  });
  const list = await trust.statusList(`${issuer.url}/status-lists/0`);
  const withList = { ...trust, statusList: async () => list };
  const verifiedOnly = await timed(500, () => verifyPresentation(presentation, withList, expected, new Date()));
  const lists = await timed(100, () => statusToken(platform.db, issuer, 0, new Date()));
  say(
    `verified: ${verified.ms} ms with a fresh status list, ${verifiedOnly.ms} ms with one at hand; a list made: ${lists.ms} ms, ${list.length} characters`,
  );

  // The reference implementation, fed by what is published.
  let judged: object | null = null;
  const python = process.env["PYTHON"];
  if (python) {
    const { jwks } = (await (await fetch(`${server.url}/.well-known/jwt-vc-issuer`)).json()) as { jwks: { keys: object[] } };
    const changed = Array.from({ length: 400 }, (_, at) => {
      const bytes = Buffer.from(presentation);
      const place = Math.floor((at * bytes.length) / 400);
      bytes[place]! ^= 1 << (at % 7);
      return bytes.toString("latin1");
    });
    const cases = [presentation, ...changed].map((each) => ({ presentation: each, key: jwks.keys[0], aud: audience, nonce: "n" }));
    const said = JSON.parse(
      execFileSync(python, [join(import.meta.dirname, "credential/judge.py")], {
        input: JSON.stringify(cases),
        maxBuffer: 1 << 26,
      }).toString(),
    ) as { claims?: { credit: object; annualSalesAtLeast: object; annualSales: object }; refused?: string }[];
    const [sound, ...others] = said;
    const { shown } = await verifyPresentation(presentation, trust, expected, new Date());
    const ours = Object.fromEntries(shown.map(({ path, value }) => [path.join("/"), value]));
    const { credit, annualSales, annualSalesAtLeast } = sound!.claims!;
    const theirs = Object.fromEntries(
      Object.entries({ credit, annualSales, annualSalesAtLeast }).flatMap(([group, names]) =>
        Object.entries(names as Record<string, unknown>).map(([name, value]) => [`${group}/${name}`, value]),
      ),
    );
    if (JSON.stringify(theirs) !== JSON.stringify(ours)) throw new Error("the reference implementation reads other claims");
    const accepted = others.filter(({ refused }) => !refused).length;
    const acceptedByUs = (
      await Promise.all(changed.map(async (each) => (await verifyPresentation(each, withList, expected, new Date())).accepted))
    ).filter(Boolean).length;
    judged = { by: "sd-jwt (PyPI)", readsTheSame: true, changed: changed.length, acceptedByIt: accepted, acceptedByUs };
    say(
      `the reference implementation reads the same claims; of ${changed.length} changed by a bit it accepts ${accepted}, we ${acceptedByUs}`,
    );
  } else say("PYTHON is not given: the reference implementation was not asked");

  const figures = {
    cpu: cpus()[0]!.model.split(" ").slice(0, 2).join(" "),
    issued,
    issuedOverOpenid: openid,
    presented,
    verified,
    verifiedWithListAtHand: verifiedOnly,
    statusList: { ...lists, characters: list.length },
    characters: { credential: credential.length, presentation: presentation.length },
    judged,
  };
  process.stdout.write(`${JSON.stringify({ bench: "credential", figures, ratios: {} })}\n`);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
