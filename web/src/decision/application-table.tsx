import type { ApplicationSummary } from "@zhiwei/api/decision";
import { Mark } from "../ui/controls.tsx";
import { NO_VALUE, formatFen, formatInstant, formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { DataTable } from "../ui/table.tsx";
import { STATE, STATE_TONE } from "./words.ts";

const useT = texts({
  application: { zh: "申请", en: "Application" },
  state: { zh: "状态", en: "State" },
  asked: { zh: "申请金额", en: "Asked for" },
  offered: { zh: "金额", en: "Amount" },
  rate: { zh: "年利率", en: "Rate" },
  at: { zh: "提交", en: "Sent" },
  taken: { zh: "经办", en: "At work" },
  review: { zh: "申请人要求人工复核", en: "a person was asked for" },
});

export const ApplicationTable = ({
  caption,
  items,
  worklist = false,
}: {
  caption: string;
  items: readonly ApplicationSummary[];
  worklist?: boolean;
}) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  return (
    <DataTable
      caption={caption}
      rows={items}
      keyOf={(each) => each.id}
      columns={[
        {
          key: "application",
          title: t("application"),
          names: true,
          render: (each) => (
            <>
              <Link to="/applications/$id" params={{ id: each.id }}>
                {worklist ? each.enterprise.name : text(each.product.title)}
              </Link>
              {worklist && <span className="zw-mute"> {text(each.product.title)}</span>}
            </>
          ),
        },
        {
          key: "state",
          title: t("state"),
          render: (each) => (
            <>
              <Mark tone={STATE_TONE[each.state]}>{text(STATE[each.state])}</Mark>{" "}
              {each.review === "asked" && <Mark tone="warn">{t("review")}</Mark>}
            </>
          ),
        },
        { key: "asked", title: t("asked"), numeric: true, render: (each) => formatFen(each.askedFen, language) },
        { key: "offered", title: t("offered"), numeric: true, render: (each) => formatFen(each.terms?.amountFen ?? null, language) },
        {
          key: "rate",
          title: t("rate"),
          numeric: true,
          render: (each) => (each.terms ? formatPercent(each.terms.nominalRate, language, 2) : NO_VALUE),
        },
        ...(worklist ? [{ key: "taken", title: t("taken"), render: (each: ApplicationSummary) => each.takenBy ?? NO_VALUE }] : []),
        { key: "at", title: t("at"), render: (each) => formatInstant(each.createdAt, language) },
      ]}
    />
  );
};
