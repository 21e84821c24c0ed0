/** Parties 当事方: the operator, the institutions, and the owners of enterprises. */
import type { Party } from "@zhiwei/api/access";
import { problem } from "@zhiwei/core/basics";
import type { Selectable } from "kysely";
import type { Db, Tx } from "../db/index.ts";
import { type Revision, remembering } from "../db/revision.ts";
import type { Database } from "../db/schema.ts";
import { Refusal } from "../http/refusal.ts";

type Institution = Party & { readonly kind: Exclude<Party["kind"], "enterprise"> };

const ENTERPRISE = "enterprise:";

/** The enterprise whose owner a party is; null for all others. */
export const enterpriseOf = (party: string): string | null => (party.startsWith(ENTERPRISE) ? party.slice(ENTERPRISE.length) : null);

const toParty = ({ id, kind, name_zh, name_en, demonstration }: Selectable<Database["access_party"]>): Party => ({
  id,
  kind,
  name: { zh: name_zh, en: name_en },
  demonstration,
});

export const listParties = async (db: Db | Tx): Promise<Party[]> =>
  (await db.selectFrom("access_party").selectAll().orderBy("demonstration").orderBy("created_at").orderBy("id").execute()).map(toParty);

const institutions = remembering<Party | null>(["parties"], 1000);

/** An institution as it was registered; null where there is none. */
export const institutionOf = (db: Db, id: string, revision?: Revision | null): Promise<Party | null> =>
  institutions(db, revision, id, () => partyOf(db, id));

/** The party of an id; null where there is none. */
export const partyOf = async (db: Db | Tx, id: string): Promise<Party | null> => {
  const enterprise = enterpriseOf(id);
  if (enterprise === null) {
    const row = await db.selectFrom("access_party").selectAll().where("id", "=", id).executeTakeFirst();
    return row ? toParty(row) : null;
  }
  const row = await db.selectFrom("enterprise").select("name").where("id", "=", enterprise).executeTakeFirst();
  return row ? ownerOf(enterprise, row.name) : null;
};

export const ownerOf = (enterprise: string, name: string): Party => ({
  id: `${ENTERPRISE}${enterprise}`,
  kind: "enterprise",
  name: { zh: name, en: name },
  demonstration: false,
});

const taken = new Refusal(
  409,
  problem("party-taken", "这个机构编号已被使用。", "This id of an institution is taken.", "请换一个编号。", "Take another id."),
);

/** Registers an institution. */
export const addParty = async (db: Db, { id, kind, name }: Omit<Institution, "demonstration">): Promise<Party> => {
  const row = await db
    .insertInto("access_party")
    .values({ id, kind, name_zh: name.zh, name_en: name.en })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) throw taken;
  return toParty(row);
};

const DEMONSTRATION: readonly Omit<Institution, "demonstration">[] = [
  { id: "demo-bank-a", kind: "bank", name: { zh: "示范银行甲", en: "Demonstration Bank A" } },
  { id: "demo-bank-b", kind: "bank", name: { zh: "示范银行乙", en: "Demonstration Bank B" } },
  { id: "demo-guarantor", kind: "guarantor", name: { zh: "示范融资担保公司", en: "Demonstration Guarantee Company" } },
  { id: "demo-insurer", kind: "insurer", name: { zh: "示范保险公司", en: "Demonstration Insurer" } },
  { id: "demo-bureau", kind: "bureau", name: { zh: "示范财政局", en: "Demonstration Finance Bureau" } },
  { id: "demo-supervisor", kind: "supervisor", name: { zh: "示范监管部门", en: "Demonstration Supervisor" } },
];

/** The institutions of the demonstration region; there already, they stay as they are. */
export const addDemonstrationParties = async (db: Db): Promise<void> => {
  await db
    .insertInto("access_party")
    .values(
      DEMONSTRATION.map(({ id, kind, name }) => ({
        id,
        kind,
        name_zh: name.zh,
        name_en: name.en,
        demonstration: true,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};
