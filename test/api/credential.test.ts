import { createHash } from "node:crypto";
import { SDJwtVcInstance, TypeMetadataFormatSchema } from "@sd-jwt/sd-jwt-vc";
import * as fc from "fast-check";
import { type JWK, compactVerify, decodeJwt, importJWK } from "jose";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../api/src/index.ts";
import { CLAIMS, type ClaimPath, SALES_THRESHOLDS } from "../../core/src/credential/index.ts";
import type { EvidenceRecord } from "../../core/src/evidence/index.ts";
import { entryOf } from "../../core/src/evidence/index.ts";
import { revokeCredential } from "../../server/src/credential/issue.ts";
import { type Issuer, issuerOf, statusToken } from "../../server/src/credential/issuer.ts";
import { trustOf } from "../../server/src/credential/routes.ts";
import { type Expected, type Trust, verifyPresentation } from "../../server/src/credential/verify.ts";
import { sha256 } from "../../server/src/evidence/keys.ts";
import { hasher, openWallet } from "../wallet.ts";
import { salesCsv, testServer } from "./server.ts";

let server: Awaited<ReturnType<typeof testServer>>;
let issuer: Issuer;
let wallet: Awaited<ReturnType<typeof openWallet>>;
let credential: string;
const db = () => server.system.running!.platform.db;

beforeAll(async () => {
  server = await testServer();
  await server.importFile("e.csv", "企业代号,企业名称\nT1,***电器销售有限公司\nT2,***五金加工厂\n", { kind: "enterprises" });
  await server.importFile("t1.csv", salesCsv("T1", 300), { kind: "sales-invoices" });
  await server.importFile("t2.csv", salesCsv("T2", 40, 20_000_000), { kind: "sales-invoices" });
  issuer = await issuerOf(server.system);
  wallet = await openWallet();
  credential = await fetched(wallet, "T1");
});
afterAll(() => server[Symbol.asyncDispose]());

const offerOf = (id: string) => server.call(routes.offerCredential, { params: { id } });
const fetched = async (by: typeof wallet, id: string): Promise<string> => {
  const { offer, txCode } = await offerOf(id);
  return by.fetchCredential(offer, txCode);
};
const hashOf = (sdJwt: string) => createHash("sha256").update(sdJwt.split("~")[0]!).digest("hex");
const summaryOf = async (enterprise: string, sdJwt: string) =>
  (await server.call(routes.listCredentials, { params: { id: enterprise } })).find((each) => each.sha256 === hashOf(sdJwt))!;
const recordsAbout = async (about: string): Promise<{ position: number; record: EvidenceRecord; salt: Buffer; entry: Buffer }[]> =>
  (
    await db()
      .selectFrom("evidence_record as r")
      .innerJoin("evidence_leaf as l", "l.position", "r.position")
      .select(["r.position", "r.record", "r.salt", "l.entry"])
      .where("r.about", "=", about)
      .orderBy("r.position")
      .execute()
  ).map(({ position, record, salt, entry }) => ({ position, salt: salt!, entry, record: JSON.parse(record!) as EvidenceRecord }));

const UNASKED = () => ({ audience: `${server.url}/credential/verify`, challenge: null, asked: [] }) satisfies Expected;
const trust = (): Trust => trustOf(server.system, issuer);
const GRADE_AND_THRESHOLD: readonly ClaimPath[] = [
  ["credit", "grade"],
  ["annualSalesAtLeast", "1000000"],
];
const presented = (chosen = GRADE_AND_THRESHOLD, iat?: number) =>
  wallet.present(credential, chosen, UNASKED().audience, "of the wallet's own", iat);
const failedIn = (report: { checks: readonly { id: string; state: string }[] }) =>
  report.checks.filter(({ state }) => state === "failed").map(({ id }) => id);

describe("issuance, by a wallet that was not written here", () => {
  test("the credential holds every claim, hides all of them, and is bound to the wallet's key", () => {
    const [jwt, ...rest] = credential.split("~") as [string, ...string[]];
    const payload = decodeJwt(jwt) as Record<string, unknown>;
    expect(payload).toMatchObject({
      iss: server.url,
      vct: `${server.url}/vct/enterprise-profile/1`,
      asOf: "2018-05-30",
      cnf: { jwk: wallet.jwk },
    });
    expect(
      rest
        .slice(0, -1)
        .map((each) => (JSON.parse(Buffer.from(each, "base64url").toString()) as [string, string])[1])
        .toSorted(),
    ).toEqual(CLAIMS.map(({ path }) => path[1]).toSorted());
    // What stands in the clear is of the list of claims that are always shown, or hashes.
    expect(Object.keys(payload).toSorted()).toEqual([
      "_sd_alg",
      "annualSales",
      "annualSalesAtLeast",
      "asOf",
      "cnf",
      "credit",
      "dimensions",
      "enterprise",
      "evidence",
      "exp",
      "flags",
      "iat",
      "iss",
      "records",
      "status",
      "vct",
    ]);
    for (const group of new Set(CLAIMS.map(({ path }) => path[0]))) expect(Object.keys(payload[group] as object)).toEqual(["_sd"]);
  });

  test("credential and log meet: the log commits to the issuing, and before it to the profile that the credential names", async () => {
    const report = await verifyPresentation(
      await presented([
        ["evidence", "profileSha256"],
        ["evidence", "log"],
        ["evidence", "position"],
      ]),
      trust(),
      UNASKED(),
      new Date(),
    );
    const value = (name: string) => report.shown.find(({ path }) => path[1] === name)!.value;
    const { origin } = await server.call(routes.getLog);
    expect(value("log")).toBe(origin);
    const { sha256: profileHash } = await server.call(routes.getProfile, { params: { id: "T1" }, query: {} });
    expect(value("profileSha256")).toBe(profileHash);
    const [profile] = await recordsAbout(profileHash);
    expect(profile!.position).toBe(value("position"));
    expect(profile!.record).toMatchObject({ kind: "profile", subject: "T1", content: { asOf: "2018-05-30", sha256: profileHash } });
    const [issued, ...more] = await recordsAbout(hashOf(credential));
    expect(more).toEqual([]);
    expect(issued!.record).toMatchObject({
      kind: "credential",
      subject: "T1",
      content: { act: "issued", profile: profileHash, by: "operator" },
    });
    expect(issued!.position).toBeGreaterThan(profile!.position);
    for (const { entry, salt, record } of [profile!, issued!])
      expect(Buffer.from(entryOf(sha256, salt, record)).equals(Buffer.from(entry))).toBe(true);
  });

  test("a code serves once, within its tries; a token serves once, even of two at the same moment", async () => {
    const first = await offerOf("T1");
    const other = await openWallet();
    const redeemed = await other.redeem(first.offer, first.txCode);
    await expect(other.redeem(first.offer, first.txCode)).rejects.toThrow(/not known, or was used/);
    const race = await Promise.allSettled([other.ask(redeemed), other.ask(redeemed), other.ask(redeemed)]);
    expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(other.ask(redeemed)).rejects.toThrow(/invalid_token/);

    const second = await offerOf("T1");
    const wrong = second.txCode === "000000" ? "000001" : "000000";
    for (let miss = 0; miss < 5; miss++) await expect(other.redeem(second.offer, wrong)).rejects.toThrow(/Invalid 'tx_code'/);
    await expect(other.redeem(second.offer, second.txCode)).rejects.toThrow(/not known, or was used/);
    await expect(other.redeem(second.offer.replace(/(code%22%3A%22).{5}/, "$1AAAAA"), second.txCode)).rejects.toThrow(/not known/);
    expect(await server.refusal(routes.offerCredential, { params: { id: "nobody" } })).toEqual({ status: 404, code: "not-found" });
  });

  test("no key without proof of possession, no proof without a nonce of ours", async () => {
    const { offer, txCode } = await offerOf("T1");
    const other = await openWallet();
    const { accessToken, issuerMetadata } = await other.redeem(offer, txCode);
    const { c_nonce } = await other.vci.requestNonce({ issuerMetadata });
    const ask = async (nonce: string, change: (jwt: string) => string = (jwt) => jwt) => {
      const { jwt } = await other.vci.createCredentialRequestJwtProof({
        issuerMetadata,
        signer: { method: "jwk", publicJwk: other.jwk, alg: "ES256" },
        nonce,
        credentialConfigurationId: "enterprise-profile",
      });
      const reply = await fetch(`${server.url}/openid4vc/credential`, {
        method: "POST",
        headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
        body: JSON.stringify({ credential_configuration_id: "enterprise-profile", proofs: { jwt: [change(jwt)] } }),
      });
      return [reply.status, ((await reply.json()) as { error?: string }).error];
    };
    expect(await ask("made up")).toEqual([400, "invalid_nonce"]);
    expect(await ask(c_nonce.replace(/\.\d+\./, ".9999999999."))).toEqual([400, "invalid_nonce"]);
    // Another's key in the header, which this wallet cannot sign with.
    const header = Buffer.from(JSON.stringify({ alg: "ES256", typ: "openid4vci-proof+jwt", jwk: wallet.jwk })).toString("base64url");
    expect(await ask(c_nonce, (jwt) => [header, ...jwt.split(".").slice(1)].join("."))).toEqual([400, "invalid_proof"]);
    const unauthorized = await fetch(`${server.url}/openid4vc/credential`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(unauthorized.status).toBe(401);
    expect((await ask(c_nonce))[0]).toBe(200);
  });

  test("only the enterprise itself and the operator, each with his hand in the evidence; a bank verifies", async () => {
    const owner = await server.as("enterprise:T1");
    const bank = await server.as("demo-bank-a");
    const { offer, txCode } = await owner.call(routes.offerCredential, { params: { id: "T1" } });
    const mine = await (await openWallet()).fetchCredential(offer, txCode);
    expect((await recordsAbout(hashOf(mine)))[0]!.record.content["by"]).toBe("enterprise:T1");
    expect(await summaryOf("T1", mine)).toMatchObject({ issuedBy: "enterprise:T1", state: "valid" });
    // The read of the profile is traced as the own one, or as the operator's.
    const traces = await db()
      .selectFrom("consent_read")
      .select(["party", "basis"])
      .where("what", "=", "credential")
      .where("enterprise_id", "=", "T1")
      .orderBy("id")
      .execute();
    expect([traces[0], traces.at(-1)]).toEqual([
      { party: "operator", basis: "operation" },
      { party: "enterprise:T1", basis: "own" },
    ]);
    const { id } = await summaryOf("T1", mine);
    for (const [route, input] of [
      [routes.listCredentials, { params: { id: "T1" } }],
      [routes.offerCredential, { params: { id: "T1" } }],
      [routes.revokeCredential, { params: { id: "T1", credential: id }, body: { reason: "x" } }],
    ] as const) {
      expect(await bank.refusal(route, input as never)).toEqual({ status: 403, code: "not-for-this-party" });
      expect(await owner.refusal(route, { ...input, params: { ...input.params, id: "T2" } } as never)).toEqual({
        status: 403,
        code: "not-your-enterprise",
      });
    }
    const { id: request } = await bank.call(routes.requestPresentation, { body: { purpose: "贷前核验", asked: [] } });
    const other = await server.as("demo-bank-b");
    expect(await other.refusal(routes.getPresentation, { params: { id: request } })).toEqual({ status: 404, code: "not-found" });
    expect(await owner.refusal(routes.getPresentation, { params: { id: request } })).toEqual({ status: 403, code: "not-for-this-party" });
    expect(await other.refusal(routes.verifyCredential, { body: { presentation: mine, request } })).toEqual({
      status: 404,
      code: "not-found",
    });
    await bank.call(routes.getPresentation, { params: { id: request } });
  });
});

/** The package's own verifier, fed by nothing but what is published over HTTP. */
const foreignVerifier = async () => {
  const issuerUrl = server.url;
  const metadata = (await (await fetch(`${issuerUrl}/.well-known/jwt-vc-issuer`)).json()) as { issuer: string; jwks: { keys: JWK[] } };
  expect(metadata.issuer).toBe(issuerUrl);
  const key = await importJWK(metadata.jwks.keys[0]!, "ES256");
  const verifier = (text: string, signature: string) =>
    compactVerify(`${text}.${signature}`, key).then(
      () => true,
      () => false,
    );
  return new SDJwtVcInstance({
    hasher,
    hashAlg: "sha-256",
    verifier,
    kbVerifier: async (text, signature, payload) =>
      compactVerify(`${text}.${signature}`, await importJWK(payload.cnf!.jwk as JWK, "ES256")).then(
        () => true,
        () => false,
      ),
    statusListFetcher: async (uri) => {
      const reply = await fetch(uri);
      expect(reply.headers.get("content-type")).toBe("application/statuslist+jwt");
      return reply.text();
    },
    loadTypeMetadataFormat: true,
    vctFetcher: async (uri) => TypeMetadataFormatSchema.parse(await (await fetch(uri)).json()),
  });
};

describe("a verifier that was not written here", () => {
  test("accepts what is shown, sees nothing else, and refuses it once it is revoked", async () => {
    const own = await openWallet();
    const mine = await fetched(own, "T1");
    const verifier = await foreignVerifier();
    const token = await own.present(mine, GRADE_AND_THRESHOLD, "https://bank.example", "a nonce of the bank's");
    const { payload, kb, typeMetadata } = await verifier.verify(token, { keyBindingNonce: "a nonce of the bank's" });
    expect(payload).toMatchObject({ asOf: "2018-05-30", credit: { grade: null }, annualSalesAtLeast: { "1000000": false } });
    expect(payload["annualSales"]).toEqual({});
    expect(kb!.payload).toMatchObject({ aud: "https://bank.example" });
    expect(typeMetadata!.mergedTypeMetadata.claims).toHaveLength(CLAIMS.length + 7);
    const { id } = await summaryOf("T1", mine);
    await server.call(routes.revokeCredential, { params: { id: "T1", credential: id }, body: { reason: "设备遗失" } });
    await expect(verifier.verify(token, { keyBindingNonce: "a nonce of the bank's" })).rejects.toThrow();
    // Of the others none is touched.
    await verifier.verify(await wallet.present(credential, [], "https://bank.example", "n"), { keyBindingNonce: "n" });
  });

  test("another platform believes it where its operator names the issuer, and no other", async () => {
    for (const trusted of [true, false]) {
      await using bank = await testServer(trusted ? { ZHIWEI_TRUSTED_ISSUERS: server.url } : {});
      const there = await issuerOf(bank.system);
      const own = await wallet.present(credential, GRADE_AND_THRESHOLD, `${bank.url}/credential/verify`, "n");
      const report = await bank.call(routes.verifyCredential, { body: { presentation: own } });
      expect([report.accepted, failedIn(report)]).toEqual(trusted ? [true, []] : [false, ["issuer"]]);
      if (!trusted) expect([report.shown, report.credential]).toEqual([[], null]);
      expect(there.jwk.x).not.toBe(issuer.jwk.x);
    }
  });
});

describe("presentation", () => {
  test("a bank asks, a wallet answers, and the bank sees what it asked for and nothing else", async () => {
    const asked = [{ path: ["credit", "grade"] }, { path: ["annualSalesAtLeast", "1000000"], values: [true, false] }];
    const request = await server.call(routes.requestPresentation, { body: { purpose: "贷前核验", asked } });
    expect(request).toMatchObject({ asked, report: null, answeredAt: null });
    expect(await wallet.answer(credential, request.uri)).toMatchObject({ status: 200 });
    const { report } = await server.call(routes.getPresentation, { params: { id: request.id } });
    expect(report!.accepted).toBe(true);
    expect(report!.checks.map(({ id, state }) => [id, state])).toEqual(
      ["form", "issuer", "signature", "disclosures", "type", "validity", "status", "holder", "challenge", "asked"].map((id) => [
        id,
        "passed",
      ]),
    );
    expect(report!.shown.map(({ path, words }) => [path.join("/"), words.en])).toEqual([
      ["credit/grade", "the platform does not know"],
      ["annualSalesAtLeast/1000000", "net sales of the last 12 months are below CNY 1,000,000"],
    ]);
    expect(report!.hidden).toHaveLength(CLAIMS.length - 2);
    expect(report!.sales).toEqual({ from: null, to: 1_000_000 });
    const again = await wallet.answer(credential, request.uri);
    expect([again.status, again.text]).toEqual([400, expect.stringContaining("answered already")]);
    // The figure is nowhere in what the bank has.
    const { profile } = await server.call(routes.getProfile, { params: { id: "T1" }, query: {} });
    const figure = String(profile.features["net_sales_12m"]!.value);
    const kept = await db().selectFrom("credential_request").select("presentation").where("id", "=", request.id).executeTakeFirstOrThrow();
    const readable = kept
      .presentation!.split(/[~.]/)
      .map((part) => Buffer.from(part, "base64url").toString())
      .join("\n");
    expect(readable).not.toContain(figure);
    expect(
      credential
        .split("~")
        .map((part) => Buffer.from(part, "base64url").toString())
        .join("\n"),
    ).toContain(figure);
  });

  test("an answer with less than was asked, to another request, or passed on by somebody else, is told apart", async () => {
    const ask = () => server.call(routes.requestPresentation, { body: { purpose: "核验", asked: [{ path: ["flags", "all"] }] } });
    const [one, two] = [await ask(), await ask()];
    await wallet.answer(credential, one.uri, [["credit", "grade"]]);
    const less = (await server.call(routes.getPresentation, { params: { id: one.id } })).report!;
    expect(failedIn(less)).toEqual(["asked"]);
    expect(less.checks.at(-1)!.text.en).toContain("flags/all");
    const request = (uri: string) => new URL(uri).searchParams;
    const elsewhere = await wallet.present(
      credential,
      [["flags", "all"]],
      request(one.uri).get("client_id")!,
      request(one.uri).get("nonce")!,
    );
    const verify = (presentation: string, id?: string) =>
      server.call(routes.verifyCredential, { body: { presentation, ...(id ? { request: id } : {}) } });
    expect(failedIn(await verify(elsewhere, one.id))).toEqual([]);
    expect(failedIn(await verify(elsewhere, two.id))).toEqual(["challenge"]);
    const otherNonce = await wallet.present(
      credential,
      [["flags", "all"]],
      request(two.uri).get("client_id")!,
      request(one.uri).get("nonce")!,
    );
    expect(failedIn(await verify(otherNonce, two.id))).toEqual(["challenge"]);
    expect(failedIn(await verify(elsewhere))).toEqual(["challenge"]);
    const thief = await openWallet();
    const stolen = await thief.present(credential, [["flags", "all"]], UNASKED().audience, "n");
    const report = await verify(stolen);
    expect([report.accepted, failedIn(report), report.checks.find(({ id }) => id === "holder")!.text.en]).toEqual([
      false,
      ["holder"],
      "The holder's signature is not by the key that the credential is bound to.",
    ]);
    const copy = await verify(credential);
    expect([copy.accepted, failedIn(copy)]).toEqual([false, ["holder"]]);
    const unasked = await verify(await presented());
    expect([unasked.accepted, unasked.checks.find(({ id }) => id === "challenge")!.state]).toEqual([true, "open"]);
  });

  test("what is asked for must be in the credential; requests and answers of others are not found", async () => {
    const body = { purpose: "x", asked: [{ path: ["credit", "secret"] }] };
    expect(await server.refusal(routes.requestPresentation, { body })).toEqual({ status: 422, code: "no-such-claim" });
    expect((await server.refusal(routes.getPresentation, { params: { id: crypto.randomUUID() } })).code).toBe("not-found");
    for (const id of [crypto.randomUUID(), "nonsense"]) {
      const reply = await fetch(`${server.url}/openid4vc/responses/${id}`, {
        method: "POST",
        body: new URLSearchParams({ vp_token: "{}" }),
      });
      expect(reply.status).toBe(404);
    }
  });

  test("time: not before it was issued, not after it expired, and unasked for a day only", async () => {
    const token = await presented();
    const after = async (seconds: number, text = token) =>
      failedIn(
        await verifyPresentation(text, { ...trust(), statusList: () => listAt(seconds) }, UNASKED(), new Date(Date.now() + seconds * 1000)),
      );
    const listAt = async (seconds: number) => (await statusToken(db(), issuer, 0, new Date(Date.now() + seconds * 1000)))!;
    expect(await after(0)).toEqual([]);
    expect(await after(23 * 3600)).toEqual([]);
    expect(await after(25 * 3600)).toEqual(["challenge"]);
    expect(await after(91 * 24 * 3600)).toEqual(["validity", "challenge"]);
    expect(await after(-3600)).toEqual(["validity", "challenge"]);
    const old = async () => (await statusToken(db(), issuer, 0, new Date(Date.now() - 25 * 3600_000)))!;
    expect(failedIn(await verifyPresentation(token, { ...trust(), statusList: old }, UNASKED(), new Date()))).toEqual(["status"]);
  });
});

describe("revocation", () => {
  test("the bit and the evidence are there together, at once and for good", async () => {
    const own = await openWallet();
    const mine = await fetched(own, "T2");
    const token = await own.present(mine, [], UNASKED().audience, "n");
    const verify = () => verifyPresentation(token, trust(), UNASKED(), new Date());
    expect((await verify()).accepted).toBe(true);
    const { id } = await summaryOf("T2", mine);
    // A transaction that fails at its very end leaves neither the bit nor the record.
    await sql`create function fail_once() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$`.execute(db());
    await sql`create trigger fail_once before insert on evidence_record for each row execute function fail_once()`.execute(db());
    await expect(revokeCredential(db(), "T2", id, { by: "operator", reason: "x" }, new Date())).rejects.toThrow("no room");
    await sql`drop trigger fail_once on evidence_record`.execute(db());
    expect((await verify()).accepted).toBe(true);
    expect((await summaryOf("T2", mine)).state).toBe("valid");

    const revoke = () => server.call(routes.revokeCredential, { params: { id: "T2", credential: id }, body: { reason: "更换经营者" } });
    const both = await Promise.allSettled([revoke(), revoke()]);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(failedIn(await verify())).toEqual(["status"]);
    expect((await recordsAbout(hashOf(mine))).map(({ record }) => record.content["act"])).toEqual(["issued", "revoked"]);
    expect(await summaryOf("T2", mine)).toMatchObject({ state: "revoked", reason: "更换经营者" });
    expect(await server.refusal(routes.revokeCredential, { params: { id: "T2", credential: id }, body: { reason: "x" } })).toEqual({
      status: 409,
      code: "already-revoked",
    });
    const foreign = await summaryOf("T1", credential);
    expect(await server.refusal(routes.revokeCredential, { params: { id: "T2", credential: foreign.id }, body: { reason: "x" } })).toEqual({
      status: 404,
      code: "not-found",
    });
    for (const statement of [
      sql`update credential set revoked_at = null, revoked_by = null, reason = null where id = ${id}`,
      sql`update credential set expires_at = now() where id = ${foreign.id}`,
      sql`delete from credential where id = ${foreign.id}`,
    ])
      await expect(statement.execute(db())).rejects.toThrow("can be revoked, and nothing else");
  });

  test("places in the list are drawn from all of it, and no two are the same", async () => {
    const rows = await db().selectFrom("credential").select(["status_list", "status_index"]).execute();
    expect(new Set(rows.map(({ status_index }) => status_index)).size).toBe(rows.length);
    expect(rows.every(({ status_list }) => status_list === 0)).toBe(true);
    // Were they given in order, the last of a handful would be a small number.
    expect(Math.max(...rows.map(({ status_index }) => status_index))).toBeGreaterThan(100);
    expect((await fetch(`${server.url}/status-lists/7`)).status).toBe(404);
  });
});

describe("whatever is changed is refused, and named", () => {
  /** One bit of a text's UTF-8 turned. */
  const turned = (text: string, bit: number): string => {
    const bytes = Buffer.from(text);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    return bytes.toString("latin1");
  };
  /** The checks that may fail where a bit of this part was turned. */
  const PARTS = ["credential", "disclosure", "holder"] as const;
  const partOf = (text: string, bit: number): (typeof PARTS)[number] => {
    const at = bit >> 3;
    if (at < text.indexOf("~")) return "credential";
    return at <= text.lastIndexOf("~") ? "disclosure" : "holder";
  };
  const NAMED = {
    credential: ["form", "issuer", "signature"],
    disclosure: ["form", "disclosures"],
    holder: ["form", "holder"],
  };

  test("any bit of credential, disclosures and holder's signature", async () => {
    const token = await presented();
    const list = await trust().statusList(`${server.url}/status-lists/0`);
    const fixed: Trust = { ...trust(), statusList: async () => list };
    const now = new Date();
    const verify = (text: string) => verifyPresentation(text, fixed, UNASKED(), now);
    expect((await verify(token)).accepted).toBe(true);
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: Buffer.byteLength(token) * 8 - 1 }), async (bit) => {
        const report = await verify(turned(token, bit));
        const part = partOf(token, bit);
        expect(report.accepted).toBe(false);
        const [first] = failedIn(report);
        expect(NAMED[part]).toContain(first);
        seen.add(`${part}:${first}`);
      }),
      { numRuns: 1500 },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(["credential:form", "credential:signature", "disclosure:disclosures", "holder:holder"]),
    );
    // The last character of a signature has bits that no byte has: they are looked at too.
    for (const at of [token.indexOf("~") - 1, token.length - 1])
      for (let bit = 0; bit < 8; bit++) expect((await verify(turned(token, at * 8 + bit))).accepted).toBe(false);
  });

  test("any bit of the status list", async () => {
    const token = await presented();
    const list = await trust().statusList(`${server.url}/status-lists/0`);
    const verify = (text: string) => verifyPresentation(token, { ...trust(), statusList: async () => text }, UNASKED(), new Date());
    expect((await verify(list)).accepted).toBe(true);
    const bits = Buffer.byteLength(list) * 8;
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.integer({ min: 0, max: bits - 1 }), fc.integer({ min: bits - 8, max: bits - 1 })), async (bit) => {
        const report = await verify(turned(list, bit));
        expect([report.accepted, failedIn(report)]).toEqual([false, ["status"]]);
      }),
      { numRuns: 400 },
    );
    expect(failedIn(await verify((await statusToken(db(), { ...issuer, url: "https://other.example" }, 0, new Date()))!))).toEqual([
      "status",
    ]);
  });

  test("disclosures added, taken away, twice, or of another credential; parts of two presentations put together", async () => {
    const token = await presented();
    const [jwt, one, two, binding] = token.split("~") as [string, string, string, string];
    const other = (await fetched(wallet, "T1")).split("~")[1]!;
    const failed = async (text: string) => failedIn(await verifyPresentation(text, trust(), UNASKED(), new Date()));
    expect(await failed([jwt, one, two, binding].join("~"))).toEqual([]);
    expect(await failed([jwt, one, binding].join("~"))).toEqual(["holder"]);
    expect(await failed([jwt, two, one, binding].join("~"))).toEqual(["holder"]);
    expect(await failed([jwt, one, two, credential.split("~")[1]!, binding].join("~"))).toEqual(["holder"]);
    expect(await failed([jwt, one, one, two, binding].join("~"))).toEqual(["disclosures", "holder"]);
    expect(await failed([jwt, one, two, other, binding].join("~"))).toEqual(["disclosures", "holder"]);
    const later = (await presented(GRADE_AND_THRESHOLD, Math.floor(Date.now() / 1000) - 5)).split("~").at(-1)!;
    expect(await failed([jwt, one, two, later].join("~"))).toEqual([]);
    const more = (await presented([...GRADE_AND_THRESHOLD, ["flags", "all"]])).split("~").at(-1)!;
    expect(await failed([jwt, one, two, more].join("~"))).toEqual(["holder"]);
    for (const text of ["", "~", "a.b.c~", `${jwt}`, `${jwt}~x`, `${"A".repeat(70_000)}~`, "null~null"])
      expect(await failed(text)).toEqual(["form"]);
    // A token of the same key for another purpose is no credential.
    const list = await trust().statusList(`${server.url}/status-lists/0`);
    expect(await failed(`${list}~`)).toEqual(["form"]);
  });

  test("thresholds: all of them are in each credential", () => {
    const values = credential
      .split("~")
      .slice(1, -1)
      .map((each) => JSON.parse(Buffer.from(each, "base64url").toString()) as [string, string, unknown]);
    for (const yuan of SALES_THRESHOLDS) expect(values.find(([, name]) => name === String(yuan))![2]).toBe(false);
    // 128 bits of salt, and no two alike.
    const salts = values.map(([salt]) => salt);
    expect(new Set(salts).size).toBe(salts.length);
    for (const salt of salts) expect(Buffer.from(salt, "base64url")).toHaveLength(16);
  });
});
