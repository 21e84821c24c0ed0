import type { MatchDocument } from "@zhiwei/api/product";
import { useSession } from "../access/session.ts";
import { Mark } from "../ui/controls.tsx";
import { formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import "./product.css";
import { BASE } from "./words.ts";

const useT = texts({
  title: { zh: "利率的基准可能已变", en: "The base of the rate may have changed" },
  offer: { zh: "利率按{{base}} {{rate}}（自 {{from}} 起）计算。", en: "The rate rests on {{base}} of {{rate}}, in force from {{from}}." },
  computed: {
    zh: "测算的利率按{{base}} {{rate}}（自 {{from}} 起）计算。",
    en: "The computed rate rests on {{base}} of {{rate}}, in force from {{from}}.",
  },
  borrower: {
    zh: "签约之前，请让机构按最新公布的 LPR 报价：利率、利息与综合年化成本都可能随之变动。",
    en: "Before you sign, have the provider quote on LPR as last published: rate, interest and all-in annual cost may all move with it.",
  },
  provider: {
    zh: "报价或同意之前，请按全国银行间同业拆借中心最新公布的 LPR 核对利率；综合年化成本随之变动。",
    en: "Before you quote or approve, check the rate against LPR as last published by the National Interbank Funding Center; the all-in annual cost moves with it.",
  },
  mark: { zh: "基准待核", en: "check the base" },
});

/** A match of a decision that was made before warnings were kept has none. */
type PriceOfMatch = Omit<MatchDocument["price"], "warning"> & { readonly warning?: MatchDocument["price"]["warning"] };

/** Beside a rate whose base may be out of date; `BaseWarning` near it says why. */
export const BaseMark = ({ price }: { price: PriceOfMatch }) => {
  const t = useT();
  return price.warning ? <Mark tone="warn">{t("mark")}</Mark> : null;
};

/** What rates rest on that may be out of date, and what to do about it: once for all prices that rest on the same base. */
export const BaseWarning = ({ prices, computed = false }: { prices: readonly PriceOfMatch[]; computed?: boolean }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const borrower = useSession().data?.party?.kind === "enterprise";
  const doubtful = [...new Map(prices.filter(({ warning }) => warning).map((each) => [each.base?.tenor, each])).values()];
  const [first] = doubtful;
  if (!first?.warning) return null;
  return (
    <div role="note" className="pr-warning">
      <strong>{t("title")}</strong>
      {doubtful.map(
        ({ base }) =>
          base && (
            <p key={base.tenor}>
              {t(computed ? "computed" : "offer", {
                base: text(BASE[`lpr-${base.tenor}`]),
                rate: formatPercent(base.bp / 10_000, language, 2),
                from: base.from,
              })}
            </p>
          ),
      )}
      <p>
        {text(first.warning)}
        {text({ zh: "。", en: "." })}
      </p>
      <p>{t(borrower ? "borrower" : "provider")}</p>
    </div>
  );
};
