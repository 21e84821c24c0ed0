import { listCounterparties } from "@zhiwei/api/records";
import type { Text } from "@zhiwei/core/basics";
import { useRoute } from "../ui/api.ts";
import { formatCount, formatFen, formatPercent, formatValue } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Card, LoadingState, ProblemState } from "../ui/states.tsx";
import { Ask } from "./ask.tsx";
import { Nothing } from "./small.tsx";
import type { Features, Profile } from "./words.ts";

const T = {
  sale: { zh: "主要客户（近12个月）", en: "Main customers, last 12 months" },
  purchase: { zh: "主要供应商（近12个月）", en: "Main suppliers, last 12 months" },
  none: { zh: "近12个月没有往来发票。", en: "No invoices in the last 12 months." },
  invoices: { zh: "张", en: "invoices" },
  invoice: { zh: "张", en: "invoice" },
  more: { zh: "另有", en: "and" },
  moreParties: { zh: "家", en: "more" },
  note: { zh: "有效发票价税合计净额；占比对全部往来单位。", en: "Net of valid invoices with tax; shares are of all counterparties." },
  shareless: { zh: "净额合计不为正，占比无意义。", en: "The net sum is not positive, so shares mean nothing." },
} satisfies Record<string, Text>;

const KEY_FEATURES = {
  sale: ["buyers_12m", "buyer_top1_share_12m", "buyer_hhi_12m", "buyer_retention_12m"],
  purchase: ["suppliers_12m", "supplier_top1_share_12m", "supplier_hhi_12m", "supplier_retention_12m"],
} as const;

const TOP = 10;

/** The ten largest customers or suppliers with their shares; each opens its invoices. */
export const Parties = ({ profile, features, side }: { profile: Profile; features: Features; side: "sale" | "purchase" }) => {
  const text = useText();
  const language = useLanguage();
  const { data, error, refetch } = useRoute(listCounterparties, {
    params: { id: profile.enterprise.id },
    query: { side, asOf: profile.asOf, months: 12, page: 1, pageSize: TOP },
  });
  const kind = side === "sale" ? "buyer" : "supplier";
  return (
    <Card title={text(T[side])} id={side === "sale" ? "customers" : "suppliers"}>
      <dl className="zp-keys">
        {KEY_FEATURES[side].map((id) => {
          const feature = features.get(id);
          return (
            feature && (
              <div key={id}>
                <dt>{text(feature.name)}</dt>
                <dd>
                  <Ask of={`feature:${id}`} what={text(feature.name)}>
                    {formatValue(profile.features[id]?.value ?? null, feature.unit, language)}
                  </Ask>
                </dd>
              </div>
            )
          );
        })}
      </dl>
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingState rows={6} />
      ) : data.items.length === 0 ? (
        <Nothing says={text(T.none)} />
      ) : (
        <>
          <ol className="zp-parties">
            {data.items.map((party) => (
              <li key={party.counterparty}>
                <span className="zp-party">
                  <Ask of={`${kind}:${party.counterparty}`} what={text(T[side])}>
                    {party.name ?? party.counterparty}
                  </Ask>{" "}
                  <span className="zw-mute">
                    {formatCount(party.invoices, language)} {text(party.invoices === 1 ? T.invoice : T.invoices)}
                  </span>
                </span>
                <span className="zw-num">
                  <Ask of={`${kind}:${party.counterparty}`} what={party.name ?? party.counterparty} twin>
                    {formatFen(party.netTotalFen, language)}
                  </Ask>
                </span>
                <span className="zw-num zp-share-figure">
                  <Ask of={`${kind}:${party.counterparty}`} what={party.name ?? party.counterparty} twin>
                    {formatPercent(party.share, language)}
                  </Ask>
                </span>
                <span className="zp-share" aria-hidden="true">
                  <i style={{ width: `${Math.max(0, Math.min(1, party.share ?? 0)) * 100}%` }} />
                </span>
              </li>
            ))}
          </ol>
          <p className="zp-note">
            {data.total > data.items.length &&
              `${text(T.more)} ${formatCount(data.total - data.items.length, language)} ${text(T.moreParties)}${language === "zh" ? "。" : ". "}`}
            {text(T.note)} {data.items[0]!.share === null && text(T.shareless)}
          </p>
        </>
      )}
    </Card>
  );
};
