import { DEMO_POLICY_APPROVER, DEMO_POLICY_MAKER, demoPolicy } from "../../../demo/policy.ts";
import { OPERATOR } from "../access/actor.ts";
import type { Db } from "../db/index.ts";
import { liveProducts } from "../product/store.ts";
import { propose, settle } from "./policy.ts";

/** Each lender of the demonstration region that has none comes with a policy, put into force through the same steps as any other. */
export const adoptDemonstrationPolicies = async (db: Db): Promise<void> => {
  const { products } = await liveProducts(db);
  const known = new Set((await db.selectFrom("decision_policy").select("provider").distinct().execute()).map(({ provider }) => provider));
  for (const provider of new Set(products.map(({ product }) => product.provider.id))) {
    if (known.has(provider) || !provider.startsWith("demo-")) continue;
    const { version, sha256 } = await propose(db, OPERATOR, provider, demoPolicy(provider), DEMO_POLICY_MAKER);
    await settle(db, OPERATOR, provider, version, { approve: true, sha256, by: DEMO_POLICY_APPROVER });
  }
};
