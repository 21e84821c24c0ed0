/** Claims in words, as owner and bank see them alike. */
import type { Text } from "@zhiwei/core/basics";
import { CLAIMS, type ClaimPath, type SalesBounds, pathText, yuanWords } from "@zhiwei/core/credential";
import { texts, useText } from "../ui/language.tsx";

const useT = texts({
  from: {
    zh: "按所披露的门槛：近 12 个月净销售额不低于 {{from}}",
    en: "By the thresholds shown: net sales of 12 months are at least {{from}}",
  },
  to: { zh: "按所披露的门槛：近 12 个月净销售额低于 {{to}}", en: "By the thresholds shown: net sales of 12 months are below {{to}}" },
  between: {
    zh: "按所披露的门槛：近 12 个月净销售额不低于 {{from}}、低于 {{to}}",
    en: "By the thresholds shown: net sales of 12 months are at least {{from}} and below {{to}}",
  },
  hidden: { zh: "没有披露 {{count}} 项", en: ["{{count}} claim is not disclosed", "{{count}} claims are not disclosed"] },
  silent: {
    zh: "没有披露的，不说明“是”，也不说明“否”。只披露“不低于 100 万元”的企业，可能销售上亿，也可能不到 300 万。",
    en: "What is not disclosed says neither yes nor no. Who shows “at least 1,000,000” alone may sell a hundred million, or not reach 3 million.",
  },
  nothing: { zh: "没有披露任何内容。", en: "Nothing is disclosed." },
});

export const GROUPS: Readonly<Record<string, Text>> = {
  enterprise: { zh: "企业", en: "The enterprise" },
  credit: { zh: "信用", en: "Credit" },
  annualSales: { zh: "销售额", en: "Sales" },
  annualSalesAtLeast: { zh: "销售额门槛（不露数字）", en: "Thresholds of sales (without the figure)" },
  dimensions: { zh: "同业位置", en: "Position among peers" },
  flags: { zh: "红旗", en: "Red flags" },
  records: { zh: "资料", en: "Records" },
  evidence: { zh: "存证", en: "Evidence" },
};
export const groupsOfClaims: readonly (readonly [string, typeof CLAIMS])[] = Object.keys(GROUPS).map((group) => [
  group,
  CLAIMS.filter(({ path }) => path[0] === group),
]);

export type ShownClaim = { readonly path: readonly string[]; readonly name: Text; readonly words: Text };

export const ClaimsInWords = ({
  shown,
  hidden,
  sales,
}: {
  shown: readonly ShownClaim[];
  hidden: readonly { readonly path: readonly string[]; readonly name: Text }[];
  sales: SalesBounds | null;
}) => {
  const t = useT();
  const text = useText();
  const bounds = sales && {
    from: sales.from === null ? "" : text(yuanWords(sales.from)),
    to: sales.to === null ? "" : text(yuanWords(sales.to)),
  };
  return (
    <>
      {shown.length === 0 ? (
        <p className="zw-mute">{t("nothing")}</p>
      ) : (
        <dl className="cr-claims">
          {shown.map(({ path, name, words }) => (
            <div key={pathText(path)} data-claim={pathText(path)}>
              <dt>{text(name)}</dt>
              <dd>{text(words)}</dd>
            </div>
          ))}
        </dl>
      )}
      {bounds && (bounds.from || bounds.to) && (
        <p className="cr-bounds">{t(bounds.from && bounds.to ? "between" : bounds.from ? "from" : "to", bounds)}</p>
      )}
      {hidden.length > 0 && (
        <details className="cr-hidden">
          <summary>{t("hidden", { count: hidden.length })}</summary>
          <p className="zw-mute">{t("silent")}</p>
          <ul>
            {hidden.map(({ path, name }) => (
              <li key={pathText(path)}>{text(name)}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
};

/** Which claims are chosen, group by group; `note` says something beside each. */
export const ClaimChooser = ({
  chosen,
  onChange,
  note,
}: {
  chosen: readonly ClaimPath[];
  onChange: (chosen: readonly ClaimPath[]) => void;
  note?: (path: ClaimPath) => string | null;
}) => {
  const text = useText();
  const has = new Set(chosen.map(pathText));
  const toggle = (path: ClaimPath) =>
    onChange(has.has(pathText(path)) ? chosen.filter((each) => pathText(each) !== pathText(path)) : [...chosen, path]);
  return (
    <div className="cr-groups">
      {groupsOfClaims.map(([group, claims]) => (
        <fieldset key={group} className="cr-group">
          <legend>{text(GROUPS[group]!)}</legend>
          {claims.map(({ path, name }) => {
            const beside = note?.(path);
            return (
              <label key={pathText(path)} className="cr-choice">
                <input type="checkbox" checked={has.has(pathText(path))} onChange={() => toggle(path)} />
                <span>
                  {text(name)}
                  {beside && <span className="zw-mute"> {beside}</span>}
                </span>
              </label>
            );
          })}
        </fieldset>
      ))}
    </div>
  );
};
