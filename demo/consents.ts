import type { Text } from "@zhiwei/core/basics";
import { type DataClass, type EnterpriseKind, type Purpose, needsSeparate } from "@zhiwei/core/consent";
import { grantConsents } from "../server/src/consent/index.ts";
import type { Db } from "../server/src/db/index.ts";

/** The bank that the region's enterprises have consented to. Another one, `demo-bank-b`, has nobody's consent. */
const RECIPIENT = "demo-bank-a";
const RECIPIENT_NAME: Text = { zh: "示范银行甲", en: "Demonstration Bank A" };
const PURPOSES: readonly Purpose[] = ["credit-assessment", "loan-application"];
/** Without people and payroll: the region holds none, and nobody consents to more than is needed. */
const CLASSES: readonly DataClass[] = ["profile", "invoices", "bank", "tax", "judicial", "ip"];
const BY = "演示设置（没有企业真实作出） demonstration set-up, given by no enterprise";

/** Gives the demonstration's consents, which say on their face what they are, where none was ever given. */
export const loadConsents = async (db: Db, now = new Date()): Promise<number> => {
  if (await db.selectFrom("consent").select("id").where("given", "=", "demonstration").limit(1).executeTakeFirst()) return 0;
  const enterprises = await db.selectFrom("enterprise").select(["id", "kind"]).orderBy("id").execute();
  const given = await grantConsents(
    db,
    enterprises.map(({ id, kind }) => ({
      enterprise: id,
      recipient: RECIPIENT,
      recipientName: RECIPIENT_NAME,
      purposes: PURPOSES,
      classes: CLASSES,
      separate: CLASSES.filter((each) => needsSeparate(each, kind as EnterpriseKind)),
      months: 12,
      language: "zh",
      shownSha256: null,
      given: "demonstration",
      by: BY,
      note: "",
      request: null,
    })),
    now,
  );
  return given.length;
};
