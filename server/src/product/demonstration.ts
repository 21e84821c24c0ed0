import { DEMO_PRODUCT_MAKER, DEMO_PRODUCT_PUBLISHER, demoProducts } from "../../../demo/products.ts";
import { OPERATOR } from "../access/actor.ts";
import type { Db } from "../db/index.ts";
import { actOnProductVersion, putDraft } from "./store.ts";

/**
 * The demonstration region comes with products, written and published by posts that say so, through the same steps as any other. Doing
 * it again goes on where a stop left it, and leaves alone what anybody changed or withdrew, and a catalogue that is somebody's own.
 */
export const publishDemonstrationProducts = async (db: Db): Promise<void> => {
  const kept = await db.selectFrom("product_version").select(["product_id", "version", "state", "made_by"]).execute();
  if (kept.length > 0 && kept.every(({ made_by }) => made_by !== DEMO_PRODUCT_MAKER)) return;
  for (const product of demoProducts()) {
    const own = kept.filter((row) => row.product_id === product.id);
    const [first] = own;
    if (own.length > 1 || (first && (first.made_by !== DEMO_PRODUCT_MAKER || !["draft", "submitted"].includes(first.state)))) continue;
    const { id } = product;
    if (!first) await putDraft(db, OPERATOR, id, { by: DEMO_PRODUCT_MAKER, document: product });
    if (first?.state !== "submitted") await actOnProductVersion(db, OPERATOR, id, { action: "submit", version: 1, by: DEMO_PRODUCT_MAKER });
    const { sha256 } = await db
      .selectFrom("product_version")
      .select("sha256")
      .where("product_id", "=", id)
      .where("version", "=", 1)
      .executeTakeFirstOrThrow();
    await actOnProductVersion(db, OPERATOR, id, { action: "publish", version: 1, by: DEMO_PRODUCT_PUBLISHER, sha256 });
  }
};
