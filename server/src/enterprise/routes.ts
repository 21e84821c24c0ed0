import { getEnterprise, listEnterprises } from "@zhiwei/api/enterprise";
import { permitList, permitRead } from "../consent/index.ts";
import { notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { enterpriseList, enterpriseSummary } from "../profile/list.ts";
import { type System, platformOf } from "../system/state.ts";

export const enterpriseRoutes = (serve: Serve, system: System): void => {
  serve(listEnterprises, ({ query: { purpose, ...query } }, { actor }) =>
    enterpriseList(platformOf(system).db, permitList(actor, { purpose, classes: ["profile"], what: "list" }), query),
  );

  serve(getEnterprise, async ({ params, query }, { actor }) => {
    const { db } = platformOf(system);
    const permit = await permitRead(db, actor, {
      enterprise: params.id,
      purpose: query.purpose,
      classes: ["profile"],
      what: "enterprise",
    });
    const found = await enterpriseSummary(db, permit);
    if (!found) throw notFound({ zh: "企业", en: "enterprise" }, params.id);
    return found;
  });
};
