import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { routes } from "../../api/src/index.ts";
import { addAccount, setPassword } from "../../server/src/access/accounts.ts";
import { platformOf } from "../../server/src/system/state.ts";
import { apiAt, salesCsv, testServer, zhiwei } from "./server.ts";

type Server = Awaited<ReturnType<typeof testServer>>;

const OPERATOR = { party: "operator", email: "Ops@Example.cn", post: "平台运营", password: "correct horse battery" };

const post = (url: string, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const cookieOf = (reply: Response): string =>
  reply.headers
    .getSetCookie()
    .map((each) => each.split(";")[0]!)
    .join("; ");

const signIn = async (url: string, email: string, password: string): Promise<string> => {
  const reply = await post(url, "/sign-in/email", { email, password });
  expect([reply.status, await reply.text()]).toEqual([200, "{}"]);
  return cookieOf(reply);
};
const codeOf = async (reply: Response) => [reply.status, ((await reply.json()) as { code: string }).code];
const signedIn = async (server: Server, account: { party: string; email: string; post: string; password: string; name?: string }) => {
  await addAccount(platformOf(server.system).db, account);
  return apiAt(server.url, { cookie: await signIn(server.url, account.email, account.password) });
};

test("the first account ends the time without sign-in: seats and their cookies are worth nothing from then on", async () => {
  await using server = await testServer();
  await server.importFile("one.csv", salesCsv("E1", 40));
  const seat = await server.as("demo-bank-a");
  expect(await seat.call(routes.getSession)).toMatchObject({ by: "seat", party: { id: "demo-bank-a" } });

  // By another process, as on the command line: the server is told by nobody.
  const added = await zhiwei(
    server.surroundings.env,
    "account",
    "add",
    "--party",
    "operator",
    "--email",
    "ops@example.cn",
    "--post",
    "运营",
    "--json",
  );
  expect(added.status, added.stderr).toBe(0);
  const { password, ...account } = JSON.parse(added.stdout) as { password: string; email: string };
  expect(account).toMatchObject({ email: "ops@example.cn", party: "operator", name: "运营", disabled: false });
  for (const client of [server, seat]) {
    expect(await client.call(routes.getSession)).toMatchObject({ by: "none", party: null, seats: null });
    expect(await client.refusal(routes.listEnterprises)).toEqual({ status: 401, code: "sign-in-needed" });
    expect(await client.refusal(routes.takeSeat, { body: { seat: "operator" } })).toEqual({ status: 403, code: "no-seats" });
    expect(await client.refusal(routes.listOwnerSeats)).toEqual({ status: 403, code: "no-seats" });
  }
  const operator = apiAt(server.url, { cookie: await signIn(server.url, "OPS@example.cn", password) });
  expect(await operator.call(routes.getSession)).toMatchObject({
    by: "account",
    party: { id: "operator" },
    name: "运营",
    recordedAs: "运营（operator）",
    seats: null,
  });
  // Disabling every account does not bring the time before back, nor can one be deleted.
  const { db } = platformOf(server.system);
  await db.updateTable("access_account").set({ disabled: true }).execute();
  await expect(db.deleteFrom("access_account").execute()).rejects.toThrow(/never deleted/);
  expect(await server.refusal(routes.listEnterprises)).toEqual({ status: 401, code: "sign-in-needed" });
}, 180_000);

test("accounts: the first is the operator's, addresses and names once, a password long enough, the last operator stays", async () => {
  await using server = await testServer();
  const add = (body: Partial<{ party: string; email: string; post: string; name: string }>) => ({
    body: { party: "operator", email: "a@example.cn", post: "运营", ...body },
  });
  expect(await server.refusal(routes.addAccount, add({ party: "demo-bank-z" }))).toEqual({ status: 404, code: "no-such-party" });
  await server.call(routes.addParty, { body: { id: "bank-one", kind: "bank", name: { zh: "一号银行", en: "Bank One" } } });
  expect(await server.refusal(routes.addParty, { body: { id: "bank-one", kind: "insurer", name: { zh: "x", en: "x" } } })).toEqual({
    status: 409,
    code: "party-taken",
  });
  expect(await server.refusal(routes.addAccount, add({ party: "bank-one" }))).toEqual({ status: 409, code: "first-account-operator" });
  const first = await server.call(routes.addAccount, add({}));
  const operator = apiAt(server.url, { cookie: await signIn(server.url, "a@example.cn", first.password!) });

  const refused = async (body: Parameters<typeof add>[0]) => (await operator.refusal(routes.addAccount, add(body))).code;
  expect(await refused({ email: "A@Example.cn", name: "另一人" })).toBe("email-taken");
  expect(await refused({ email: "b@example.cn" })).toBe("name-taken");
  expect(await refused({ email: "no address" })).toBe("bad-request");
  expect(await refused({ email: "b@example.cn", party: "enterprise:nobody" })).toBe("no-such-party");
  await operator.call(routes.addAccount, add({ email: "b@example.cn", party: "bank-one" }));
  expect((await operator.call(routes.listAccounts)).map(({ email, party }) => [email, party])).toEqual([
    ["b@example.cn", "bank-one"],
    ["a@example.cn", "operator"],
  ]);
  await expect(addAccount(platformOf(server.system).db, { ...OPERATOR, password: "short" })).rejects.toMatchObject({
    problem: { code: "weak-password" },
  });
  const disable = { params: { id: first.account.id }, body: { change: "disable" as const } };
  expect(await operator.refusal(routes.changeAccount, disable)).toEqual({ status: 409, code: "last-operator" });
});

test("two that make the first account at once: one platform, and each account whole", async () => {
  await using server = await testServer();
  const { db } = platformOf(server.system);
  const results = await Promise.allSettled(
    ["a", "b", "c", "d"].map((name) => addAccount(db, { ...OPERATOR, email: `${name}@example.cn`, name })),
  );
  expect(results.filter((result) => result.status === "fulfilled").length).toBe(4);
  const same = await Promise.allSettled([1, 2, 3].map(() => addAccount(db, { ...OPERATOR, email: "same@example.cn", name: "e" })));
  expect(same.filter((result) => result.status === "fulfilled").length).toBe(1);
  const { rows } = await db
    .selectFrom("access_credential")
    .select("account_id")
    .execute()
    .then((found) => ({ rows: found }));
  expect(rows.length).toBe(5);
});

test("a session: its cookie, its end, its expiry; another's cookie is not taken over", async () => {
  await using server = await testServer();
  const { db } = platformOf(server.system);
  await addAccount(db, OPERATOR);
  // Fixation: a cookie that somebody planted before the sign-in is not the one that is signed in.
  const planted = "zhiwei.session_token=planted.c2lnbmF0dXJl";
  const reply = await post(server.url, "/sign-in/email", { email: OPERATOR.email, password: OPERATOR.password }, { cookie: planted });
  const [set] = reply.headers.getSetCookie();
  expect(set).toMatch(/^zhiwei\.session_token=.*; HttpOnly; SameSite=Strict$/i);
  expect(set).not.toContain("planted");
  expect(await apiAt(server.url, { cookie: planted }).call(routes.getSession)).toMatchObject({ by: "none" });
  const one = apiAt(server.url, { cookie: cookieOf(reply) });
  const two = apiAt(server.url, { cookie: await signIn(server.url, OPERATOR.email, OPERATOR.password) });
  expect(await one.call(routes.getSession)).toMatchObject({ by: "account", name: "平台运营" });
  // A token from the database without the signature that only the server can make.
  const { token } = await db.selectFrom("access_session").select("token").limit(1).executeTakeFirstOrThrow();
  expect(cookieOf(reply)).not.toBe(`zhiwei.session_token=${token}`);
  expect(await apiAt(server.url, { cookie: `zhiwei.session_token=${token}` }).call(routes.getSession)).toMatchObject({ by: "none" });
  expect(await apiAt(server.url, { cookie: `zhiwei.session_token=${token}.AAAA` }).call(routes.getSession)).toMatchObject({ by: "none" });

  // Signed out, the cookie is worth nothing, also to who had copied it; the other session goes on.
  expect((await post(server.url, "/sign-out", {}, { cookie: cookieOf(reply) })).status).toBe(200);
  expect(await one.call(routes.getSession)).toMatchObject({ by: "none" });
  expect(await two.call(routes.getSession)).toMatchObject({ by: "account" });

  // Expiry, by the clock: what is remembered of the session ends with it.
  const { expires_at } = await db.selectFrom("access_session").select("expires_at").executeTakeFirstOrThrow();
  expect(new Date(expires_at).getTime() - Date.now()).toBeLessThanOrEqual(12 * 3600 * 1000);
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(expires_at).getTime() + 1 });
  try {
    expect(await two.refusal(routes.listEnterprises)).toEqual({ status: 401, code: "sign-in-needed" });
  } finally {
    vi.useRealTimers();
  }
});

test("a disabled account, a new password: sessions end at once", async () => {
  await using server = await testServer();
  const { db } = platformOf(server.system);
  const operator = await signedIn(server, OPERATOR);
  await operator.call(routes.addParty, { body: { id: "bank-one", kind: "bank", name: { zh: "一号银行", en: "Bank One" } } });
  const officer = { party: "bank-one", email: "officer@example.cn", post: "信贷员", password: "a password of an officer" };
  const bank = await signedIn(server, officer);
  expect(await bank.call(routes.getSession)).toMatchObject({ by: "account", party: { kind: "bank" }, recordedAs: "信贷员（bank-one）" });
  expect(await bank.refusal(routes.listAccounts)).toEqual({ status: 403, code: "not-for-this-party" });
  expect(await bank.refusal(routes.listImports)).toEqual({ status: 403, code: "not-for-this-party" });

  const { id } = (await operator.call(routes.listAccounts)).find(({ party }) => party === "bank-one")!;
  await operator.call(routes.changeAccount, { params: { id }, body: { change: "disable" } });
  expect(await bank.call(routes.getSession)).toMatchObject({ by: "none" });
  expect(await codeOf(await post(server.url, "/sign-in/email", officer))).toEqual([403, "account-disabled"]);
  // Who does not know the password is not told that there is a disabled account.
  expect(await codeOf(await post(server.url, "/sign-in/email", { ...officer, password: "wrong wrong wrong" }))).toEqual([
    401,
    "sign-in-failed",
  ]);

  await operator.call(routes.changeAccount, { params: { id }, body: { change: "enable" } });
  const again = apiAt(server.url, { cookie: await signIn(server.url, officer.email, officer.password) });
  const { password } = await operator.call(routes.changeAccount, { params: { id }, body: { change: "new-password" } });
  expect(await again.call(routes.getSession)).toMatchObject({ by: "none" });
  expect(await codeOf(await post(server.url, "/sign-in/email", officer))).toEqual([401, "sign-in-failed"]);

  // The officer takes a password of his own; his other session ends, and the one that changed it goes on under a new cookie.
  const old = await signIn(server.url, officer.email, password!);
  const other = apiAt(server.url, { cookie: await signIn(server.url, officer.email, password!) });
  const change = (body: object, cookie = old) => post(server.url, "/change-password", body, { cookie });
  expect(await codeOf(await change({ currentPassword: "not the one", newPassword: "another password of mine" }))).toEqual([
    422,
    "wrong-password",
  ]);
  expect(await codeOf(await change({ currentPassword: password, newPassword: "short" }))).toEqual([422, "weak-password"]);
  expect(await codeOf(await change({ currentPassword: password, newPassword: "another password of mine" }, "none=1"))).toEqual([
    401,
    "sign-in-needed",
  ]);
  const changed = await change({ currentPassword: password, newPassword: "another password of mine" });
  expect(changed.status).toBe(200);
  expect(await apiAt(server.url, { cookie: cookieOf(changed) }).call(routes.getSession)).toMatchObject({ by: "account" });
  expect(await other.call(routes.getSession)).toMatchObject({ by: "none" });

  // At rest there are hashes, and no password anywhere.
  const kept = JSON.stringify(await db.selectFrom("access_credential").selectAll().execute());
  for (const secret of [OPERATOR.password, officer.password, password!, "another password of mine"]) expect(kept).not.toContain(secret);
  await setPassword(db, OPERATOR.email, "yet another password");
  expect(await codeOf(await post(server.url, "/sign-in/email", OPERATOR))).toEqual([401, "sign-in-failed"]);
});

test("better-auth's other addresses are closed, and other sites cannot write to those that are open", async () => {
  await using server = await testServer();
  await addAccount(platformOf(server.system).db, OPERATOR);
  const body = { email: OPERATOR.email, password: OPERATOR.password, name: "x" };
  for (const path of [
    "/sign-up/email",
    "/request-password-reset",
    "/reset-password",
    "/update-user",
    "/delete-user",
    "/list-sessions",
    "/sign-in/social",
    "/callback/x",
    "/sign-in/email/",
    "/../auth/sign-up/email",
  ])
    expect((await post(server.url, path, body)).status, path).toBe(404);
  for (const path of ["/get-session", "/sign-in/email", "/list-sessions"])
    expect((await fetch(`${server.url}/api/auth${path}`)).status, path).toBe(404);
  for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }, { origin: "null" }] as Record<
    string,
    string
  >[])
    expect(await codeOf(await post(server.url, "/sign-in/email", body, headers))).toEqual([403, "cross-site"]);
  // What a form of another site can send without asking is not taken.
  const form = await fetch(`${server.url}/api/auth/sign-in/email`, {
    method: "POST",
    body: new URLSearchParams({ email: OPERATOR.email, password: OPERATOR.password }),
  });
  expect(form.status).toBe(415);
  for (const wrong of [{}, { email: OPERATOR.email }, { email: 1, password: [] }, { email: "x".repeat(2000), password: "y" }])
    expect(await codeOf(await post(server.url, "/sign-in/email", wrong))).toEqual([400, "bad-request"]);
});

test("who tries passwords is told to wait; what a request says of its address is not believed", async () => {
  await using server = await testServer();
  await addAccount(platformOf(server.system).db, OPERATOR);
  const codes: unknown[] = [];
  for (let attempt = 0; attempt < 13; attempt++) {
    const reply = await post(
      server.url,
      "/sign-in/email",
      { email: OPERATOR.email, password: `guess number ${attempt}` },
      { "x-forwarded-for": `203.0.113.${attempt}`, "x-zhiwei-client": `203.0.113.${attempt}`, "x-real-ip": `203.0.113.${attempt}` },
    );
    codes.push((await codeOf(reply))[0]);
  }
  expect(codes).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429, 429]);
});

test("under a public name the cookie goes nowhere without TLS, and each client behind the proxy counts by itself", async () => {
  await using server = await testServer({ ZHIWEI_HOSTS: "credit.example.cn" });
  await addAccount(platformOf(server.system).db, OPERATOR);
  const reply = await post(server.url, "/sign-in/email", OPERATOR);
  const [set] = reply.headers.getSetCookie();
  expect(set).toMatch(/^__Secure-zhiwei\.session_token=/);
  expect(set).toMatch(/; Secure(;|$)/);
  expect(await apiAt(server.url, { cookie: cookieOf(reply) }).call(routes.getSession)).toMatchObject({ by: "account" });
  const attempt = async (client: string) =>
    (
      await post(
        server.url,
        "/sign-in/email",
        { email: OPERATOR.email, password: "a wrong password" },
        { "x-forwarded-for": `1.2.3.4, ${client}` },
      )
    ).status;
  for (let count = 0; count < 10; count++) expect(await attempt("203.0.113.1")).toBe(401);
  expect(await attempt("203.0.113.1")).toBe(429);
  expect(await attempt("203.0.113.2")).toBe(401);
});

test("a signed-in modeller's name is that of the account, whatever he states", async () => {
  await using server = await testServer();
  await using demonstration = await testServer();
  for (const client of [await signedIn(server, OPERATOR), await demonstration.as("demo-bank-a")]) {
    const { document } = await client.upload(
      "loans.csv",
      `借据,月数,是否违约\n${Array.from({ length: 60 }, (_, i) => `L${i},${i % 30},${i % 3 ? "否" : "是"}`).join("\n")}\n`,
    );
    const sample = await client.call(routes.addSample, {
      body: { upload: document.upload, title: "贷款", target: "是否违约", event: "是", id: "借据" },
    });
    let training = await client.call(routes.startTraining, {
      body: {
        sample: sample.id,
        name: "named",
        title: { zh: "x", en: "x" },
        purpose: { zh: "x", en: "x" },
        limits: [],
        by: "别人",
        recipe: { folds: 2, repeats: 1, refits: 2, seed: 1, options: { minIv: 0 } },
      },
    });
    while (training.state === "waiting" || training.state === "running") {
      await new Promise((done) => setTimeout(done, 25));
      training = await client.call(routes.getTraining, { params: { id: training.id } });
    }
    expect(training.problem).toBeNull();
    const recorded = (await client.call(routes.getSession)).recordedAs!;
    const { summary } = await client.call(routes.getScorecard, { params: { id: training.model! } });
    expect(summary.madeBy).toBe(recorded);
    const act = (action: "submit" | "approve", by: string) =>
      ({ params: { id: training.model! }, body: { action, by, ...(action === "approve" ? { sha256: summary.sha256 } : {}) } }) as const;
    await client.call(routes.actOnScorecard, act("submit", "提交岗"));
    expect((await client.refusal(routes.actOnScorecard, act("approve", "审批岗"))).code).toBe("own-model");
  }
  // The second pair of eyes: another account, or another seat of the same bank.
  const risk = await demonstration.as("demo-bank-a-risk");
  const { summary } = await risk.call(routes.getScorecard, { params: { id: "named@1" } });
  const approved = await risk.call(routes.actOnScorecard, {
    params: { id: "named@1" },
    body: { action: "approve", by: "信贷员（demo-bank-a）", sha256: summary.sha256 },
  });
  expect(approved.approvedBy).toBe("风控（demo-bank-a）");
});

test("a key: whoever bears it acts as its account, as long as it holds; at rest there is its hash", async () => {
  await using server = await testServer();
  const { db } = platformOf(server.system);
  const operator = await signedIn(server, OPERATOR);
  await operator.call(routes.addParty, { body: { id: "bank-one", kind: "bank", name: { zh: "一号银行", en: "Bank One" } } });
  const officer = { party: "bank-one", email: "core@example.cn", post: "核心系统", password: "a password of an officer" };
  const { id } = await addAccount(db, officer);
  const { key, secret } = await operator.call(routes.addKey, { params: { id }, body: { name: "core banking", days: 30 } });
  expect(secret).toMatch(/^zw_[A-Za-z]{64}$/);
  expect(new Date(key.expiresAt!).getTime() - Date.now()).toBeGreaterThan(29 * 86_400_000);

  for (const headers of [{ authorization: `Bearer ${secret}` }, { "x-api-key": secret }] as Record<string, string>[]) {
    const machine = apiAt(server.url, headers);
    expect(await machine.call(routes.getSession)).toMatchObject({ by: "key", party: { kind: "bank" }, recordedAs: "核心系统（bank-one）" });
    expect((await machine.call(routes.listParties)).map((party) => party.id)).toContain("bank-one");
    expect(await machine.refusal(routes.listKeys)).toEqual({ status: 403, code: "not-for-this-party" });
  }
  // A key that is none is refused, also beside a cookie that would be enough.
  const cookie = await signIn(server.url, OPERATOR.email, OPERATOR.password);
  for (const wrong of [`${secret}x`, secret.slice(0, -1), `zw_${"a".repeat(64)}`, "zw_", "x".repeat(5000)])
    expect(await apiAt(server.url, { "x-api-key": wrong, cookie }).refusal(routes.listEnterprises), wrong).toEqual({
      status: 401,
      code: "sign-in-needed",
    });
  // A key is no sign-in: it opens nothing of better-auth's.
  expect(
    await codeOf(
      await post(
        server.url,
        "/change-password",
        { currentPassword: officer.password, newPassword: "another password of mine" },
        { "x-api-key": secret },
      ),
    ),
  ).toEqual([401, "sign-in-needed"]);

  const [kept] = await db.selectFrom("access_key").selectAll().execute();
  expect(kept!.key).toBe(createHash("sha256").update(secret).digest("base64url"));
  expect(JSON.stringify(kept)).not.toContain(secret.slice(8));
  expect((await operator.call(routes.listKeys)).map(({ name, lastUsedAt }) => [name, lastUsedAt !== null])).toEqual([
    ["core banking", true],
  ]);

  // The account disabled, the key expired, the key revoked: refused each time.
  const machine = apiAt(server.url, { authorization: `Bearer ${secret}` });
  const refused = { status: 401, code: "sign-in-needed" };
  await operator.call(routes.changeAccount, { params: { id }, body: { change: "disable" } });
  expect(await machine.refusal(routes.listEnterprises)).toEqual(refused);
  await operator.call(routes.changeAccount, { params: { id }, body: { change: "enable" } });
  expect((await machine.call(routes.getSession)).by).toBe("key");
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(key.expiresAt!).getTime() - 1000 });
  try {
    expect((await machine.call(routes.getSession)).by).toBe("key");
    vi.setSystemTime(new Date(key.expiresAt!).getTime() + 1);
    expect(await machine.refusal(routes.listEnterprises)).toEqual(refused);
  } finally {
    vi.useRealTimers();
  }
  const second = await operator.call(routes.addKey, { params: { id }, body: { name: "second", days: 1 } });
  const other = apiAt(server.url, { "x-api-key": second.secret });
  expect((await other.call(routes.getSession)).by).toBe("key");
  await operator.call(routes.revokeKey, { params: { id: second.key.id } });
  expect(await other.refusal(routes.listEnterprises)).toEqual(refused);
  expect(await operator.refusal(routes.revokeKey, { params: { id: second.key.id } })).toEqual({ status: 404, code: "not-found" });
  expect(await operator.refusal(routes.addKey, { params: { id: "nobody" }, body: { name: "x", days: 1 } })).toEqual({
    status: 404,
    code: "not-found",
  });
});

test("the command line makes, lists, disables; a password from standard input is not shown", async () => {
  await using server = await testServer();
  const { env } = server.surroundings;
  const run = (...args: string[]) => zhiwei(env, "account", ...args);
  expect((await run("add", "--party", "operator")).status).toBe(2);
  expect((await run("nonsense")).status).toBe(2);
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, "../../server/src/cli/main.ts"),
      "account",
      "add",
      "--party",
      "operator",
      "--email",
      "ops@example.cn",
      "--post",
      "运营",
      "--ask-password",
      "--json",
    ],
    { env: { PATH: process.env["PATH"], ...env }, stdio: ["pipe", "pipe", "pipe"] },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end("a password from a file\n");
  expect(await new Promise((done) => child.once("close", done))).toBe(0);
  expect(said).not.toContain("a password from a file");
  await signIn(server.url, "ops@example.cn", "a password from a file");
  expect((await run("party", "--party", "bank-one", "--kind", "bank", "--name", "一号银行", "--json")).status).toBe(0);
  expect((await run("party", "--party", "bank-two", "--kind", "enterprise", "--name", "x")).status).toBe(2);
  expect((await run("add", "--party", "bank-one", "--email", "b@example.cn", "--post", "信贷员", "--json")).status).toBe(0);
  expect(JSON.parse((await run("disable", "B@example.cn", "--json")).stdout)).toMatchObject({
    email: "b@example.cn",
    disabled: true,
    password: null,
  });
  expect((await run("disable", "ops@example.cn")).status).toBe(3);
  expect((JSON.parse((await run("list", "--json")).stdout) as { email: string }[]).map(({ email }) => email)).toEqual([
    "b@example.cn",
    "ops@example.cn",
  ]);
}, 300_000);

test("listening for others without an account, the log says how the first is made", async () => {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  try {
    await using _ = await testServer({ ZHIWEI_HOSTS: "credit.example.cn" });
    expect(said.join("")).toContain("zhiwei account add --party operator");
  } finally {
    spy.mockRestore();
  }
});
