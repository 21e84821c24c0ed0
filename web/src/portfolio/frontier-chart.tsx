import { useEffect, useRef } from "react";
import { LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { formatFen } from "../ui/format.ts";
import { useLanguage } from "../ui/language.tsx";
import { usePalette } from "../ui/theme.tsx";

use([LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

type Point = { readonly riskFen: number; readonly profitFen: number; readonly enterprises: number };

/** Profit over risk. What it shows stands in a table beside it, so it is hidden from readers of screens. */
export const FrontierChart = ({
  points,
  names,
}: {
  points: readonly Point[];
  names: { risk: string; profit: string; enterprises: string };
}) => {
  const language = useLanguage();
  const palette = usePalette();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  useEffect(() => {
    const drawn = init(place.current!);
    chart.current = drawn;
    const watcher = new ResizeObserver(() => drawn.resize());
    watcher.observe(place.current!);
    return () => {
      watcher.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    const locale = language === "zh" ? "zh-CN" : "en-GB";
    const axis = (name: string, nameGap: number) => ({
      type: "value" as const,
      name,
      nameLocation: "middle" as const,
      nameGap,
      nameTextStyle: { color: palette.mute },
      axisLine: { lineStyle: { color: palette.line } },
      splitLine: { lineStyle: { color: palette.line } },
      splitNumber: 4,
      axisLabel: {
        color: palette.mute,
        hideOverlap: true,
        formatter: (fen: number) => (fen / 100).toLocaleString(locale, { notation: "compact", maximumFractionDigits: 1 }),
      },
    });
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { fontFamily: "inherit", color: palette.ink },
        grid: { left: 28, right: 16, top: 12, bottom: 28, containLabel: true },
        tooltip: {
          trigger: "item",
          confine: true,
          backgroundColor: palette.surface,
          borderColor: palette.line,
          textStyle: { color: palette.ink, fontSize: 13 },
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const point = points[dataIndex]!;
            return `${names.profit} ${formatFen(point.profitFen, language)}<br>${names.risk} ${formatFen(point.riskFen, language)}<br>${names.enterprises} ${point.enterprises}`;
          },
        },
        xAxis: axis(names.risk, 26),
        yAxis: axis(names.profit, 48),
        series: [
          {
            type: "line",
            color: palette.accent,
            symbol: "circle",
            symbolSize: 8,
            data: points.map((point) => [point.riskFen, point.profitFen]),
          },
        ],
      },
      { notMerge: true },
    );
  }, [points, names, language, palette]);
  return <div ref={place} className="zo-chart" aria-hidden="true" />;
};
