import type { Db } from "../db/index.ts";
import { notFound } from "../http/refusal.ts";

/** Refuses with 404 where there is no such enterprise. */
export const requireEnterprise = async (db: Db, id: string): Promise<void> => {
  const found = await db.selectFrom("enterprise").select("id").where("id", "=", id).executeTakeFirst();
  if (!found) throw notFound({ zh: "企业", en: "enterprise" }, id);
};
