import { useEffect, useRef } from "react";
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { formatFen } from "../ui/format.ts";
import { useLanguage } from "../ui/language.tsx";
import { usePalette } from "../ui/theme.tsx";
import type { Month } from "./words.ts";

use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

type Props = {
  months: readonly Month[];
  names: { sales: string; purchases: string; partial: string };
  onMonth: (month: string) => void;
};

/** Two bars a month. The whole column answers a click, so that a small month can be asked as well as a large one. */
export const MonthChart = ({ months, names, onMonth }: Props) => {
  const language = useLanguage();
  const palette = usePalette();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const choose = useRef(onMonth);
  const shown = useRef(months);
  useEffect(() => {
    choose.current = onMonth;
    shown.current = months;
  }, [onMonth, months]);

  useEffect(() => {
    const drawn = init(place.current!);
    chart.current = drawn;
    const columnAt = (event: { offsetX: number; offsetY: number }): Month | undefined => {
      const point = [event.offsetX, event.offsetY];
      if (!drawn.containPixel({ gridIndex: 0 }, point)) return undefined;
      const [index] = drawn.convertFromPixel({ gridIndex: 0 }, point) as number[];
      return shown.current[Math.round(index ?? -1)];
    };
    const canvas = drawn.getZr();
    canvas.on("click", (event) => {
      const month = columnAt(event);
      if (month) choose.current(month.month);
    });
    canvas.on("mousemove", (event) => canvas.setCursorStyle(columnAt(event) ? "pointer" : "default"));
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
    const axis = { axisLine: { lineStyle: { color: palette.line } }, axisTick: { show: false } };
    const bars = (name: string, color: string, of: "salesFen" | "purchasesFen") => ({
      type: "bar" as const,
      name,
      color,
      barGap: "10%",
      barCategoryGap: "28%",
      data: months.map((month) => ({ value: month[of], itemStyle: month.partial ? { opacity: 0.5 } : {} })),
    });
    chart.current?.setOption(
      {
        animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
        animationDuration: 300,
        textStyle: { fontFamily: "inherit", color: palette.ink },
        grid: { left: 4, right: 8, top: 38, bottom: 4, containLabel: true },
        legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: palette.ink } },
        tooltip: {
          trigger: "axis",
          axisPointer: { type: "shadow" },
          confine: true,
          backgroundColor: palette.surface,
          borderColor: palette.line,
          textStyle: { color: palette.ink, fontSize: 13 },
          valueFormatter: (value: unknown) => formatFen(Number(value), language),
        },
        xAxis: {
          ...axis,
          type: "category",
          data: months.map((month) => (month.partial ? `${month.month}*` : month.month)),
          axisLabel: { color: palette.mute, hideOverlap: true },
        },
        yAxis: {
          ...axis,
          type: "value",
          splitNumber: 4,
          splitLine: { lineStyle: { color: palette.line } },
          axisLabel: {
            color: palette.mute,
            formatter: (fen: number) => (fen / 100).toLocaleString(locale, { notation: "compact", maximumFractionDigits: 1 }),
          },
        },
        series: [bars(names.sales, palette.sales, "salesFen"), bars(names.purchases, palette.purchases, "purchasesFen")],
      },
      { notMerge: true },
    );
  }, [months, names.sales, names.purchases, language, palette]);

  return <div ref={place} className="zp-canvas" />;
};
