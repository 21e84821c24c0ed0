import { useCallback } from "react";
import { listShares } from "@zhiwei/api/product";
import type { Output } from "@zhiwei/api/route";
import { useSession } from "../access/session.ts";
import { useRoute } from "../ui/api.ts";
import { DayPicker } from "../ui/controls.tsx";
import { formatCount, formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import "./product.css";

const useT = texts({
  title: { zh: "份额", en: "Shares" },
  catalogue: { zh: "产品目录", en: "Products" },
  leadOwn: {
    zh: "授权给本机构的企业中，您的产品能服务多少、以最低成本服务多少、已有多少来申请。只有数字，不列企业。",
    en: "Of the enterprises that consented to your institution: how many your products can serve, how many they serve at the least cost, how many came. Numbers alone, no names.",
  },
  leadAll: {
    zh: "每家机构在授权给它的企业中：能服务多少、以最低成本服务多少、已有多少来申请。只有数字，不列企业。",
    en: "Of the enterprises that consented to each provider: how many it can serve, how many it serves at the least cost, how many came. Numbers alone, no names.",
  },
  day: { zh: "受理日", en: "Offered on" },
  today: { zh: "回到今天", en: "Today" },
  size: { zh: "数据截至 {{asOf}}，受理日 {{on}}", en: "Data as of {{asOf}}, offered on {{on}}" },
  providers: { zh: "机构", en: "Providers" },
  provider: { zh: "提供机构", en: "Provider" },
  products: { zh: "在售产品", en: "Products" },
  consented: { zh: "已授权", en: "Consented" },
  fits: { zh: "能服务", en: "Can serve" },
  may: { zh: "可能", en: "May serve" },
  best: { zh: "成本最低", en: "At the least cost" },
  applied: { zh: "已申请", en: "Applied" },
  rest: { zh: "其余", en: "The others" },
  consenting: { zh: "在已授权的企业中", en: "Of those that consented" },
  bar: { zh: "构成", en: "Parts" },
  nobody: { zh: "尚无企业授权", en: "nobody consented yet" },
  none: { zh: "这一天没有在受理的产品。", en: "No product is offered on that day." },
  uncertain: {
    zh: "没有一家确定符合：申请时才说明的情况（纳税等级、逾期、用途等）在此未知。",
    en: "Nobody passes for certain: what only an application states (tax grade, overdue payments, purpose) is unknown here.",
  },
  what: { zh: "这些数字怎么来的", en: "From what?" },
  productsIs: { zh: "该机构在受理日受理的产品个数。", en: "The products that the provider offers on that day." },
  consentedIs: {
    zh: "此刻有有效授权、允许该机构为本业务查询画像的企业。分母都是它。",
    en: "Enterprises with a live consent that lets the provider read the profile for its business. All shares are of these.",
  },
  fitsIs: {
    zh: "该机构至少一个产品的每条规则都符合，且额度达到起点。",
    en: "At least one product of the provider passes: every rule is kept, and the limit reaches the smallest amount.",
  },
  mayIs: {
    zh: "没有一个产品确定符合，但至少一个没有规则不符、只是还判定不了。申请时才说明的情况（纳税等级、逾期、用途等）在此未知，“可能”多由此而来。",
    en: 'No product passes for certain, and at least one breaks no rule and cannot be told yet. What only an application states (tax grade, overdue payments, purpose) is unknown here; most of "may" comes from that.',
  },
  bestIs: {
    zh: "在当日全部机构的、确定符合的产品中，该机构的产品综合年化成本最低；成本相同的都算。",
    en: "Of everything that passes on that day, whoever offers it, a product of the provider has the lowest all-in annual cost; where costs are equal, each counts.",
  },
  appliedIs: {
    zh: "向该机构提交过申请的企业，无论结果；与是否符合无关。",
    en: "Enterprises that have applied to the provider, whatever became of it and whether or not they fit.",
  },
});

type Provider = Output<typeof listShares>["providers"][number];

/** Each provider's part of the enterprises that consented to it: an institution sees its own line, the operator all. */
export const SharesPage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const operator = useSession().data?.party?.kind === "operator";
  const [params, set] = useUrlState();
  const on = params["on"];
  const found = useRoute(listShares, { query: on ? { on } : {} });
  const chooseDay = useCallback((day: string | undefined) => set({ on: day }), [set]);
  const { data } = found;
  const n = (value: number) => formatCount(value, language);
  /** A number, and beside it its share of those that consented. */
  const part = (key: "fits" | "mayFit" | "best" | "applied") => (each: Provider) => (
    <>
      {n(each[key])}
      {each[key] > 0 && (
        <span className="zw-mute">
          {" "}
          {formatPercent(each[key] / each.enterprises, language, each[key] * 100 < each.enterprises ? 1 : 0)}
        </span>
      )}
    </>
  );
  // The numbers stand beside it.
  const bar = (each: Provider) =>
    each.enterprises === 0 ? (
      <span className="zw-mute">{t("nobody")}</span>
    ) : (
      <div className="pr-share" aria-hidden="true">
        {[each.fits, each.mayFit].map((count, i) => (
          // eslint-disable-next-line react/no-array-index-key -- two parts in a fixed order
          <span key={i} style={{ width: `${(100 * count) / each.enterprises}%` }} />
        ))}
      </div>
    );
  const name = (each: Provider) => (
    <>
      {text(each.name)} <code className="zw-mute">{each.provider}</code>
    </>
  );
  return (
    <Page title={t("title")} extra={<Link to="/products">{t("catalogue")}</Link>}>
      <p className="zw-lead">{t(operator ? "leadAll" : "leadOwn")}</p>
      <Card
        title={t("consenting")}
        extra={
          (data || on) && (
            <DayPicker label={t("day")} shown={on ?? data?.on ?? ""} chosen={on} otherwise={t("today")} onChoose={chooseDay} />
          )
        }
      >
        {found.error ? (
          <ProblemState error={found.error} onRetry={() => void found.refetch()} />
        ) : !data ? (
          <LoadingState rows={8} />
        ) : (
          <div className="pr-fits" aria-busy={found.isPlaceholderData} data-shares>
            <p className="zw-mute">{t("size", { asOf: data.asOf, on: data.on })}</p>
            <details className="pr-opened">
              <summary>{t("what")}</summary>
              <dl className="pr-defined">
                {(["products", "consented", "fits", "may", "best", "applied"] as const).map((key) => (
                  <div key={key}>
                    <dt>{t(key)}</dt>
                    <dd>{t(`${key}Is`)}</dd>
                  </div>
                ))}
              </dl>
            </details>
            {data.providers.length === 0 ? (
              <EmptyState text={t("none")} />
            ) : (
              <>
                <p className="pr-keys zw-mute">
                  <span className="pr-key" data-part="fits">
                    {t("fits")}
                  </span>
                  <span className="pr-key" data-part="may">
                    {t("may")}
                  </span>
                  <span className="pr-key">{t("rest")}</span>
                </p>
                {data.providers.every(({ fits }) => fits === 0) && data.providers.some(({ mayFit }) => mayFit > 0) && (
                  <p>{t("uncertain")}</p>
                )}
                <DataTable
                  caption={t("providers")}
                  rows={data.providers}
                  keyOf={(each) => each.provider}
                  busy={found.isPlaceholderData}
                  columns={[
                    { key: "provider", title: t("provider"), names: true, render: name },
                    { key: "products", title: t("products"), numeric: true, render: (each) => n(each.products) },
                    { key: "consented", title: t("consented"), numeric: true, render: (each) => n(each.enterprises) },
                    { key: "bar", title: t("bar"), render: bar },
                    { key: "fits", title: t("fits"), numeric: true, render: part("fits") },
                    { key: "may", title: t("may"), numeric: true, render: part("mayFit") },
                    { key: "best", title: t("best"), numeric: true, render: part("best") },
                    { key: "applied", title: t("applied"), numeric: true, render: part("applied") },
                  ]}
                  card={(each) => (
                    <>
                      {name(each)}
                      <div className="zw-row">
                        <span>
                          {t("products")} {n(each.products)}
                        </span>
                        <span>
                          {t("consented")} {n(each.enterprises)}
                        </span>
                      </div>
                      {bar(each)}
                      <div className="zw-row">
                        {(
                          [
                            ["fits", "fits"],
                            ["may", "mayFit"],
                            ["best", "best"],
                            ["applied", "applied"],
                          ] as const
                        ).map(([word, key]) => (
                          <span key={key}>
                            {t(word)} {part(key)(each)}
                          </span>
                        ))}
                      </div>
                    </>
                  )}
                />
              </>
            )}
          </div>
        )}
      </Card>
    </Page>
  );
};
