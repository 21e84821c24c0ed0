import type { FeatureValues } from "../features/index.ts";
import type { Profile, ProfileDimension } from "./profile.ts";

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
type Strength = Profile["strengths"][number];

/** What speaks for an enterprise: dimensions in the best fifth that are known well enough, and plain facts. */
export const strengthsOf = (values: FeatureValues, dimensions: readonly ProfileDimension[]): readonly Strength[] => {
  const value = (id: string) => values[id] ?? null;
  const strengths: Strength[] = dimensions
    .filter((dimension) => dimension.level?.id === "leading" && dimension.confidence.level !== "low")
    .map((dimension) => ({
      id: `leading-${dimension.id}`,
      name: { zh: `${dimension.name.zh}领先`, en: `Leading in ${dimension.name.en.toLowerCase()}` },
      why: { zh: `位于同业第${dimension.position}百分位。`, en: `At percentile ${dimension.position} of the peers.` },
      features: dimension.features.filter((feature) => feature.value !== null).map((feature) => feature.id),
    }));
  const without = value("months_without_sales_24m");
  if (without === 0)
    strengths.push({
      id: "unbroken-sales",
      name: { zh: "销售连续不断", en: "Unbroken sales" },
      why: { zh: "近24个月每个月都有销售发票。", en: "Every one of the last 24 months has a sale." },
      features: ["months_without_sales_24m"],
    });
  const growth = value("sales_growth_12m");
  if (growth !== null && growth >= 0.2)
    strengths.push({
      id: "sales-growing",
      name: { zh: "销售增长", en: "Growing sales" },
      why: {
        zh: `近12个月净销售额较前12个月增长${percent(growth)}。`,
        en: `Net sales of 12 months are ${percent(growth)} above those of the 12 months before.`,
      },
      features: ["sales_growth_12m"],
    });
  const kept = value("buyer_retention_12m");
  const buyers = value("buyers_12m") ?? 0;
  if (kept !== null && kept >= 0.6 && buyers >= 5)
    strengths.push({
      id: "loyal-customers",
      name: { zh: "客户稳定", en: "Loyal customers" },
      why: {
        zh: `前12个月的客户有${percent(kept)}在近12个月继续交易。`,
        en: `${percent(kept)} of the buyers of the 12 months before still buy.`,
      },
      features: ["buyer_retention_12m", "buyers_12m"],
    });
  const spread = value("effective_buyers_12m");
  if (spread !== null && spread >= 10)
    strengths.push({
      id: "broad-customers",
      name: { zh: "客户分散", en: "Many customers" },
      why: {
        zh: `近12个月有效客户数${spread.toFixed(1)}家，不依赖个别客户。`,
        en: `The effective number of buyers is ${spread.toFixed(1)}: no single one decides.`,
      },
      features: ["effective_buyers_12m"],
    });
  const voided = value("void_sales_share_12m");
  const invoices = value("sale_invoices_12m") ?? 0;
  if (voided !== null && voided <= 0.01 && invoices >= 100)
    strengths.push({
      id: "clean-invoices",
      name: { zh: "开票规范", en: "Clean invoicing" },
      why: { zh: `近12个月作废占比仅${percent(voided)}。`, en: `Only ${percent(voided)} of the sales invoices of 12 months are void.` },
      features: ["void_sales_share_12m", "sale_invoices_12m"],
    });
  return strengths;
};
