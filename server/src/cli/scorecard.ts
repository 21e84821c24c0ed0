import { readFile, writeFile } from "node:fs/promises";
import { checker } from "@zhiwei/api/check";
import { type ModelSummary, startTraining } from "@zhiwei/api/scorecard";
import type { Platform } from "../platform.ts";
import { type Command, type CommandInput, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT, type Exit } from "./output.ts";
import { AS_OF, dayOption, listPermit } from "./read.ts";

const percent = (value: number, digits = 2) => `${(100 * value).toFixed(digits)} %`;
const figure = (value: number, digits = 4) => value.toFixed(digits);

export const score: Command = {
  usage: "score [ID…] [--as-of DATE] [--model ID]",
  summary: { zh: "评分、等级、违约概率及原因", en: "score, grade, probability of default and reasons" },
  options: {
    "as-of": AS_OF,
    model: { type: "string", value: "ID", help: { zh: "用哪个模型（默认冠军模型）", en: "by which model (default: the champion)" } },
  },
  run: async (input) => {
    const { out, words } = input;
    const day = await dayOption(input);
    const scores = await withPlatform(input.config, async (platform) => {
      const { scoresOf } = await import("../scorecard/score.ts");
      const { getModel, modelsInUse, noChampion } = await import("../scorecard/registry.ts");
      const { requireEnterprise } = await import("../enterprise/require.ts");
      const { asOfDay } = await import("../system/as-of.ts");
      for (const id of words) await requireEnterprise(platform.db, id);
      const named = textOption(input, "model");
      const model = named === undefined ? (await modelsInUse(platform.db)).champion : await getModel(platform.db, named);
      if (!model) throw noChampion;
      return scoresOf(platform, await listPermit("score"), model, await asOfDay(platform.db, day), words.length > 0 ? words : undefined);
    });
    // The shape that scripts rely on: what is not in it stays out of the way in `detail`.
    const listed = scores.map(({ enterprise, score: points, grade, pd, pdLow, pdHigh, seen, reasons, model, asOf }) => ({
      enterprise,
      score: points,
      grade,
      pd,
      pdLow,
      pdHigh,
      seen,
      asOf,
      model: model.id,
      reasons,
    }));
    out.result(listed, () =>
      out.table(
        [
          { zh: "编号", en: "Id" },
          { zh: "评分", en: "Score" },
          { zh: "等级", en: "Grade" },
          { zh: "违约概率", en: "PD" },
          { zh: "95% 区间", en: "95 % interval" },
          { zh: "主要原因", en: "Main reason" },
        ],
        scores.map((each) => {
          const [worst] = each.reasons;
          return [
            each.enterprise,
            String(each.score),
            each.grade,
            percent(each.pd),
            `${percent(each.pdLow)} – ${percent(each.pdHigh)}`,
            worst && worst.lostToMean > 0 ? `${out.text(worst.title)} ${out.text(worst.bin)} (−${worst.lostToMean.toFixed(0)})` : "–",
          ];
        }),
        [1, 3],
      ),
    );
    return EXIT.done;
  },
};

const required = (input: CommandInput, name: string): string => {
  const value = textOption(input, name);
  if (value === undefined || value === "") throw new UsageError(`请给出 --${name}。`, `--${name} is needed.`);
  return value;
};

const modelWord = (input: CommandInput): string => {
  const id = input.words[1];
  if (id === undefined || input.words.length > 2)
    throw new UsageError("请给出一个模型编号（name@version）。", "Name one model (name@version).");
  return id;
};

const table = (input: CommandInput, models: readonly ModelSummary[]) =>
  input.out.table(
    [
      { zh: "模型", en: "Model" },
      { zh: "状态", en: "State" },
      { zh: "用途", en: "Role" },
      { zh: "样本", en: "Records" },
      { zh: "违约", en: "Events" },
      { zh: "AUC（交叉验证）", en: "AUC (cross-validated)" },
      { zh: "开发", en: "Made by" },
      { zh: "审批", en: "Approved by" },
    ],
    models.map((each) => [
      each.id,
      each.state,
      each.role ?? "–",
      String(each.records),
      String(each.events),
      `${figure(each.auc.mean)} (${figure(each.auc.low, 3)}–${figure(each.auc.high, 3)})`,
      each.madeBy,
      each.approvedBy ?? "–",
    ]),
    [3, 4],
  );

type Verb = (input: CommandInput, platform: Platform) => Promise<Exit>;

/** A request as for the API, from a file; options of the command line go over what it says. */
const trainingOf = async (input: CommandInput) => {
  const path = textOption(input, "recipe");
  let given: Record<string, unknown> = {};
  if (path !== undefined) {
    try {
      given = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    } catch (cause) {
      throw new UsageError(`无法读取 ${path}：${(cause as Error).message}。`, `${path} cannot be read: ${(cause as Error).message}.`);
    }
  }
  const name = textOption(input, "name") ?? (typeof given["name"] === "string" ? given["name"] : "scorecard");
  const title = given["title"] ?? { zh: name, en: name };
  return {
    ...given,
    sample: "platform",
    name,
    title,
    purpose: given["purpose"] ?? title,
    limits: given["limits"] ?? [],
    by: required(input, "by"),
    recipe: given["recipe"] ?? {},
    ...(textOption(input, "note") === undefined ? {} : { note: textOption(input, "note") }),
  };
};

const train: Verb = async (input, platform) => {
  const { out } = input;
  const request = await trainingOf(input);
  const path = textOption(input, "table");
  if (path !== undefined) {
    const { keepTable } = await import("../scorecard/sample.ts");
    const leaveOut = textOption(input, "leave-out")?.split(",") ?? [];
    const groups = textOption(input, "groups")?.split(",") ?? [];
    const sample = await keepTable(platform, path, path.split(/[\\/]/).at(-1)!, {
      target: required(input, "target"),
      event: required(input, "event"),
      id: textOption(input, "id-column") ?? null,
      day: textOption(input, "day-column") ?? null,
      leaveOut,
      groups,
    });
    request.sample = sample.id;
  }
  const misfit = checker(startTraining.body)(request);
  if (misfit)
    throw new UsageError(`训练设置 ${misfit.at} 不符合要求：${misfit.rule}。`, `The recipe does not fit at ${misfit.at}: ${misfit.rule}.`);
  const { trainingPhase, train: trainModel } = await import("../scorecard/training.ts");
  const { modelDetails } = await import("../scorecard/registry.ts");
  const model = await trainModel(platform, request as unknown as Parameters<typeof trainModel>[1], (phase, done, total) => {
    const share = total > 0 ? ` ${Math.floor((100 * done) / total)} %` : "";
    out.progress({ zh: trainingPhase[phase].zh + share, en: trainingPhase[phase].en + share });
  });
  const { text } = await modelDetails(platform.db, model.id);
  if (out.json) out.line(text);
  else table(input, [model]);
  return EXIT.done;
};

const validate: Verb = async (input, platform) => {
  const { getModel } = await import("../scorecard/registry.ts");
  const { document, summary } = await getModel(platform.db, modelWord(input));
  const { out } = input;
  const { validation, candidates } = document.development;
  out.result({ model: summary.id, sha256: summary.sha256, records: summary.records, events: summary.events, ...validation }, () => {
    const { heldOut, seen } = validation;
    const line = (zh: string, en: string, value: string) => out.line(`${out.text({ zh, en })}  ${value}`);
    line("模型", "model", `${summary.id}  sha256 ${summary.sha256}`);
    line("样本 / 违约", "records / events", `${summary.records} / ${summary.events}`);
    const { auc, ks, brier } = validation;
    line(
      `AUC（${validation.repeats}×${validation.folds} 折，分箱在折内）`,
      `AUC (${validation.repeats} × ${validation.folds} folds, binning inside)`,
      `${figure(auc.mean)}  95 % ${figure(auc.low)}–${figure(auc.high)}`,
    );
    line("KS", "KS", figure(ks.mean));
    line("Brier", "Brier", figure(brier.mean));
    line("训练样本上的 AUC（偏乐观）", "AUC on the training records (flattering)", figure(seen.auc));
    line("打乱结果后的 AUC", "AUC with outcomes shuffled", validation.shuffledAuc === null ? "–" : figure(validation.shuffledAuc));
    line("合并留出预测的 AUC", "AUC of the pooled held-out predictions", figure(heldOut.discrimination.auc));
    line("Hosmer–Lemeshow p", "Hosmer–Lemeshow p", figure(heldOut.calibration.hosmerLemeshow.pValue));
    line(
      "入模特征",
      "features used",
      candidates
        .filter((each) => each.used)
        .map((each) => each.feature)
        .join(", "),
    );
    out.line("");
    out.table(
      [
        { zh: "分数线", en: "Cut-off" },
        { zh: "通过率", en: "Approved" },
        { zh: "通过者违约率", en: "Bad rate" },
        { zh: "拒绝者违约率", en: "Bad rate refused" },
      ],
      heldOut.cutOffs.map((row) => [
        String(row.cutOff),
        percent(row.approvalRate, 0),
        row.badRate === null ? "–" : percent(row.badRate, 1),
        row.refusedBadRate === null ? "–" : percent(row.refusedBadRate, 1),
      ]),
      [0, 1, 2, 3],
    );
  });
  return EXIT.done;
};

const list: Verb = async (input, platform) => {
  const { listModels } = await import("../scorecard/registry.ts");
  const models = await listModels(platform.db);
  input.out.result(models, () => table(input, models));
  return EXIT.done;
};

const acting =
  (action: "submit" | "withdraw" | "approve" | "reject" | "deploy" | "shadow" | "stand-down" | "retire"): Verb =>
  async (input, platform) => {
    const { actOn, getModel } = await import("../scorecard/registry.ts");
    const { refreshScores } = await import("../scorecard/score.ts");
    const id = modelWord(input);
    const { summary } = await getModel(platform.db, id);
    const changed = await actOn(platform.db, id, {
      action,
      by: required(input, "by"),
      note: textOption(input, "note") ?? "",
      // Whoever approves names the hash that was seen, or approves what the registry holds at this moment.
      sha256: textOption(input, "sha256") ?? summary.sha256,
    });
    if (action === "deploy" || action === "stand-down") await refreshScores(platform);
    input.out.result(changed, () => table(input, [changed]));
    return EXIT.done;
  };

const rollBack: Verb = async (input, platform) => {
  const { rollBack: back } = await import("../scorecard/registry.ts");
  const { refreshScores } = await import("../scorecard/score.ts");
  const changed = await back(platform.db, required(input, "by"), required(input, "note"));
  await refreshScores(platform);
  input.out.result(changed, () => table(input, [changed]));
  return EXIT.done;
};

const FORMATS = ["json", "sql", "pmml", "pdf"] as const;

const exporting: Verb = async (input, platform) => {
  const format = FORMATS.find((each) => each === (textOption(input, "format") ?? "json"));
  if (!format) throw new UsageError(`--format 应为 ${FORMATS.join("、")} 之一。`, `--format must be one of ${FORMATS.join(", ")}.`);
  const { exportModel } = await import("../scorecard/export.ts");
  const language = input.out.language;
  const file = await exportModel(platform, modelWord(input), format, language);
  const path = textOption(input, "out");
  if (path !== undefined) {
    await writeFile(path, file.content);
    input.out.result({ file: path, bytes: Buffer.byteLength(file.content), type: file.type }, () => input.out.line(path));
    return EXIT.done;
  }
  if (format === "pdf") throw new UsageError("PDF 请用 --out 指定文件。", "Name a file for the PDF with --out.");
  const content = String(file.content);
  if (format === "json" || !input.out.json) input.out.line(content.replace(/\n$/, ""));
  else input.out.result({ format, content }, () => {});
  return EXIT.done;
};

const VERBS: Readonly<Record<string, Verb>> = {
  train,
  validate,
  list,
  submit: acting("submit"),
  withdraw: acting("withdraw"),
  approve: acting("approve"),
  reject: acting("reject"),
  deploy: acting("deploy"),
  shadow: acting("shadow"),
  "stand-down": acting("stand-down"),
  retire: acting("retire"),
  "roll-back": rollBack,
  export: exporting,
};

export const scorecard: Command = {
  usage: "scorecard train|validate|list|approve|export … [ID]",
  summary: { zh: "训练、验证、登记、审批、上线、导出评分卡", en: "train, validate, register, approve, deploy, export scorecards" },
  options: {
    by: {
      type: "string",
      value: "WHO",
      help: { zh: "由谁操作（姓名或岗位）；审批须由他人", en: "who does it (a name or a post); another one approves" },
    },
    note: { type: "string", value: "TEXT", help: { zh: "说明或理由", en: "note or reason" } },
    sha256: { type: "string", value: "HASH", help: { zh: "approve：所见文档的哈希", en: "approve: hash of the document seen" } },
    name: { type: "string", value: "NAME", help: { zh: "train：模型系列名", en: "train: name of the line of models" } },
    recipe: {
      type: "string",
      value: "FILE",
      help: { zh: "train：JSON 设置（同接口 startTraining）", en: "train: settings as JSON, as for startTraining of the API" },
    },
    table: {
      type: "string",
      value: "FILE",
      help: { zh: "train：CSV 样本（默认用平台自有样本）", en: "train: a CSV sample (default: the platform's own)" },
    },
    target: { type: "string", value: "COLUMN", help: { zh: "train：结果列", en: "train: column of the outcome" } },
    event: { type: "string", value: "VALUE", help: { zh: "train：代表违约的取值", en: "train: its value that is the event" } },
    "id-column": { type: "string", value: "COLUMN", help: { zh: "train：编号列（非特征）", en: "train: column of ids, no feature" } },
    "day-column": { type: "string", value: "COLUMN", help: { zh: "train：观察日列", en: "train: column of the day of observation" } },
    groups: {
      type: "string",
      value: "A,B",
      help: { zh: "train：按其看公平性的列（不作特征）", en: "train: columns that fairness is looked at by; no features" },
    },
    "leave-out": { type: "string", value: "A,B", help: { zh: "train：不作特征的列", en: "train: columns that are no features" } },
    format: { type: "string", value: "FORMAT", help: { zh: "export：json、sql、pmml、pdf", en: "export: json, sql, pmml, pdf" } },
    out: { type: "string", value: "FILE", help: { zh: "export：写入文件", en: "export: file to write" } },
  },
  run: async (input) => {
    const [name] = input.words;
    const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (!verb)
      throw new UsageError(
        `scorecard 之后应为 ${Object.keys(VERBS).join("、")} 之一。`,
        `After scorecard comes one of ${Object.keys(VERBS).join(", ")}.`,
      );
    return withPlatform(input.config, (platform) => verb(input, platform));
  },
};
