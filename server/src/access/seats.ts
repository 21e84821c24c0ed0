/**
 * Seats 席位 of the demonstration: a visitor looks at the platform from where one of its users sits. A seat needs no password, so it
 * counts only while the platform is a demonstration without accounts, on this machine (actor-of.ts).
 */
import type { Seat } from "@zhiwei/api/access";
import type { Text } from "@zhiwei/core/basics";
import { sql } from "kysely";
import type { Db } from "../db/index.ts";
import { type Actor, OPERATOR } from "./actor.ts";
import { enterpriseOf, listParties, ownerOf, partyOf } from "./parties.ts";

const SEATS: readonly { readonly id: string; readonly party: string; readonly post: Text }[] = [
  { id: "operator", party: "operator", post: { zh: "平台运营", en: "Operations" } },
  { id: "demo-bank-a", party: "demo-bank-a", post: { zh: "信贷员", en: "Credit officer" } },
  { id: "demo-bank-a-risk", party: "demo-bank-a", post: { zh: "风控", en: "Risk officer" } },
  { id: "demo-bank-a-product", party: "demo-bank-a", post: { zh: "产品经理", en: "Product manager" } },
  { id: "demo-bank-b", party: "demo-bank-b", post: { zh: "信贷员", en: "Credit officer" } },
  { id: "demo-guarantor", party: "demo-guarantor", post: { zh: "担保经办", en: "Guarantee officer" } },
  { id: "demo-insurer", party: "demo-insurer", post: { zh: "承保员", en: "Underwriter" } },
  { id: "demo-bureau", party: "demo-bureau", post: { zh: "普惠金融岗", en: "Inclusive-finance officer" } },
  { id: "demo-supervisor", party: "demo-supervisor", post: { zh: "监管岗", en: "Supervisory officer" } },
];
export const OPERATOR_SEAT = SEATS[0]!;
const OWNER: Text = { zh: "企业负责人", en: "Owner" };

export type Seated = { readonly actor: Actor; readonly post: Text };

/** Who sits on a seat; null where there is no such seat. */
export const seatOf = async (db: Db, id: string): Promise<Seated | null> => {
  if (id === OPERATOR_SEAT.id) return { actor: OPERATOR, post: OPERATOR_SEAT.post };
  const enterprise = enterpriseOf(id);
  const seat = SEATS.find((each) => each.id === id);
  const party = enterprise === null ? seat && (await partyOf(db, seat.party)) : await partyOf(db, id);
  if (!party) return null;
  const post = seat?.post ?? OWNER;
  return { actor: { party: party.id, kind: party.kind, enterprise, name: post.zh, post: post.zh }, post };
};

export const listSeats = async (db: Db): Promise<Seat[]> => {
  const parties = new Map((await listParties(db)).map((party) => [party.id, party]));
  return SEATS.flatMap(({ id, party, post }) => {
    const found = parties.get(party);
    return found ? [{ id, party: found, post }] : [];
  });
};

/** Seats of owners whose enterprise's id or name has `search` in it; the first twenty as people count. */
export const findOwnerSeats = async (db: Db, search: string): Promise<Seat[]> => {
  const like = `%${search.trim().replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
  const found = await db
    .selectFrom("enterprise")
    .select(["id", "name"])
    .where((is) => is.or([is("id", "ilike", like), is("name", "ilike", like)]))
    .orderBy(sql`length(id)`)
    .orderBy("id")
    .limit(20)
    .execute();
  return found.map(({ id, name }) => ({ id: `enterprise:${id}`, party: ownerOf(id, name), post: OWNER }));
};

const COOKIE = "zhiwei_seat";

export const seatCookie = (id: string): string => `${COOKIE}=${encodeURIComponent(id)}; Path=/; HttpOnly; SameSite=Strict`;

/** The seat that a request's cookie names; null where it names none. */
export const seatAsked = (cookies: string | undefined): string | null => {
  const value = /(?:^|;\s*)zhiwei_seat=([^;]*)/.exec(cookies ?? "")?.[1];
  try {
    return value ? decodeURIComponent(value) : null;
  } catch {
    return null;
  }
};
