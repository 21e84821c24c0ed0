import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Text } from "@zhiwei/core/basics";
import type { Config } from "../config.ts";
import type { Db } from "../db/index.ts";
import { type System, platformOf } from "../system/state.ts";
import { type Actor, OPERATOR } from "./actor.ts";
import { keyBorne, keyHolder } from "./keys.ts";
import { enterpriseOf, partyOf } from "./parties.ts";
import { OPERATOR_SEAT, type Seated, seatAsked, seatOf } from "./seats.ts";
import { type Auth, openAuth } from "./sign-in.ts";

/** Who makes a request, and what says so. */
export type Who = {
  readonly by: "account" | "key" | "machine" | "seat";
  readonly actor: Actor;
  readonly post: Text;
  /** The seat taken, in the demonstration. */
  readonly seat: string | null;
};

export type Access = {
  /** The library that keeps passwords and sessions. */
  auth(): Promise<Auth>;
  /** Sessions or accounts have changed: what is remembered of them is looked up anew. */
  forget(): void;
  /** Null where nobody is signed in. Throws 503 while the database is not up yet, for until then nobody can be known. */
  who(request: FastifyRequest): Promise<Who | null>;
  /** Whether seats may be taken by whoever makes this request. */
  seatsOpen(request: FastifyRequest): Promise<boolean>;
};

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/i;

/** Headers that a proxy adds: the person behind one does not sit at this machine, wherever the connection comes from. */
const PROXIED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"] as const;

const SESSION_COOKIE = /(?:^|;\s*)(?:__Secure-)?zhiwei\.session_token=([^;]+)/;
const REMEMBERED_MS = 5000;
const MOST_REMEMBERED = 10_000;

/** Whether only this machine reaches the server. */
export const isLocal = (config: Config): boolean => LOOPBACK.test(config.host) && config.hosts.length === 0;

export const anyAccount = async (db: Db): Promise<boolean> =>
  (await db.selectFrom("access_account").select("id").limit(1).executeTakeFirst()) !== undefined;

/**
 * Who acts: the holder of a session or key; before the first account, whoever sits at this machine, in the demonstration on the seat
 * that he took. Accounts are never deleted, so the time before the first one does not come back.
 */
export const openAccess = (system: System): Access => {
  let accounts = false;
  const haveAccounts = async (): Promise<boolean> => {
    if (accounts) return true;
    accounts = await anyAccount(platformOf(system).db);
    return accounts;
  };
  let opened: Promise<Auth> | null = null;
  const auth = (): Promise<Auth> => (opened ??= openAuth(platformOf(system).db, system.config));

  // One look at the database in five seconds, not in each request; another process that ends a session is heard after that.
  let generation = 0;
  const remembered = new Map<string, { readonly who: Who; readonly until: number }>();
  const rememberedOr = async (token: string, look: () => Promise<{ who: Who; expires: number } | null>): Promise<Who | null> => {
    const known = remembered.get(token);
    if (known && known.until > Date.now()) return known.who;
    remembered.delete(token);
    const asked = generation;
    const found = await look();
    if (!found) return null;
    // What was looked up while something changed may be from before.
    if (asked !== generation) return found.who;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(token, { who: found.who, until: Math.min(found.expires, Date.now() + REMEMBERED_MS) });
    return found.who;
  };

  /** The party of an account that works. */
  const holderOf = async (by: "account" | "key", id: string): Promise<Who | null> => {
    const { db } = platformOf(system);
    const account = await db
      .selectFrom("access_account")
      .select(["party", "post", "name", "disabled"])
      .where("id", "=", id)
      .executeTakeFirst();
    const party = account && !account.disabled ? await partyOf(db, account.party) : null;
    if (!account || !party) return null;
    const actor: Actor = { party: party.id, kind: party.kind, enterprise: enterpriseOf(party.id), name: account.name, post: account.post };
    return { by, actor, post: { zh: account.post, en: account.post }, seat: null };
  };

  /** By a key where the request bears one, whatever its cookies say; else by a session. */
  const signedIn = async ({ headers }: FastifyRequest): Promise<Who | null> => {
    const key = keyBorne(headers);
    if (key !== null)
      return rememberedOr(hash("sha256", key), async () => {
        const held = await keyHolder(await auth(), key);
        const who = held && (await holderOf("key", held.account));
        return who && { who, expires: held.expires };
      });
    const { cookie = "" } = headers;
    const token = SESSION_COOKIE.exec(cookie)?.[1];
    if (!token) return null;
    return rememberedOr(token, async () => {
      const session = await (await auth()).api.getSession({ headers: new Headers({ cookie }) });
      const who = session && (await holderOf("account", session.user.id));
      return who && { who, expires: session.session.expiresAt.getTime() };
    });
  };

  const atMachine = async ({ headers }: FastifyRequest): Promise<boolean> =>
    isLocal(system.config) && PROXIED.every((name) => headers[name] === undefined) && !(await haveAccounts());

  // Seats do not change while the server runs.
  const seats = new Map<string, Seated>();
  const seated = async (id: string): Promise<Seated | null> => {
    const known = seats.get(id);
    if (known) return known;
    const found = await seatOf(platformOf(system).db, id);
    if (found) seats.set(id, found);
    return found;
  };

  return {
    auth,
    forget: () => {
      generation++;
      remembered.clear();
    },
    who: async (request) => {
      if (await haveAccounts()) return signedIn(request);
      if (!(await atMachine(request))) return null;
      const asked = system.demonstration ? seatAsked(request.headers.cookie) : null;
      const seat = asked === null ? null : await seated(asked);
      if (seat && seat.actor !== OPERATOR) return { by: "seat", ...seat, seat: asked };
      return { by: "machine", actor: OPERATOR, post: OPERATOR_SEAT.post, seat: system.demonstration ? OPERATOR_SEAT.id : null };
    },
    seatsOpen: async (request) => system.demonstration !== null && (await atMachine(request)),
  };
};
