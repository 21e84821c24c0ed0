import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from "react";
import { Button } from "antd";
import { getSampleFeature } from "@zhiwei/api/scorecard";
import { type BinEdit, type Binning, type Trend, withGroupsCounted, withSplitsCounted } from "@zhiwei/core/scorecard";
import { useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatCount, formatValue } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { LoadingState, ProblemState } from "../ui/states.tsx";
import { type Axis, axisOf, halved, indexAt, indexOf, moveTo, placeOf, typed, without } from "./boundaries.ts";
import { SHAPE, binName, figure, percent } from "./words.ts";

const useT = texts({
  bins: { zh: "分箱", en: "Bins" },
  chart: {
    zh: "每块为一箱：宽为记录占比，高为违约率。拖动分界，或用方向键移动、删除键去掉。",
    en: "Each block is a bin: its width is the share of records, its height the event rate. Drag a boundary, or move it with the arrow keys and take it away with Delete.",
  },
  boundary: { zh: "第 {{k}} 条分界", en: "Boundary {{k}}" },
  boundaryAt: { zh: "{{value}}；左侧 {{share}} 的记录", en: "{{value}}; {{share}} of the records to its left" },
  bin: { zh: "区间", en: "Bin" },
  records: { zh: "记录", en: "Records" },
  share: { zh: "占比", en: "Share" },
  events: { zh: "违约", en: "Events" },
  rate: { zh: "违约率", en: "Event rate" },
  woe: { zh: "证据权重", en: "WOE" },
  iv: { zh: "信息值", en: "IV" },
  divide: { zh: "对半分", en: "Halve" },
  divideBin: { zh: "把“{{bin}}”对半分", en: "Halve “{{bin}}”" },
  merge: { zh: "合并", en: "Merge" },
  mergeBin: { zh: "合并“{{bin}}”与下一箱", en: "Merge “{{bin}}” with the next" },
  upTo: { zh: "分界值", en: "Boundary" },
  upToOf: { zh: "“{{bin}}”的上界（{{unit}}）", en: "Upper boundary of “{{bin}}” ({{unit}})" },
  raw: { zh: "样本中的单位", en: "in the unit of the sample" },
  yuan: { zh: "元", en: "yuan" },
  percent: { zh: "%", en: "%" },
  refused: { zh: "这个值会使某一箱没有记录，未采用。", en: "That value would leave a bin without records; it was not taken." },
  reset: { zh: "恢复最优分箱", en: "Back to the optimum" },
  now: { zh: "信息值 {{iv}}", en: "Information value {{iv}}" },
  optimum: { zh: "最优 {{iv}}", en: "optimum {{iv}}" },
  shape: { zh: "走势：{{shape}}", en: "trend: {{shape}}" },
  broken: { zh: "已不合先验方向“{{shape}}”", en: "no longer keeps the trend “{{shape}}”" },
  edited: { zh: "人工调整", en: "moved by hand" },
  exact: { zh: "已证最优", en: "proven optimum" },
  even: { zh: "等频、证据成线", en: "equal counts, evidence on a line" },
  evenLost: {
    zh: "人工移动后各箱按计数取证据权重，不再落在一条线上。",
    en: "Once moved by hand, each bin has the evidence counted in it, no longer that of a line.",
  },
  seenAll: {
    zh: "人工分箱时已看过全部结果：交叉验证无法扣除这部分乐观，模型文档会注明。",
    en: "Whoever moves a boundary has seen all outcomes, which no cross-validation can take back; the model document says so.",
  },
  approximate: {
    zh: "取值过多，相邻取值已并算；训练时按原始记录计。",
    en: "Too many values: neighbours were counted together. Training counts the records.",
  },
  group: { zh: "组", en: "Group" },
  groupOf: { zh: "“{{category}}”所属的组", en: "Group of “{{category}}”" },
  newGroup: { zh: "新的一组", en: "a new group" },
  category: { zh: "类别", en: "Category" },
});

type Props = {
  sample: string;
  feature: string;
  unit: string;
  /** As the settings make it, before any hand. */
  binning: Binning;
  edit: BinEdit | undefined;
  /** The trend that was asked for, to say where a hand has broken it. */
  asked: Trend;
  /** Whether the settings lay evidence on a line over bins of equal count. */
  even: boolean;
  onEdit: (edit: BinEdit | undefined) => void;
};

const WIDTH = 720;
const HEIGHT = 210;
const FOOT = 22;
const STEP = 0.05;

const Blocks = ({
  binning,
  axis,
  unit,
  splits,
  onSplits,
}: {
  binning: Binning;
  axis: Axis;
  unit: string;
  splits: readonly number[];
  onSplits: (splits: readonly number[]) => void;
}) => {
  const t = useT();
  const language = useLanguage();
  const frame = useRef<SVGSVGElement>(null);
  const [held, setHeld] = useState<number | null>(null);
  const intervals = binning.bins.filter((bin) => bin.kind === "interval");
  const most = Math.max(0.001, ...intervals.map((bin) => bin.eventRate ?? 0)) * 1.1;
  const overall = binning.events / binning.records;
  const places = [0, ...splits.map((split) => placeOf(axis, split)), 1];
  const y = (rate: number) => HEIGHT - FOOT - (HEIGHT - FOOT - 14) * (rate / most);
  const drag = (k: number) => (event: PointerEvent<SVGRectElement>) => {
    const box = frame.current!.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const next = moveTo(axis, splits, k, indexAt(axis, share));
    if (next !== splits) onSplits(next);
  };
  const press = (k: number) => (event: KeyboardEvent<SVGGElement>) => {
    const at = indexOf(axis, splits[k]!);
    const jump = (by: number) => indexAt(axis, placeOf(axis, splits[k]!) + by);
    const to = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      PageDown: Math.min(at - 1, jump(-STEP)),
      PageUp: Math.max(at + 1, jump(STEP)),
      Home: 0,
      End: axis.values.length,
    }[event.key];
    if (to === undefined && event.key !== "Delete" && event.key !== "Backspace") return;
    event.preventDefault();
    const next = to === undefined ? without(splits, k) : moveTo(axis, splits, k, to);
    if (next !== splits) onSplits(next);
  };
  return (
    <svg ref={frame} className="sc-blocks" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={t("bins")}>
      {intervals.map((bin, k) => {
        const left = WIDTH * places[k]!;
        const width = Math.max(0, WIDTH * (places[k + 1]! - places[k]!));
        return (
          <g key={k}>
            <rect
              className="sc-block"
              x={left + 1}
              y={y(bin.eventRate ?? 0)}
              width={Math.max(0, width - 2)}
              height={HEIGHT - FOOT - y(bin.eventRate ?? 0)}
            />
            {width > 44 && (
              <text x={left + width / 2} y={y(bin.eventRate ?? 0) - 4} textAnchor="middle">
                {percent(bin.eventRate)}
              </text>
            )}
          </g>
        );
      })}
      <line className="sc-overall" x1={0} x2={WIDTH} y1={y(overall)} y2={y(overall)} />
      <line className="sc-axis" x1={0} x2={WIDTH} y1={HEIGHT - FOOT} y2={HEIGHT - FOOT} />
      {splits.map((split, k) => {
        const x = WIDTH * places[k + 1]!;
        const share = percent(places[k + 1]!, 0);
        return (
          <g
            key={k}
            className="sc-boundary"
            role="slider"
            tabIndex={0}
            aria-label={t("boundary", { k: String(k + 1) })}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(100 * places[k + 1]!)}
            aria-valuetext={t("boundaryAt", { value: formatValue(split, unit, language), share })}
            data-held={held === k}
            onKeyDown={press(k)}
          >
            <line x1={x} x2={x} y1={4} y2={HEIGHT - FOOT} />
            <circle cx={x} cy={HEIGHT - FOOT} r={6} />
            <rect
              x={x - 11}
              y={0}
              width={22}
              height={HEIGHT}
              fill="transparent"
              onPointerDown={(event) => {
                event.currentTarget.setPointerCapture(event.pointerId);
                setHeld(k);
              }}
              onPointerMove={held === k ? drag(k) : undefined}
              onPointerUp={() => setHeld(null)}
              onPointerCancel={() => setHeld(null)}
            />
            {held === k && (
              <text x={Math.min(WIDTH - 60, Math.max(60, x))} y={HEIGHT - 5} textAnchor="middle" className="sc-held">
                {formatValue(split, unit, language)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
};

/** What a number in the sample's unit is shown as where people type it. */
const SCALE: Readonly<Record<string, { readonly by: number; readonly unit: "yuan" | "percent" }>> = {
  fen: { by: 100, unit: "yuan" },
  ratio: { by: 0.01, unit: "percent" },
  "per-month": { by: 0.01, unit: "percent" },
};

/** Every bin of one feature with its evidence; boundaries move by hand and everything is counted again at once. */
export const BinEditor = ({ sample, feature, unit, binning: optimum, edit, asked, even, onEdit }: Props) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const heading = useId();
  const [refused, setRefused] = useState(false);
  const found = useRoute(getSampleFeature, { params: { id: sample, feature } }, { staleTime: Number.POSITIVE_INFINITY });
  const counted = found.data?.feature.name === feature ? found.data : undefined;
  const special = optimum.bins.flatMap((bin) => (bin.kind === "special" ? [bin.special] : []));
  const axis = useMemo(
    () => counted && axisOf(counted, special),
    // The special values belong to the binning of the same feature.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [counted, optimum],
  );
  const binning = useMemo((): Binning => {
    if (!edit || !counted) return optimum;
    return "splits" in edit ? withSplitsCounted(optimum, counted, edit.splits) : withGroupsCounted(optimum, counted, edit.groups);
  }, [edit, counted, optimum]);
  if (found.error) return <ProblemState error={found.error} onRetry={() => void found.refetch()} />;
  if (!counted || !axis) return <LoadingState rows={8} />;
  const numerical = optimum.kind === "numerical";
  const splits = edit && "splits" in edit ? edit.splits : optimum.splits;
  const setSplits = (next: readonly number[]) => {
    setRefused(false);
    onEdit({ feature, splits: next });
  };
  const kept = binning.bins.filter((bin) => bin.kind === "categories").map((bin) => bin.categories);
  const regroup = (category: string, to: number) => {
    const groups = kept.map((group) => group.filter((each) => each !== category));
    const next = to < groups.length ? groups.map((group, k) => (k === to ? [...group, category] : group)) : [...groups, [category]];
    onEdit({ feature, groups: next.filter((group) => group.length > 0) });
  };
  const most = Math.max(...binning.bins.map((bin) => bin.eventRate ?? 0), 0.001);
  const scale = SCALE[unit];
  // A hundredth has no exact double: what is shown, and what is read back, is rounded far below any value's own digits.
  const shown = (split: number) => String(Number((split / (scale?.by ?? 1)).toPrecision(14)));
  const read = (shownValue: string) => Number((Number(shownValue) * (scale?.by ?? 1)).toPrecision(14));
  const broken = asked !== "auto" && asked !== "none" && edit !== undefined && binning.trend !== asked;
  return (
    <div data-editor={feature} data-iv={binning.iv} aria-labelledby={heading} role="group">
      <p id={heading} className="sc-editor-head" role="status">
        <strong>{t("now", { iv: figure(binning.iv, 4) })}</strong>
        {edit && <span className="zw-mute">{t("optimum", { iv: figure(optimum.iv, 4) })}</span>}
        <span>{t("shape", { shape: text(SHAPE[binning.trend]!) })}</span>
        {broken && <Mark tone="bad">{t("broken", { shape: text(SHAPE[asked]!) })}</Mark>}
        {edit ? <Mark tone="warn">{t("edited")}</Mark> : <Mark tone="good">{t(even && numerical ? "even" : "exact")}</Mark>}
        {edit && (
          <Button size="small" onClick={() => onEdit(undefined)}>
            {t("reset")}
          </Button>
        )}
      </p>
      {numerical && <Blocks binning={binning} axis={axis} unit={unit} splits={splits} onSplits={setSplits} />}
      {numerical && <p className="sc-note">{t("chart")}</p>}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
      <div className="zw-scroll" role="region" aria-label={t("bins")} tabIndex={0}>
        <table className="zw-table">
          <caption className="zw-visually-hidden">{t("bins")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("bin")}</th>
              <th scope="col" className="zw-num">
                {t("records")}
              </th>
              <th scope="col" className="zw-num">
                {t("events")}
              </th>
              <th scope="col">{t("rate")}</th>
              <th scope="col" className="zw-num">
                {t("woe")}
              </th>
              <th scope="col" className="zw-num">
                {t("iv")}
              </th>
              {numerical && <th scope="col">{scale?.unit === "yuan" ? `${t("upTo")} (${t("yuan")})` : t("upTo")}</th>}
              {numerical && <th scope="col" aria-label={t("divide")} />}
            </tr>
          </thead>
          <tbody>
            {binning.bins.map((bin, k) => {
              const name = binName(bin, unit, language);
              const halves = numerical && bin.kind === "interval" ? halved(axis, splits, k) : null;
              return (
                <tr key={`${bin.kind} ${k}`}>
                  <th scope="row" className={numerical ? "sc-rate" : undefined}>
                    {name}
                  </th>
                  <td className="zw-num">
                    {formatCount(bin.records, language)} <span className="zw-mute">{percent(bin.share, 0)}</span>
                  </td>
                  <td className="zw-num">{formatCount(bin.events, language)}</td>
                  <td className="sc-rate">
                    <span className="sc-bar sc-bar-risk" style={{ width: `${(50 * (bin.eventRate ?? 0)) / most}px` }} aria-hidden />{" "}
                    {percent(bin.eventRate)}
                  </td>
                  <td className="zw-num">{figure(bin.woe)}</td>
                  <td className="zw-num">{figure(bin.iv, 4)}</td>
                  {numerical && (
                    <td className="sc-rate">
                      {bin.kind === "interval" && k < splits.length && (
                        <input
                          key={splits[k]}
                          className="zw-input sc-number"
                          type="number"
                          step="any"
                          aria-label={t("upToOf", { bin: name, unit: t(scale?.unit ?? "raw") })}
                          defaultValue={shown(splits[k]!)}
                          onBlur={(event) => {
                            const value = read(event.target.value);
                            if (event.target.value === "" || event.target.value === shown(splits[k]!)) return;
                            const next = typed(axis, splits, k, value);
                            if (next) setSplits(next);
                            else {
                              event.target.value = shown(splits[k]!);
                              setRefused(true);
                            }
                          }}
                          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
                        />
                      )}
                      {scale?.unit === "percent" && bin.kind === "interval" && k < splits.length && " %"}
                    </td>
                  )}
                  {numerical && (
                    <td className="sc-row-actions">
                      {bin.kind === "interval" && (
                        <>
                          <button
                            type="button"
                            className="zw-link"
                            disabled={!halves}
                            aria-label={t("divideBin", { bin: name })}
                            onClick={() => halves && setSplits(halves)}
                          >
                            {t("divide")}
                          </button>
                          {k < splits.length && (
                            <button
                              type="button"
                              className="zw-link"
                              aria-label={t("mergeBin", { bin: name })}
                              onClick={() => setSplits(without(splits, k))}
                            >
                              {t("merge")}
                            </button>
                          )}
                        </>
                      )}
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!numerical && (
        <ul className="sc-groups">
          {counted.categories.map((category, i) => {
            const group = kept.findIndex((each) => each.includes(category));
            if (group < 0) return null;
            const records = counted.events[i]! + counted.nonEvents[i]!;
            return (
              <li key={category}>
                <span>
                  {category}{" "}
                  <span className="zw-mute">{`${formatCount(records, language)} · ${percent(counted.events[i]! / records)}`}</span>
                </span>
                <Choice
                  label={t("groupOf", { category })}
                  value={String(group)}
                  options={[
                    ...kept.map((_, k) => ({ value: String(k), label: `${t("group")} ${k + 1}` })),
                    { value: String(kept.length), label: t("newGroup") },
                  ]}
                  onChange={(value) => regroup(category, Number(value))}
                />
              </li>
            );
          })}
        </ul>
      )}
      {refused && <p role="alert">{t("refused")}</p>}
      {edit && <p className="sc-note">{t("seenAll")}</p>}
      {edit && even && numerical && <p className="sc-note">{t("evenLost")}</p>}
      {!counted.exact && <p className="sc-note">{t("approximate")}</p>}
    </div>
  );
};
