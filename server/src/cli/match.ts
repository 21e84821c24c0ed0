import { type Command, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT } from "./output.ts";
import { AS_OF, dayOption, readPermit } from "./read.ts";

const percent = (value: number | null) => (value === null ? "–" : `${(100 * value).toFixed(2)} %`);
const wan = (fen: number | null) => (fen === null ? "–" : (fen / 1_000_000).toLocaleString("en-US", { maximumFractionDigits: 2 }));

const OUTCOMES = {
  pass: { zh: "符合", en: "pass" },
  near: { zh: "接近", en: "near" },
  unknown: { zh: "待定", en: "unknown" },
  fail: { zh: "不符", en: "fail" },
} as const;

const requestOf = (text: string | undefined): Record<string, unknown> => {
  if (text === undefined) return {};
  try {
    const fields = JSON.parse(text) as unknown;
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) return fields as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new UsageError("--request 应为一个 JSON 对象。", "--request must be a JSON object.");
};

export const match: Command = {
  usage: "match ID [--as-of DATE] [--on DATE] [--request JSON]",
  summary: { zh: "为一家企业匹配融资产品，逐条给出理由", en: "match an enterprise with the products, with every reason" },
  options: {
    "as-of": AS_OF,
    on: {
      type: "string",
      value: "DATE",
      help: { zh: "报价日（默认今天）：用当日的产品、规则与 LPR", en: "day of the offers (default: today): its products, rules and LPR" },
    },
    request: { type: "string", value: "JSON", help: { zh: "融资申请的字段", en: "fields of the loan request" } },
    by: { type: "string", value: "RANKING", help: { zh: "排序：cost、chance、amount、time", en: "ranking: cost, chance, amount or time" } },
  },
  run: async (input) => {
    const { out, words } = input;
    const [id] = words;
    if (id === undefined || words.length > 1) throw new UsageError("请给出一个企业编号。", "Name one enterprise.");
    const asOf = await dayOption(input);
    const on = textOption(input, "on");
    const request = requestOf(textOption(input, "request"));
    const ranking = textOption(input, "by");
    const { isoDate } = await import("@zhiwei/core/basics");
    const { rankings } = await import("@zhiwei/core/product");
    if (on !== undefined && isoDate(on) === null)
      throw new UsageError("--on 应为日历上的一天，格式 YYYY-MM-DD。", "--on must be a day of the calendar, as YYYY-MM-DD.");
    const by = rankings.find((each) => each === ranking);
    if (ranking !== undefined && by === undefined)
      throw new UsageError("--by 应为 cost、chance、amount 或 time。", "--by must be cost, chance, amount or time.");
    const found = await withPlatform(input.config, async (platform) => {
      const { matchOf } = await import("../product/match.ts");
      return matchOf(platform, await readPermit(platform, id, "match"), {
        request,
        ...(asOf === undefined ? {} : { asOf }),
        ...(on === undefined ? {} : { on }),
        ...(by === undefined ? {} : { ranking: by }),
      });
    });
    if (found.inputs.demonstration)
      out.say({
        zh: "目录中没有产品：用的是示范区域随附的产品。",
        en: "The catalogue is empty: these are the products that come with the demonstration region.",
      });
    out.result(found.matches, () => {
      out.table(
        [
          { zh: "产品", en: "Product" },
          { zh: "结论", en: "Outcome" },
          { zh: "额度（万元）", en: "Limit (10,000 yuan)" },
          { zh: "名义年利率", en: "Nominal rate" },
          { zh: "综合年化成本", en: "Annual cost" },
          { zh: "首要原因", en: "First reason" },
        ],
        found.matches.map((each) => {
          const [reason] = each.inTheWay;
          return [
            out.text(each.title),
            out.text(OUTCOMES[each.outcome]),
            each.limit === null ? `≤ ${wan(each.limitFrom.highFen)}` : wan(each.limit),
            percent(each.nominalRate),
            percent(each.annualCost),
            reason ? out.text(reason) : "–",
          ];
        }),
        [2, 3, 4],
      );
      if (found.missing.length > 0) {
        out.line("");
        out.line(out.text({ zh: "补充以下资料可确定更多产品：", en: "These would settle more products:" }));
        for (const { unknown, products } of found.missing.slice(0, 8))
          out.line(`  ${out.text(unknown.name)} (${out.text(unknown.recordName)}): ${products.length}`);
      }
    });
    return EXIT.done;
  },
};
