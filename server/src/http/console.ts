import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { noSuchAddress } from "./refusal.ts";

export const WEB = join(import.meta.dirname, "../../../web");
export const DIST = join(WEB, "dist");

/** Shown until the console is built; it asks again by itself. */
const BUILDING = `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>知微 Zhiwei</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:20vh auto 0;padding:0 1rem;color:#222;background:#fff}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#141414}}</style></head>
<body><main><h1>知微 Zhiwei</h1>
<p role="status">控制台正在构建，通常需要几秒钟；完成后本页会自动打开。</p>
<p lang="en">The console is being built, which takes a few seconds; this page opens it as soon as it is there.</p>
<p><a href="/api/v1/system">/api/v1/system</a> · <a href="/openapi.json">/openapi.json</a></p></main></body></html>`;

/** The built console, with its start page for every address that is a page of it. */
export const serveConsole = (app: FastifyInstance): void => {
  // Not `serve`d by the plugin itself: the folder may not exist yet, and is replaced when the console is built anew.
  void app.register(fastifyStatic, { root: WEB, serve: false, dotfiles: "deny" });
  const startPage = (reply: FastifyReply) => {
    void reply.header("cache-control", "no-cache");
    return existsSync(join(DIST, "index.html"))
      ? reply.sendFile("index.html", DIST, { cacheControl: false })
      : reply.type("text/html; charset=utf-8").send(BUILDING);
  };
  app.get<{ Params: { "*": string } }>("/*", (request, reply) => {
    const path = request.params["*"];
    const hasEnding = /\.[a-z0-9]+$/i.test(path);
    // A page of the console may end like a file (an enterprise called A.B): a browser that asks for a page gets one.
    const wantsPage = request.headers.accept?.includes("text/html") === true;
    if (!hasEnding || (wantsPage && !existsSync(join(DIST, path)))) return startPage(reply);
    // Files below assets/ carry their hash in their name.
    if (path.startsWith("assets/")) return reply.sendFile(path, DIST, { immutable: true, maxAge: 365 * 24 * 3600 * 1000 });
    void reply.header("cache-control", "no-cache");
    return reply.sendFile(path, DIST, { cacheControl: false });
  });
  app.setNotFoundHandler((request) => {
    throw noSuchAddress(request.url);
  });
};
