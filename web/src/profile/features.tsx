import { useDeferredValue, useId, useMemo, useState } from "react";
import type { Text } from "@zhiwei/core/basics";
import { formatCount, formatValue, NO_VALUE } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { Ask } from "./ask.tsx";
import { Nothing, PositionBar, Scroll } from "./small.tsx";
import { type Feature, type Features, type Profile, formatPoints } from "./words.ts";

const T = {
  title: { zh: "全部指标", en: "All features" },
  search: { zh: "按名称检索指标", en: "Search features by name" },
  feature: { zh: "指标", en: "Feature" },
  value: { zh: "值", en: "Value" },
  percentile: { zh: "同业百分位", en: "Percentile" },
  none: { zh: "没有符合的指标。", en: "No feature fits." },
  clear: { zh: "清除检索", en: "Clear the search" },
  count: { zh: "个指标", en: "features" },
  without: { zh: "没有值，原因：", en: "No value because: " },
} satisfies Record<string, Text>;

const ofFamilies = (features: Features, search: string) => {
  const wanted = search.trim().toLowerCase();
  const families = new Map<string, Feature[]>();
  for (const feature of features.values()) {
    const { name, familyName, id, family } = feature;
    const said = `${id} ${name.zh} ${name.en} ${familyName.zh} ${familyName.en}`.toLowerCase();
    if (!said.includes(wanted)) continue;
    const found = families.get(family);
    if (found) found.push(feature);
    else families.set(family, [feature]);
  }
  return [...families.values()];
};

export const FeatureTable = ({ profile, features }: { profile: Profile; features: Features }) => {
  const text = useText();
  const language = useLanguage();
  const id = useId();
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed);
  const families = useMemo(() => ofFamilies(features, search), [features, search]);
  const found = families.reduce((sum, family) => sum + family.length, 0);
  return (
    <Card
      title={text(T.title)}
      id="features"
      extra={
        <span className="zp-search">
          <output className="zw-mute">
            {formatCount(found, language)} {text(T.count)}
          </output>
          <label htmlFor={id} className="zw-visually-hidden">
            {text(T.search)}
          </label>
          <input
            id={id}
            type="search"
            className="zp-input"
            placeholder={text(T.search)}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </span>
      }
    >
      {families.length === 0 ? (
        <Nothing says={text(T.none)}>
          <button type="button" className="zp-button" onClick={() => setTyped("")}>
            {text(T.clear)}
          </button>
        </Nothing>
      ) : (
        <Scroll label={text(T.title)} tall>
          <table className="zp-table zp-features">
            <caption className="zw-visually-hidden">{text(T.title)}</caption>
            <thead>
              <tr>
                <th scope="col">{text(T.feature)}</th>
                <th scope="col" className="zw-num">
                  {text(T.value)}
                </th>
                <th scope="col" className="zw-num">
                  {text(T.percentile)}
                </th>
                <th className="zp-wide" aria-hidden="true" />
              </tr>
            </thead>
            {families.map((family) => (
              <tbody key={family[0]!.family}>
                <tr className="zp-family">
                  <th scope="rowgroup" colSpan={4}>
                    {text(family[0]!.familyName)}
                  </th>
                </tr>
                {family.map((feature) => {
                  const stated = profile.features[feature.id];
                  const value = stated?.value ?? null;
                  const percentile = stated?.percentile ?? null;
                  return (
                    <tr key={feature.id}>
                      <th scope="row">
                        <Ask of={`feature:${feature.id}`} what={text(T.feature)}>
                          {text(feature.name)}
                        </Ask>
                        {value === null && (
                          <span className="zp-missing">
                            {text(T.without)}
                            {text(feature.missing)}
                          </span>
                        )}
                      </th>
                      <td className="zw-num">
                        {value === null ? (
                          NO_VALUE
                        ) : (
                          <Ask of={`feature:${feature.id}`} what={text(feature.name)} twin>
                            {formatValue(value, feature.unit, language)}
                          </Ask>
                        )}
                      </td>
                      <td className="zw-num">
                        {percentile === null ? (
                          NO_VALUE
                        ) : (
                          <Ask of={`feature:${feature.id}`} what={text(feature.name)} twin>
                            {formatPoints(percentile, language)}
                          </Ask>
                        )}
                      </td>
                      <td className="zp-wide" aria-hidden="true">
                        {percentile !== null && <PositionBar value={percentile} label="" quiet />}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            ))}
          </table>
        </Scroll>
      )}
    </Card>
  );
};
