import type { IsoDate, Text } from "@zhiwei/core/basics";
import type { ReadSubject } from "@zhiwei/core/consent";
import { OPERATOR } from "../access/actor.ts";
import type { Platform } from "../platform.ts";
import { type Command, type CommandInput, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT } from "./output.ts";

const wholeOption = (input: CommandInput, name: string, min: number, max: number): number | undefined => {
  const text = textOption(input, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < min || value > max)
    throw new UsageError(`--${name} 应为 ${min} 至 ${max} 的整数。`, `--${name} must be a whole number from ${min} to ${max}.`);
  return value;
};

/** The day that `--as-of` names. What is no day of the calendar is wrong use, not a missing thing. */
export const dayOption = async (input: CommandInput): Promise<IsoDate | undefined> => {
  const text = textOption(input, "as-of");
  if (text === undefined) return undefined;
  const { isoDate } = await import("@zhiwei/core/basics");
  const day = isoDate(text);
  if (!day) throw new UsageError("--as-of 应为日历上的一天，格式 YYYY-MM-DD。", "--as-of must be a day of the calendar, as YYYY-MM-DD.");
  return day;
};

export const AS_OF = {
  type: "string",
  value: "DATE",
  help: { zh: "观察日 YYYY-MM-DD；其后的记录一概不用", en: "as of this day, YYYY-MM-DD; nothing later is used" },
} as const;
const yuan = (fen: number | null) =>
  fen === null ? "–" : (fen / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const rounded = (value: number | null, digits = 1) => (value === null ? "–" : value.toFixed(digits));

/** The command line is the operator's: it needs no consent, and leaves its traces. */
export const readPermit = async ({ db }: Platform, enterprise: string, what: ReadSubject) => {
  const { permitRead } = await import("../consent/index.ts");
  return permitRead(db, OPERATOR, { enterprise, classes: ["profile"], what });
};
export const listPermit = async (what: ReadSubject) => {
  const { permitList } = await import("../consent/index.ts");
  return permitList(OPERATOR, { classes: ["profile"], what });
};

/** The list is paged for the console; a script asks for as many as it likes. */
const enterprisesOf = async ({ db }: Platform, limit: number) => {
  const { enterpriseList } = await import("../profile/index.ts");
  const permit = await listPermit("list");
  const items = [];
  for (let page = 1; items.length < limit; page++) {
    const found = await enterpriseList(db, permit, { page, pageSize: Math.min(limit, 1000) });
    items.push(...found.items);
    if (items.length >= found.total || found.items.length === 0) break;
  }
  return items.slice(0, limit);
};

export const enterprises: Command = {
  usage: "enterprises [--limit N]",
  summary: { zh: "列出企业", en: "list enterprises" },
  options: { limit: { type: "string", value: "N", help: { zh: "最多列出多少家（默认 100）", en: "at most so many (default 100)" } } },
  run: async (input) => {
    if (input.words.length > 0) throw new UsageError("enterprises 不带参数。", "enterprises takes no arguments.");
    const limit = wholeOption(input, "limit", 1, 10_000_000) ?? 100;
    const { out } = input;
    const found = await withPlatform(input.config, (platform) => enterprisesOf(platform, limit));
    const { sizeClassText } = await import("@zhiwei/core/enterprise");
    out.result(found, () =>
      out.table(
        [
          { zh: "编号", en: "Id" },
          { zh: "名称", en: "Name" },
          { zh: "规模", en: "Size" },
          { zh: "行业", en: "Industry" },
          { zh: "近12月净销售（元）", en: "Net sales 12m (yuan)" },
          { zh: "同业位置", en: "Position" },
          { zh: "红旗 高/中/低", en: "Flags h/m/l" },
          { zh: "发票", en: "Invoices" },
        ],
        found.map((each) => [
          each.id,
          each.name,
          each.sizeClass ? out.text(sizeClassText[each.sizeClass]) : "–",
          each.industry ? out.text(each.industry.name) : "–",
          yuan(each.netSales12mFen),
          rounded(each.position),
          `${each.flags.high}/${each.flags.medium}/${each.flags.low}`,
          String(each.invoices),
        ]),
        [4, 5, 6, 7],
      ),
    );
    return EXIT.done;
  },
};

export const features: Command = {
  usage: "features --as-of DATE [ID…]",
  summary: { zh: "计算指标（给出编号则只列这些企业）", en: "compute features, of all enterprises or those named" },
  options: { "as-of": AS_OF },
  run: async (input) => {
    const { out, words } = input;
    const asOf = await dayOption(input);
    if (!asOf) throw new UsageError("请用 --as-of 给出观察日。", "Name the day with --as-of.");
    const found = await withPlatform(input.config, async (platform) => {
      const { computeFeatures } = await import("../features/index.ts");
      const { requireEnterprise } = await import("../enterprise/require.ts");
      for (const id of words) await requireEnterprise(platform.db, id);
      const values = await computeFeatures(platform, { asOf, ...(words.length > 0 ? { enterprises: words } : {}) });
      const { traceShown } = await import("../consent/index.ts");
      const ids = words.length > 0 ? words : [...values.keys()].sort();
      await traceShown(platform.db, await listPermit("features"), ids);
      const { catalogue } = await import("@zhiwei/core/features");
      return ids.map((enterprise) => ({
        enterprise,
        asOf,
        values: Object.fromEntries(catalogue.map(({ id }) => [id, values.get(enterprise)?.[id] ?? null])),
      }));
    });
    const { catalogue } = await import("@zhiwei/core/features");
    out.result(found, () => {
      for (const { enterprise, values } of found) {
        out.line(`${enterprise}  ${asOf}`);
        out.table(
          [
            { zh: "指标", en: "Feature" },
            { zh: "名称", en: "Name" },
            { zh: "值", en: "Value" },
            { zh: "单位", en: "Unit" },
          ],
          catalogue.map((feature) => {
            const value = values[feature.id] ?? null;
            return [
              feature.id,
              out.text(feature.name),
              feature.unit === "fen" ? yuan(value) : rounded(value, 4),
              feature.unit === "fen" ? "yuan" : feature.unit,
            ];
          }),
          [2],
        );
        out.line("");
      }
    });
    return EXIT.done;
  },
};

export const profile: Command = {
  usage: "profile ID [--as-of DATE] [--bundle]",
  summary: { zh: "打印一家企业的信用画像", en: "print the credit profile of an enterprise" },
  options: {
    "as-of": AS_OF,
    bundle: {
      type: "boolean",
      help: {
        zh: "打印存证包：画像及离线核验所需的证明",
        en: "print its bundle: the profile with all that is needed to verify it offline",
      },
    },
  },
  run: async (input) => {
    const { out, words, options } = input;
    const [id] = words;
    if (id === undefined || words.length > 1) throw new UsageError("请给出一个企业编号。", "Name one enterprise.");
    const asOf = await dayOption(input);
    const { profileOf } = await import("../profile/index.ts");
    const { stated, bundle } = await withPlatform(input.config, async (platform) => {
      const stated = await profileOf(platform, await readPermit(platform, id, "profile"), asOf);
      if (options["bundle"] !== true || !stated.ok) return { stated, bundle: null };
      const { bundleOf } = await import("../evidence/bundle.ts");
      const { openEvidence } = await import("../evidence/publish.ts");
      return { stated, bundle: await bundleOf(platform.db, await openEvidence(platform), stated.value, new Date()) };
    });
    if (!stated.ok) {
      out.problem(stated.error);
      return EXIT.failed;
    }
    if (bundle !== null) {
      out.line(bundle);
      return EXIT.done;
    }
    const { profile: document, canonical, sha256 } = stated.value;
    if (out.json) {
      // The very bytes that the hash is of.
      out.line(canonical);
      return EXIT.done;
    }
    const text = (each: Text) => out.text(each);
    out.line(`${document.enterprise.name} (${document.enterprise.id})  ${document.asOf}`);
    out.line(`sha256 ${sha256}`);
    out.line("");
    out.table(
      [
        { zh: "维度", en: "Dimension" },
        { zh: "位置 0–100", en: "Position 0–100" },
        { zh: "水平", en: "Level" },
        { zh: "变化", en: "Change" },
      ],
      document.dimensions.map((each) => [
        text(each.name),
        rounded(each.position),
        each.level ? text(each.level.name) : "–",
        rounded(each.trend.change),
      ]),
      [1, 3],
    );
    out.line("");
    for (const flag of document.flags) out.line(`⚑ ${flag.severity}  ${text(flag.name)}: ${text(flag.why)}`);
    if (document.flags.length === 0) out.line(text({ zh: "没有红旗。", en: "No red flags." }));
    return EXIT.done;
  },
};
