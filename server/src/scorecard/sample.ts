/** Labelled tables: the platform's own enterprises with known outcomes, and tables that were brought. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { SampleSummary } from "@zhiwei/api/scorecard";
import { type IsoDate, type Text, asPeopleCount, canonicalJson, isoDate, problem } from "@zhiwei/core/basics";
import { industryCode, sectionOf, sections } from "@zhiwei/core/enterprise";
import { type FeatureValues, catalogue, featureById } from "@zhiwei/core/features";
import { type FeatureData, type Sample, type SampleSource, categorical, numerical } from "@zhiwei/core/scorecard";
import { usable } from "../consent/negative.ts";
import { type Context, catalogueHash, ensureFeatures } from "../features/index.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { literal, rows } from "../lake/index.ts";
import type { Platform } from "../platform.ts";
import { encodingOf, openInput } from "../records/input.ts";
import { findUpload } from "../records/uploads.ts";
import { asOfDay, today } from "../system/as-of.ts";
import { sha256Hex as sha256 } from "../system/hash.ts";

export const PLATFORM_SAMPLE = "platform";

export type LoadedSample = {
  readonly source: SampleSource;
  readonly sample: Sample;
  /** What each record is called: ids of enterprises in the platform's own sample. */
  readonly ids: readonly string[];
};

/** So that the same records with the same outcomes are known again, whatever they are called. */
/** Of all that a model or its validation reads. */
const hashOf = (ids: readonly string[], { features, target, groups, days }: Sample): string =>
  sha256(
    canonicalJson({
      ids,
      target: Array.from(target),
      groups: groups.map(({ name, values }) => ({ name, values: [...values] })),
      days: days && [...days],
      features: features.map((feature) => ({
        name: feature.name,
        values:
          feature.kind === "numerical"
            ? Array.from(feature.values, (value) => (Number.isFinite(value) ? value : null))
            : Array.from(feature.codes, (code) => (code < 0 ? null : feature.categories[code]!)),
      })),
    }),
  );

export const titleOf = (feature: string): Text => featureById(feature)?.name ?? { zh: feature, en: feature };

/** Values of features of the catalogue as columns. */
export const columnsOf = (names: readonly string[], values: readonly FeatureValues[]): FeatureData[] =>
  names.map((name) =>
    numerical(
      name,
      values.map((each) => each[name] ?? null),
    ),
  );

/** Stored values of a day, of every enterprise with records up to it. */
export const storedFeatures = async (
  context: Context,
  asOf: IsoDate,
  enterprise?: string,
): Promise<{ readonly id: string; readonly values: FeatureValues }[]> => {
  const hash = await ensureFeatures(context, asOf);
  let query = context.db
    .selectFrom("feature_row")
    .select(["enterprise_id as id", "values"])
    .where("as_of", "=", asOf)
    .where("catalogue", "=", hash);
  if (enterprise !== undefined) query = query.where("enterprise_id", "=", enterprise);
  const found = await query.execute();
  return found.toSorted((a, b) => asPeopleCount(a.id, b.id));
};

const UNKNOWN = "未知 unknown";
const OUTCOME: Text = {
  zh: "银行记录的违约（credit_outcome；无违约日期）",
  en: "Default as recorded by the bank (credit_outcome; without a date of default)",
};

const SIZES: Readonly<Record<string, Text>> = {
  large: { zh: "大型", en: "large" },
  medium: { zh: "中型", en: "medium" },
  small: { zh: "小型", en: "small" },
  micro: { zh: "微型", en: "micro" },
};

/** The platform's own enterprises whose outcome is known, with the catalogue's features as of a day. */
const platformSample = async (platform: Platform, day?: IsoDate): Promise<LoadedSample> => {
  const asOf = day ?? (await asOfDay(platform.db, undefined));
  const known = await platform.db
    .selectFrom("credit_outcome")
    .innerJoin("enterprise", "enterprise.id", "credit_outcome.enterprise_id")
    .leftJoin("profile_summary", "profile_summary.enterprise_id", "enterprise.id")
    .select([
      "enterprise.id",
      "enterprise.kind",
      "enterprise.industry_code",
      "enterprise.region_code",
      "profile_summary.size_class",
      "credit_outcome.defaulted",
    ])
    .where("credit_outcome.defaulted", "is not", null)
    .where(usable(today()))
    .execute();
  const values = new Map((await storedFeatures(platform, asOf)).map((row) => [row.id, row.values]));
  // Whoever defaulted with one lender has defaulted.
  const defaulted = new Set(known.filter((row) => row.defaulted).map((row) => row.id));
  const own = [...new Map(known.map((row) => [row.id, row])).values()]
    .filter((row) => values.has(row.id))
    .toSorted((a, b) => asPeopleCount(a.id, b.id));
  const ids = own.map((row) => row.id);
  const features = columnsOf(
    catalogue.map((feature) => feature.id),
    ids.map((id) => values.get(id)!),
  );
  const target = Uint8Array.from(own, (row) => (defaulted.has(row.id) ? 1 : 0));
  const groups = [
    {
      name: { zh: "规模", en: "Size class" },
      values: own.map((row) => (row.size_class ? `${SIZES[row.size_class]!.zh} ${SIZES[row.size_class]!.en}` : UNKNOWN)),
    },
    { name: { zh: "组织形式", en: "Ownership" }, values: own.map((row) => (row.kind === "company" ? "公司 company" : "个体 sole trader")) },
    {
      name: { zh: "行业门类", en: "Industry section" },
      values: own.map((row) => {
        const code = row.industry_code === null ? null : industryCode(row.industry_code);
        const section = code && sections.find((each) => each.code === sectionOf(code));
        return section ? `${section.name.zh} ${section.name.en}` : UNKNOWN;
      }),
    },
    { name: { zh: "省份", en: "Province" }, values: own.map((row) => row.region_code?.slice(0, 2) ?? UNKNOWN) },
  ].filter(({ values: of }) => new Set(of).size > 1);
  const sample: Sample = { features, target, groups, days: null };
  return {
    source: {
      kind: "platform",
      title: { zh: "平台上有违约记录的企业", en: "The platform's enterprises with known outcomes" },
      asOf,
      outcome: OUTCOME,
      sha256: hashOf(ids, sample),
      catalogue: catalogueHash,
    },
    sample,
    ids,
  };
};

// Tables.

export type TableColumns = {
  readonly target: string;
  readonly event: string;
  readonly id: string | null;
  readonly day: string | null;
  readonly leaveOut: readonly string[];
  /** Columns that fairness is looked at by; they are no features. */
  readonly groups: readonly string[];
};

const refuse = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string) =>
  new Refusal(422, problem(code, zh, en, remedyZh, remedyEn));

const MOST_ROWS = 2_000_000;
const MOST_COLUMNS = 500;
/** More different texts than this are names, not categories. */
const MOST_GROUPS = 50;
const MOST_CATEGORIES = 200;

const asNumber = (text: string | null): number | null => {
  if (text === null) return null;
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(value) ? value : null;
};
const isMissing = (text: string | null) => text === null || /^\s*(?:|na|n\/a|nan|null|none|\?)\s*$/i.test(text);

/** Reads a table as it was kept: UTF-8 with a header. A column is numerical where all that is not missing is a number. */
const readTable = async (platform: Platform, path: string, title: string, columns: TableColumns): Promise<LoadedSample> => {
  const connection = await platform.lake.connect();
  try {
    const from = `read_csv(${literal(path)}, all_varchar = true, header = true, null_padding = true)`;
    const described = await rows<{ column_name: string }>(connection, `DESCRIBE SELECT * FROM ${from}`).catch((cause: Error) => {
      throw refuse(
        "table-unreadable",
        `无法把文件读成表格：${cause.message.split("\n")[0]}`,
        `The file cannot be read as a table: ${cause.message.split("\n")[0]}`,
        "请用 CSV（逗号分隔、首行为列名）导出后重试。",
        "Export it as CSV with commas and a first line of column names.",
      );
    });
    const names = described.map((each) => each.column_name);
    if (names.length > MOST_COLUMNS)
      throw refuse(
        "too-many-columns",
        `表格有 ${names.length} 列，上限 ${MOST_COLUMNS}。`,
        `The table has ${names.length} columns; at most ${MOST_COLUMNS} are taken.`,
        "请只保留需要的列。",
        "Keep the columns that are needed.",
      );
    for (const name of [columns.target, columns.id, columns.day, ...columns.leaveOut, ...columns.groups])
      if (name !== null && !names.includes(name))
        throw refuse(
          "no-such-column",
          `表格没有“${name}”这一列。`,
          `The table has no column "${name}".`,
          "请核对列名。",
          "Check the names of the columns.",
        );
    const reader = await connection.runAndReadAll(`SELECT * FROM ${from} LIMIT ${MOST_ROWS + 1}`);
    const table = reader.getColumnsObject() as Record<string, (string | null)[]>;
    const count = reader.currentRowCount;
    if (count > MOST_ROWS)
      throw refuse(
        "too-many-rows",
        `表格超过 ${MOST_ROWS} 行。`,
        `The table has more than ${MOST_ROWS} rows.`,
        "请抽样后再导入；百万行以内的样本已足够。",
        "Draw a sample: a million rows are plenty.",
      );
    const outcomes = table[columns.target]!;
    const blank = outcomes.findIndex(isMissing);
    if (blank >= 0)
      throw refuse(
        "outcome-missing",
        `第 ${blank + 2} 行没有结果（“${columns.target}”为空）。`,
        `Line ${blank + 2} has no outcome ("${columns.target}" is empty).`,
        "请补齐或去掉没有结果的行。",
        "Fill in or take out rows without an outcome.",
      );
    const target = Uint8Array.from(outcomes, (value) => (value!.trim() === columns.event.trim() ? 1 : 0));
    const events = target.reduce((sum, value) => sum + value, 0);
    if (events === 0 || events === count)
      throw refuse(
        "one-class",
        `“${columns.target}”取值为“${columns.event}”的有 ${events} 行，共 ${count} 行：只有一类结果。`,
        `${events} of ${count} rows have "${columns.event}" in "${columns.target}": there is one outcome only.`,
        "请核对结果列及代表违约的取值。",
        "Check the column of the outcome and the value that stands for the event.",
      );
    const days =
      columns.day === null
        ? null
        : table[columns.day]!.map((value, row) => {
            const day = value === null ? null : isoDate(value.trim().replaceAll("/", "-"));
            if (!day)
              throw refuse(
                "not-a-day",
                `第 ${row + 2} 行的“${columns.day}”不是日期（YYYY-MM-DD）。`,
                `Line ${row + 2} has no day (YYYY-MM-DD) in "${columns.day}".`,
                "请改正，或不指定日期列。",
                "Correct it, or name no column of days.",
              );
            return day;
          });
    const outside = new Set([columns.target, columns.id, columns.day, ...columns.leaveOut, ...columns.groups]);
    const features = names
      .filter((name) => !outside.has(name))
      .flatMap((name): FeatureData[] => {
        const texts = table[name]!;
        const isNumber = texts.every((text) => isMissing(text) || asNumber(text) !== null);
        if (isNumber) return [numerical(name, texts.map(asNumber))];
        const cleaned = texts.map((text) => (isMissing(text) ? null : text!.trim()));
        if (new Set(cleaned).size > MOST_CATEGORIES) return [];
        return [categorical(name, cleaned)];
      });
    if (features.length === 0)
      throw refuse(
        "no-features",
        "除结果外没有可用作特征的列。",
        "Beside the outcome there is no column that could be a feature.",
        "特征列须为数值，或取值不超过 200 种的类别。",
        "Features are numbers, or categories of at most 200 values.",
      );
    const ids = columns.id === null ? Array.from({ length: count }, (_, row) => String(row + 1)) : table[columns.id]!.map((id) => id ?? "");
    const groups = columns.groups.map((name) => {
      const values = table[name]!.map((value) => (isMissing(value) ? UNKNOWN : value!.trim()));
      const distinct = new Set(values).size;
      if (distinct > MOST_GROUPS)
        throw refuse(
          "too-many-groups",
          `“${name}”有 ${distinct} 种取值，作公平性分组上限 ${MOST_GROUPS}。`,
          `"${name}" has ${distinct} values; fairness is looked at by at most ${MOST_GROUPS} groups.`,
          "请先归并成地区、规模、组织形式等大类。",
          "Put them together first: regions, size classes, forms of ownership.",
        );
      return { name: { zh: name, en: name }, values };
    });
    const sample: Sample = { features, target, groups, days };
    const outcome = `${columns.target} = ${columns.event}`;
    return {
      source: {
        kind: "table",
        title: { zh: title, en: title },
        asOf: null,
        outcome: { zh: outcome, en: outcome },
        sha256: hashOf(ids, sample),
        catalogue: null,
      },
      sample,
      ids,
    };
  } finally {
    connection.closeSync();
  }
};

const sampleFolder = (platform: Platform) => join(platform.config.dataFolder, "samples");

/** Keeps an uploaded table as UTF-8, whatever it was, under the hash of its bytes. */
export const keepTable = async (platform: Platform, path: string, title: string, columns: TableColumns): Promise<SampleSummary> => {
  const input = await openInput(path);
  if (input.container !== "plain" && input.container !== "gzip")
    throw refuse(
      "not-csv",
      "样本表须为 CSV（可用 gzip 压缩）。",
      "A sample table must be CSV, which may be gzipped.",
      "请另存为 CSV 后上传。",
      "Save it as CSV and upload that.",
    );
  const { encoding } = encodingOf(input.head, input.whole);
  const folder = sampleFolder(platform);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${sha256(`${path}${Math.random()}`)}.part`);
  const labels = { "UTF-8": "utf-8", "GB 18030": "gb18030", "UTF-16LE": "utf-16le", "UTF-16BE": "utf-16be" } as const;
  try {
    const decode = async function* (chunks: AsyncIterable<Buffer>) {
      const decoder = new TextDecoder(labels[encoding]);
      for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
      yield decoder.decode();
    };
    const source = createReadStream(path);
    await (input.container === "gzip"
      ? pipeline(source, createGunzip(), decode, createWriteStream(draft, { mode: 0o600 }))
      : pipeline(source, decode, createWriteStream(draft, { mode: 0o600 })));
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(draft) as AsyncIterable<Buffer>) hash.update(chunk);
    const fileSha256 = hash.digest("hex");
    const id = sha256(
      canonicalJson({ file: fileSha256, title, columns: { ...columns, leaveOut: [...columns.leaveOut], groups: [...columns.groups] } }),
    ).slice(0, 16);
    const kept = join(folder, `${fileSha256}.csv`);
    const loaded = await readTable(platform, draft, title, columns);
    await ((await stat(kept).then(
      () => true,
      () => false,
    ))
      ? rm(draft)
      : rename(draft, kept));
    const summary = summaryOf(id, loaded, columns.day);
    await platform.db
      .insertInto("scorecard_sample")
      .values({
        id,
        title,
        file_path: `${fileSha256}.csv`,
        file_sha256: fileSha256,
        columns: JSON.stringify(columns),
        summary: JSON.stringify(summary),
      })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    return summary;
  } finally {
    await rm(draft, { force: true });
  }
};

export const keepUploadedTable = async (platform: Platform, upload: string, title: string, columns: TableColumns): Promise<SampleSummary> =>
  keepTable(platform, (await findUpload(platform, upload)).path, title, columns);

const summaryOf = (id: string, { source, sample }: LoadedSample, dayColumn: string | null): SampleSummary => {
  const events = Array.from(sample.target).reduce((sum, value) => sum + value, 0);
  const days = sample.days?.toSorted() ?? [];
  return {
    id,
    source,
    records: sample.target.length,
    events,
    features: sample.features.map((feature) => ({
      name: feature.name,
      title: source.kind === "platform" ? titleOf(feature.name) : { zh: feature.name, en: feature.name },
      kind: feature.kind,
      missing:
        feature.kind === "numerical"
          ? Array.from(feature.values).filter((value) => !Number.isFinite(value)).length
          : Array.from(feature.codes).filter((code) => code < 0).length,
    })),
    days: dayColumn === null || days.length === 0 ? null : { column: dayColumn, first: days[0]!, last: days.at(-1)! },
  };
};

/** Read tables are kept for a while: a workshop asks for the same one again and again. */
const kept = new WeakMap<Platform, Map<string, Promise<LoadedSample>>>();
const KEPT = 2;

export const loadSample = async (platform: Platform, id: string): Promise<LoadedSample> => {
  if (id === PLATFORM_SAMPLE) return platformSample(platform);
  const row = await platform.db.selectFrom("scorecard_sample").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw notFound({ zh: "样本", en: "sample" }, id.slice(0, 100));
  const known = kept.get(platform) ?? new Map<string, Promise<LoadedSample>>();
  kept.set(platform, known);
  let work = known.get(id);
  if (!work) {
    work = readTable(platform, join(sampleFolder(platform), row.file_path), row.title, {
      groups: [],
      ...(row.columns as Partial<TableColumns>),
    } as TableColumns);
    known.set(id, work);
    work.catch(() => known.delete(id));
    for (const key of known.keys()) if (known.size > KEPT) known.delete(key);
  }
  return work;
};

/** The platform's own sample first, where any outcome is known, then the tables, newest first. */
export const listSampleSummaries = async (platform: Platform): Promise<SampleSummary[]> => {
  const tables = await platform.db.selectFrom("scorecard_sample").select("summary").orderBy("created_at", "desc").execute();
  const known = await platform.db
    .selectFrom("credit_outcome")
    .select("enterprise_id")
    .where("defaulted", "is not", null)
    .limit(1)
    .executeTakeFirst();
  const own = known ? [summaryOf(PLATFORM_SAMPLE, await platformSample(platform), null)] : [];
  return [...own, ...tables.map((row) => row.summary as unknown as SampleSummary)];
};
