import { getFeatures, listFeatures } from "@zhiwei/api/features";
import type { Text } from "@zhiwei/core/basics";
import { type Family, catalogue } from "@zhiwei/core/features";
import { permitRead } from "../consent/index.ts";
import type { Serve } from "../http/routes.ts";
import { asOfDay } from "../system/as-of.ts";
import { type System, platformOf } from "../system/state.ts";
import { catalogueHash, featuresOf } from "./index.ts";

const FAMILIES: Readonly<Record<Family, Text>> = {
  scale: { zh: "规模", en: "Scale" },
  activity: { zh: "活跃度", en: "Activity" },
  growth: { zh: "成长", en: "Growth" },
  stability: { zh: "稳定性", en: "Stability" },
  season: { zh: "季节性", en: "Season" },
  margin: { zh: "毛利", en: "Margin" },
  concentration: { zh: "集中度", en: "Concentration" },
  loyalty: { zh: "客户与供应商关系", en: "Loyalty of counterparties" },
  quality: { zh: "发票质量", en: "Quality of invoices" },
  tax: { zh: "税负", en: "Tax" },
  graph: { zh: "交易网络", en: "Network of trade" },
  cash: { zh: "现金流", en: "Cash" },
};

const described = catalogue.map(({ id, family, name, unit, windowMonths, formula, direction, missing, movedBySplitting, rows }) => ({
  id,
  family,
  familyName: FAMILIES[family],
  name,
  unit,
  windowMonths,
  formula,
  direction,
  missing,
  movedBySplitting,
  traceable: rows.source === "invoices",
}));

export const featureRoutes = (serve: Serve, system: System): void => {
  serve(listFeatures, () => ({ catalogue: catalogueHash, features: described }));

  serve(getFeatures, async ({ params, query }, { actor }) => {
    const platform = platformOf(system);
    const permit = await permitRead(platform.db, actor, {
      enterprise: params.id,
      purpose: query.purpose,
      classes: ["profile"],
      what: "features",
    });
    const asOf = await asOfDay(platform.db, query.asOf);
    const values = await featuresOf(platform, permit, asOf);
    // Before the first record nothing is known of an enterprise, which is not the same as zero.
    return { enterprise: params.id, asOf, values: Object.fromEntries(catalogue.map(({ id }) => [id, values?.[id] ?? null])) };
  });
};
