/**
 * One try to deliver. Whoever subscribes chooses the address, so what this server can reach and the subscriber cannot is kept out of
 * reach: the addresses of private networks, by what a name resolves to in the very look-up that the connection is made with.
 */
import { createHmac } from "node:crypto";
import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP } from "node:net";
import type { AttemptProblem } from "@zhiwei/api/events";

/** Special-purpose registries of IANA (RFC 6890), with multicast and what is reserved. */
const PRIVATE_V4 = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  PRIVATE_V4.addSubnet(net, bits, "ipv4");

/** Of IPv6 only what is routed to the world, without what carries an IPv4 address inside (6to4, Teredo) or is for documents. */
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet("2000::", 3, "ipv6");
const PRIVATE_V6 = new BlockList();
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  PRIVATE_V6.addSubnet(net, bits, "ipv6");

/** Whether an address is one of the public internet. */
export const isPublic = (address: string): boolean => {
  const family = isIP(address);
  if (family === 4) return !PRIVATE_V4.check(address, "ipv4");
  return family === 6 && PUBLIC_V6.check(address, "ipv6") && !PRIVATE_V6.check(address, "ipv6");
};

/** The address that a URL names without a look-up; null where it bears a name. */
const literal = (url: URL): string | null => {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(host) ? host : null;
};

/** Why an address cannot be subscribed; null where it can, as far as can be told without a look-up. */
export const misfitOf = (text: string, local: boolean): "url" | "address" | null => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash) return "url";
  const address = literal(url);
  return address !== null && !local && !isPublic(address) ? "address" : null;
};

class PrivateAddress extends Error {}

type Found = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;
/** The look-up of the system, which gives no private address. */
const publicLookup = (name: string, options: LookupOptions, found: Found): void => {
  lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return found(error);
    const allowed = addresses.filter(({ address }) => isPublic(address));
    if (allowed.length === 0) return found(new PrivateAddress("no public address"));
    if (options.all) return found(null, allowed);
    return found(null, allowed[0]!.address, allowed[0]!.family);
  });
};

/** `v1,<base64>` over `id.timestamp.body` (Standard Webhooks). `at`: seconds since 1970. */
export const signatureOf = (secret: Uint8Array, id: string, at: number, body: string): string =>
  `v1,${createHmac("sha256", secret).update(`${id}.${at}.${body}`).digest("base64")}`;

export type Sent = {
  readonly status: number | null;
  readonly problem: AttemptProblem | null;
  /** What the receiver asks to wait, in milliseconds. */
  readonly retryAfterMs: number;
};

const MOST_READ = 16 * 1024;

/**
 * Posts an event once, signed by each of `secrets` (a receiver takes it that knows one of them). No redirect is followed, and of the answer only the status counts. Rejects only where `stopping` says so: then
 * whether it arrived is not known.
 */
export const send = (
  message: { readonly url: string; readonly id: string; readonly body: string; readonly secrets: readonly Uint8Array[] },
  {
    now,
    timeoutMs,
    local,
    stopping,
  }: { readonly now: Date; readonly timeoutMs: number; readonly local: boolean; readonly stopping: AbortSignal },
): Promise<Sent> => {
  const failed = (problem: AttemptProblem): Sent => ({ status: null, problem, retryAfterMs: 0 });
  // What is kept was checked when it was subscribed, maybe under other settings.
  const misfit = misfitOf(message.url, local);
  if (misfit) return Promise.resolve(failed("address"));
  const url = new URL(message.url);
  const at = Math.floor(now.getTime() / 1000);
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((done, fail) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method: "POST",
      // A connection of its own each time: none is left that was checked long ago.
      agent: false,
      signal: AbortSignal.any([timeout, stopping]),
      ...(local ? {} : { lookup: publicLookup as never }),
      headers: {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "content-length": Buffer.byteLength(message.body),
        "user-agent": "zhiwei-webhooks",
        "webhook-id": message.id,
        "webhook-timestamp": String(at),
        "webhook-signature": message.secrets.map((secret) => signatureOf(secret, message.id, at, message.body)).join(" "),
      },
    });
    const lost = (error: Error): void => {
      if (stopping.aborted) fail(error);
      else done(failed(timeout.aborted ? "timeout" : error instanceof PrivateAddress ? "address" : "unreachable"));
    };
    request.on("error", lost);
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      const seconds = /^\d{1,6}$/.test(response.headers["retry-after"] ?? "") ? Number(response.headers["retry-after"]) : 0;
      const answered = (): void =>
        done({
          status,
          problem: status >= 200 && status < 300 ? null : status === 410 ? "gone" : status >= 300 && status < 400 ? "redirect" : "status",
          retryAfterMs: seconds * 1000,
        });
      let read = 0;
      response.on("data", (chunk: Buffer) => {
        read += chunk.length;
        // The status has been heard; whoever goes on talking is not listened to.
        if (read > MOST_READ) request.destroy();
      });
      response.on("end", answered);
      response.on("error", (error) => (read > MOST_READ ? answered() : lost(error)));
    });
    request.end(message.body);
  });
};
