import { getEnterprise, listEnterprises } from "@zhiwei/api/enterprise";
import { notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { enterpriseList, enterpriseSummary } from "../profile/list.ts";
import { type System, platformOf } from "../system/state.ts";

export const enterpriseRoutes = (serve: Serve, system: System): void => {
  // An owner finds the own enterprise alone.
  serve(listEnterprises, ({ query }, { actor }) => enterpriseList(platformOf(system).db, query, actor.enterprise));

  serve(getEnterprise, async ({ params }) => {
    const found = await enterpriseSummary(platformOf(system).db, params.id);
    if (!found) throw notFound({ zh: "企业", en: "enterprise" }, params.id);
    return found;
  });
};
