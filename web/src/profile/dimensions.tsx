import { useId, useState } from "react";
import type { Text } from "@zhiwei/core/basics";
import { formatPercent, formatValue, NO_VALUE } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { Ask } from "./ask.tsx";
import { PeersSentence } from "./header.tsx";
import { PositionBar, Scroll } from "./small.tsx";
import { AIM, CONFIDENCE, type Dimension, type Features, type Profile, formatPoints, trendWords } from "./words.ts";

const T = {
  title: { zh: "与同业相比", en: "Against its peers" },
  overall: { zh: "总体位置", en: "Overall position" },
  none: { zh: "数据不足，没有总体位置", en: "Too little is known for an overall position" },
  axis: { zh: "0 最末 · 竖线为同业中位 50 · 100 最前", en: "0 last · the line marks the peers' middle, 50 · 100 first" },
  unknown: { zh: "数据不足", en: "unknown" },
  confidence: { zh: "置信度", en: "confidence" },
  show: { zh: "展开指标：", en: "Show the features of " },
  hide: { zh: "收起指标：", en: "Hide the features of " },
  feature: { zh: "指标", en: "Feature" },
  value: { zh: "值", en: "Value" },
  percentile: { zh: "百分位", en: "Percentile" },
  weight: { zh: "权重", en: "Weight" },
  aim: { zh: "取向", en: "Best" },
  features: { zh: "个指标", en: "features" },
} satisfies Record<string, Text>;

/** The features of a dimension with what each weighs in it. */
export const DimensionTable = ({ dimension, features }: { dimension: Dimension; features: Features }) => {
  const text = useText();
  const language = useLanguage();
  const weights = dimension.features.reduce((sum, { weight }) => sum + weight, 0);
  return (
    <Scroll label={text(dimension.name)}>
      <table className="zp-table">
        <caption className="zw-visually-hidden">{text(dimension.name)}</caption>
        <thead>
          <tr>
            <th scope="col">{text(T.feature)}</th>
            <th scope="col" className="zw-num">
              {text(T.value)}
            </th>
            <th scope="col" className="zw-num">
              {text(T.percentile)}
            </th>
            <th scope="col" className="zw-num">
              {text(T.weight)}
            </th>
            <th scope="col" className="zp-wide">
              {text(T.aim)}
            </th>
          </tr>
        </thead>
        <tbody>
          {dimension.features.map((feature) => (
            <tr key={feature.id}>
              <th scope="row">{text(feature.name)}</th>
              <td className="zw-num">
                <Ask of={`feature:${feature.id}`} what={text(feature.name)}>
                  {formatValue(feature.value, features.get(feature.id)?.unit ?? "count", language)}
                </Ask>
              </td>
              <td className="zw-num">
                <Ask of={`feature:${feature.id}`} what={text(feature.name)} twin>
                  {formatPoints(feature.percentile, language)}
                </Ask>
              </td>
              <td className="zw-num">{formatPercent(feature.weight / weights, language, 0)}</td>
              <td className="zw-mute zp-wide">{text(AIM[feature.aim])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

const Row = ({ dimension, features }: { dimension: Dimension; features: Features }) => {
  const text = useText();
  const language = useLanguage();
  const [open, setOpen] = useState(false);
  const panel = useId();
  const name = text(dimension.name);
  const { arrow, words } = trendWords(dimension, language);
  const { position, level, confidence } = dimension;
  return (
    <li className="zp-dimension" data-dimension={dimension.id}>
      <button
        type="button"
        className="zp-disclose"
        aria-expanded={open}
        aria-controls={panel}
        aria-label={`${text(open ? T.hide : T.show)}${name}`}
        title={text(dimension.meaning)}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">{open ? "▾" : "▸"}</span> {name}
      </button>
      {position === null ? <span className="zp-bar zp-bar-none" aria-hidden="true" /> : <PositionBar value={position} label={name} />}
      <span className="zp-position">
        <Ask of={`dimension:${dimension.id}`} what={name}>
          {formatPoints(position, language)}
        </Ask>
      </span>
      <span className={`zp-level zp-level-${level?.id ?? "none"}`}>{level ? text(level.name) : text(T.unknown)}</span>
      <span className={`zp-trend zp-trend-${dimension.trend.direction}`}>
        {arrow && <span aria-hidden="true">{arrow} </span>}
        {text(words)}
      </span>
      <span className="zp-confidence zw-mute">
        {text(T.confidence)} {text(CONFIDENCE[confidence.level])}
      </span>
      <div id={panel} className="zp-panel" hidden={!open}>
        {open && (
          <>
            <p className="zw-mute">{text(dimension.meaning)}</p>
            <DimensionTable dimension={dimension} features={features} />
          </>
        )}
      </div>
    </li>
  );
};

export const Dimensions = ({ profile, features }: { profile: Profile; features: Features }) => {
  const text = useText();
  const language = useLanguage();
  const { overall } = profile;
  return (
    <Card title={text(T.title)} id="dimensions">
      <div className="zp-overall">
        <span className="zw-mute">{text(T.overall)}</span>
        {overall.position === null ? (
          <span>{text(T.none)}</span>
        ) : (
          <>
            <strong>
              <Ask of="overall" what={text(T.overall)}>
                {formatPoints(overall.position, language)}
              </Ask>
            </strong>
            <span className="zw-mute">/ 100</span>
            <span className={`zp-level zp-level-${overall.level?.id ?? "none"}`}>
              {overall.level ? text(overall.level.name) : NO_VALUE}
            </span>
          </>
        )}
      </div>
      <PeersSentence profile={profile} />
      <ul className="zp-dimensions">
        {profile.dimensions.map((dimension) => (
          <Row key={dimension.id} dimension={dimension} features={features} />
        ))}
      </ul>
      <p className="zp-note">{text(T.axis)}</p>
    </Card>
  );
};
