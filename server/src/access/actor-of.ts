import type { FastifyRequest } from "fastify";
import type { Text } from "@zhiwei/core/basics";
import type { Config } from "../config.ts";
import { type System, platformOf } from "../system/state.ts";
import { type Actor, OPERATOR } from "./actor.ts";
import { OPERATOR_SEAT, type Seated, seatAsked, seatOf } from "./seats.ts";

/** Who makes a request, and what says so. */
export type Who = {
  readonly by: "account" | "key" | "machine" | "seat";
  readonly actor: Actor;
  readonly post: Text;
  /** The seat taken, in the demonstration. */
  readonly seat: string | null;
};

export type Access = {
  /** Null where nobody is signed in. Throws 503 while the database is not up yet, for until then nobody can be known. */
  who(request: FastifyRequest): Promise<Who | null>;
  /** Whether seats may be taken by whoever makes this request. */
  seatsOpen(request: FastifyRequest): Promise<boolean>;
};

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/i;

/** Headers that a proxy adds: the person behind one does not sit at this machine, wherever the connection comes from. */
const PROXIED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"] as const;

/** Whether only this machine reaches the server. */
export const isLocal = (config: Config): boolean => LOOPBACK.test(config.host) && config.hosts.length === 0;

/**
 * Who acts: the holder of a session or key; before the first account, whoever sits at this machine, in the demonstration on the seat
 * that he took. Accounts are never deleted, so the time before the first one does not come back.
 */
export const openAccess = (system: System): Access => {
  let accounts = false;
  const haveAccounts = async (): Promise<boolean> => {
    if (accounts) return true;
    const { db } = platformOf(system);
    accounts = (await db.selectFrom("access_account").select("id").limit(1).executeTakeFirst()) !== undefined;
    return accounts;
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
    who: async (request) => {
      if (!(await atMachine(request))) return null;
      const asked = system.demonstration ? seatAsked(request.headers.cookie) : null;
      const seat = asked === null ? null : await seated(asked);
      if (seat && seat.actor !== OPERATOR) return { by: "seat", ...seat, seat: asked };
      return { by: "machine", actor: OPERATOR, post: OPERATOR_SEAT.post, seat: system.demonstration ? OPERATOR_SEAT.id : null };
    },
    seatsOpen: async (request) => system.demonstration !== null && (await atMachine(request)),
  };
};
