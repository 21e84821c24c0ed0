import { connect } from "node:net";
import { request } from "node:http";
import { expect, test } from "vitest";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import { testServer } from "./server.ts";

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };

/** A request with headers that `fetch` does not let one set. */
const ask = (url: string, method: string, headers: Record<string, string>, body?: string) =>
  new Promise<Answer>((done, fail) => {
    const sent = request(url, { method, headers, agent: false }, (reply) => {
      let text = "";
      reply.on("data", (chunk: Buffer) => (text += chunk.toString()));
      reply.on("end", () => done({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }));
    });
    sent.on("error", fail);
    sent.end(body);
  });

test("a name that is not ours is refused, also when it leads to this machine", async () => {
  await using server = await testServer({ ZHIWEI_HOSTS: "credit.example.cn, Other.Example" });
  const { port } = new URL(server.url);
  const get = (host: string) => ask(`${server.url}${API_PREFIX}/system`, "GET", { host });
  for (const host of [`localhost:${port}`, "localhost", `127.0.0.1:${port}`, `[::1]:${port}`, "credit.example.cn", "OTHER.example:443"])
    expect((await get(host)).status, host).toBe(200);
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "evil.example:8080"]) {
    const answer = await get(host);
    expect(answer.status, host).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "host-not-allowed" });
  }
});

test("a page of another site changes nothing here", async () => {
  await using server = await testServer();
  const url = `${server.url}${API_PREFIX}${routes.startImport.path}`;
  const { host } = new URL(server.url);
  const body = JSON.stringify({ upload: "x", kind: "sales-invoices" });
  const post = (headers: Record<string, string>) => ask(url, "POST", { host, "content-type": "application/json", ...headers }, body);
  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: `http://${host}.evil.example` },
    { origin: "http://localhost:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ] as Record<string, string>[]) {
    const answer = await post(headers);
    expect(answer.status, JSON.stringify(headers)).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "cross-site" });
  }
  // Our own page and the command line get as far as the upload that does not exist.
  for (const headers of [{}, { origin: `http://${host}`, "sec-fetch-site": "same-origin" }] as Record<string, string>[])
    expect((await post(headers)).status).toBe(404);
  // What a form of another site can send without asking is not taken for JSON.
  expect((await post({ "content-type": "text/plain" })).status).toBe(415);
});

test("every answer carries the headers that bind a browser", async () => {
  await using server = await testServer();
  for (const path of ["/", `${API_PREFIX}/system`, `${API_PREFIX}/nothing`, "/openapi.json"]) {
    const { headers } = await fetch(`${server.url}${path}`);
    expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("access-control-allow-origin")).toBe(null);
  }
});

test("no path leads out of the console's folder", async () => {
  await using server = await testServer();
  const { host } = new URL(server.url);
  for (const path of [
    "/../package.json",
    "/..%2f..%2fpackage.json",
    "/%2e%2e/package.json",
    "/assets/..%2f..%2f..%2fpackage.json",
    "/assets/%2e%2e/%2e%2e/package.json",
    "/.sources",
    "/%00.js",
  ]) {
    // A raw request: clients tidy such paths before they send them.
    const answer = await ask(server.url, "GET", { host }).then(() => raw(server.url, path));
    expect(answer, path).not.toContain('"workspaces"');
    expect(answer, path).toMatch(/^HTTP\/1\.1 (400|403|404) /);
  }
});

const raw = (url: string, path: string) =>
  new Promise<string>((done, fail) => {
    const { hostname, port, host } = new URL(url);
    let text = "";
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    socket.on("end", () => done(text));
    socket.on("error", fail);
  });

test("wrong methods, types and sizes are refused with a problem", async () => {
  await using server = await testServer();
  const { host } = new URL(server.url);
  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    ask(`${server.url}${API_PREFIX}${path}`, method, { host, ...headers }, body);
  const json = { "content-type": "application/json" };
  const deleted = await send("DELETE", "/enterprises", {});
  expect(deleted).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  const answers: [Promise<Answer>, number, string][] = [
    [send("POST", "/records/imports", json, "{"), 400, "bad-request"],
    [send("POST", "/records/imports", json, "[]"), 400, "bad-request"],
    [send("POST", "/records/imports", { "content-type": "application/xml" }, "<a/>"), 415, "wrong-content-type"],
    [send("POST", "/records/imports", json, `{"upload":"${"x".repeat(2 ** 20)}"}`), 413, "too-large"],
    [send("POST", "/records/uploads", json, "{}"), 415, "wrong-content-type"],
    [send("GET", "/enterprises?pageSize=1000", {}), 400, "bad-request"],
    [send("GET", "/enterprises?page=1&page=2", {}), 400, "bad-request"],
    [send("GET", "/enterprises?page=1.5", {}), 400, "bad-request"],
    [send("GET", "/enterprises?page=", {}), 400, "bad-request"],
    [send("GET", "/enterprises?sort=password", {}), 400, "bad-request"],
    [send("GET", "/nothing", {}), 404, "no-such-address"],
    [send("GET", "/%E0%A4%A", {}), 400, "bad-request"],
  ];
  for (const [answer, status, code] of answers) {
    const { status: got, body } = await answer;
    expect([got, (JSON.parse(body) as { code: string }).code], body).toEqual([status, code]);
  }
});
