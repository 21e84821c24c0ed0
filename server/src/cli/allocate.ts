import { readFile, writeFile } from "node:fs/promises";
import type { AllocateBody, AllocationDocument } from "@zhiwei/api/portfolio";
import type { Text } from "@zhiwei/core/basics";
import { type Command, type CommandInput, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT, type Exit } from "./output.ts";
import { AS_OF, dayOption, listPermit } from "./read.ts";

const wrong = (name: string, zh: string, en: string) => new UsageError(`--${name} ${zh}。`, `--${name} ${en}.`);

const amountOf = async (name: string, text: string): Promise<number> => {
  const { fenFromYuanText } = await import("@zhiwei/core/basics");
  const fen = fenFromYuanText(text);
  if (!fen.ok || fen.value < 0) throw wrong(name, "应为以元计的金额，至多两位小数", "must be an amount in yuan with at most two decimals");
  return fen.value;
};

/** A decimal a year, or a percentage with its sign: 0.04, 4%. */
const shareOf = (name: string, text: string): number => {
  const match = /^(\d*\.?\d+)(%?)$/.exec(text.trim());
  if (!match) throw wrong(name, "应为小数或百分数，如 0.04 或 4%", "must be a decimal or a percentage, such as 0.04 or 4%");
  // 4.35 % is 0.0435 and not 0.043500000000000004.
  return match[2] === "%" ? Number((Number(match[1]) / 100).toPrecision(12)) : Number(match[1]);
};

const oneOf = <T extends string>(name: string, text: string, values: readonly T[]): T => {
  const found = values.find((value) => value === text);
  if (!found) throw wrong(name, `应为 ${values.join("、")} 之一`, `must be one of ${values.join(", ")}`);
  return found;
};

/** An amount in yuan, or a share of the budget with its sign. */
const amountOrShare = async (name: string, text: string, budgetFen: number): Promise<number> =>
  text.endsWith("%") ? Math.floor(shareOf(name, text) * budgetFen) : amountOf(name, text);

const limitsOf = async (text: string, budgetFen: number): Promise<NonNullable<AllocateBody["limits"]>> =>
  Promise.all(
    text.split(",").map(async (part) => {
      const match = /^(sector|region):([^=]+)=(.+)$/.exec(part.trim());
      if (!match)
        throw wrong(
          "limits",
          "应为 sector:F=30%,region:33=20000000 的形式，* 表示每一个",
          "must look like sector:F=30%,region:33=20000000, with * for each of them",
        );
      return { kind: match[1] as "sector" | "region", code: match[2]!, limitFen: await amountOrShare("limits", match[3]!, budgetFen) };
    }),
  );

const fileText = async (name: string, path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw wrong(name, `无法读取 ${path}：${(cause as Error).message}`, `cannot be read: ${(cause as Error).message}`);
  }
};

const bodyOf = async (input: CommandInput): Promise<AllocateBody> => {
  const given = (name: string) => textOption(input, name);
  const amount = async (name: string, otherwise: string | null) => {
    const text = given(name) ?? otherwise;
    if (text === null) throw new UsageError(`请给出 --${name}。`, `--${name} is needed.`);
    return amountOf(name, text);
  };
  const share = (name: string) => {
    const text = given(name);
    return text === undefined ? undefined : shareOf(name, text);
  };
  const budgetFen = await amount("budget", null);
  const body: AllocateBody = {
    budgetFen,
    minFen: await amount("min", "100000"),
    maxFen: await amount("max", "1000000"),
    rateMin: share("rate-min") ?? 0.04,
    rateMax: share("rate-max") ?? 0.15,
  };
  const churn = given("churn");
  if (churn !== undefined) {
    const { churnTable } = await import("@zhiwei/core/product");
    const table = churnTable(await fileText("churn", churn));
    if (!table.ok)
      throw new UsageError(`${table.error.text.zh}${table.error.remedy.zh}`, `${table.error.text.en} ${table.error.remedy.en}`);
    const { rates, grades } = table.value;
    body.churn = { rates: [...rates], grades: grades.map((each) => ({ grade: each.grade, churn: [...each.churn] })) };
  }
  const kind = given("budget-kind");
  if (kind !== undefined) body.budgetKind = oneOf("budget-kind", kind, ["nominal", "expected-disbursed"]);
  const interest = given("interest");
  if (interest !== undefined) body.interest = oneOf("interest", interest, ["survivors", "all"]);
  const numbers = {
    "rate-step": "rateStep",
    lgd: "lgd",
    funding: "funding",
    "turnover-share": "turnoverShare",
    "central-tendency": "centralTendency",
  } as const;
  for (const [name, member] of Object.entries(numbers)) {
    const value = share(name);
    if (value !== undefined) body[member] = value;
  }
  const limits = given("limits");
  if (limits !== undefined) body.limits = await limitsOf(limits, budgetFen);
  const single = given("single-name");
  if (single !== undefined) body.singleNameFen = await amountOrShare("single-name", single, budgetFen);
  const bands = given("bands");
  if (bands !== undefined)
    body.bands = bands.split(",").map((part) => {
      const [name = "", upTo = ""] = part.split(":");
      return { name: name.trim(), upTo: shareOf("bands", upTo) };
    });
  const refused = given("refused-grades");
  if (refused !== undefined) body.refusedGrades = refused === "" ? [] : refused.split(",");
  const who = given("enterprises");
  if (who !== undefined) body.enterprises = who === "unseen" || who === "seen" || who === "all" ? who : who.split(",");
  const model = given("model");
  if (model !== undefined) body.model = model;
  const day = await dayOption(input);
  if (day !== undefined) body.asOf = day;
  const scenario = given("scenario");
  if (scenario !== undefined)
    try {
      body.scenario = scenario.endsWith(".json")
        ? (JSON.parse(await fileText("scenario", scenario)) as NonNullable<AllocateBody["scenario"]>)
        : scenario;
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      throw wrong("scenario", `不是 JSON：${(cause as Error).message}`, `is no JSON: ${(cause as Error).message}`);
    }
  const { checker } = await import("@zhiwei/api/check");
  const { AllocateBody: schema } = await import("@zhiwei/api/portfolio");
  const misfit = checker(schema)(body);
  if (misfit)
    throw new UsageError(`分配条件 ${misfit.at} 不符合要求：${misfit.rule}。`, `The terms do not fit at ${misfit.at}: ${misfit.rule}.`);
  return body;
};

const grouped = (fen: number) => (fen / 100).toLocaleString("en-US", { maximumFractionDigits: 0 });
const percent = (value: number, digits = 2) => `${(100 * value).toFixed(digits)}%`;

const print = ({ out }: CommandInput, document: AllocationDocument): void => {
  const line = (text: Text) => out.line(out.text(text));
  const { totals } = document;
  line({
    zh: `期望利润 ${grouped(document.expectedProfitFen)} 元，上界 ${grouped(document.boundFen)} 元${document.proven ? "（已证明最优）" : "（未证完，差额即上限）"}`,
    en: `Expected profit ${grouped(document.expectedProfitFen)} yuan, bound ${grouped(document.boundFen)} yuan${document.proven ? " (proven optimal)" : " (search not ended: the difference is what may be missed)"}`,
  });
  line({
    zh: `${totals.enterprises} 家，名义 ${grouped(totals.offeredFen)}，期望放款 ${grouped(totals.disbursedFen)}，利息 ${grouped(totals.interestFen)}，损失 ${grouped(totals.lossFen)}，资金成本 ${grouped(totals.fundingFen)} 元`,
    en: `${totals.enterprises} enterprises, offered ${grouped(totals.offeredFen)}, expected drawn ${grouped(totals.disbursedFen)}, interest ${grouped(totals.interestFen)}, loss ${grouped(totals.lossFen)}, funding ${grouped(totals.fundingFen)} yuan`,
  });
  out.line("");
  out.table(
    [
      { zh: "企业", en: "Enterprise" },
      { zh: "等级", en: "Grade" },
      { zh: "违约概率", en: "PD" },
      { zh: "行业", en: "Sector" },
      { zh: "额度（元）", en: "Amount (yuan)" },
      { zh: "年利率", en: "Rate" },
      { zh: "流失", en: "Churn" },
      { zh: "期望利润（元）", en: "Expected profit (yuan)" },
    ],
    document.allocations.map((each) => [
      each.enterprise,
      each.grade,
      percent(each.pd),
      each.sector ?? "–",
      grouped(each.amountFen),
      percent(each.rate),
      percent(each.churn, 1),
      grouped(each.profitFen),
    ]),
    [2, 4, 5, 6, 7],
  );
};

/** What a certificate file holds: all that a check needs, and nothing of the enterprises beyond it. */
const check = async (input: CommandInput, path: string): Promise<Exit> => {
  const { checkAllocation } = await import("@zhiwei/core/product");
  type File = {
    applicants: Parameters<typeof checkAllocation>[0];
    table: Parameters<typeof checkAllocation>[1];
    terms: Parameters<typeof checkAllocation>[2];
  } & Parameters<typeof checkAllocation>[3];
  let checks: ReturnType<typeof checkAllocation>;
  try {
    const file = JSON.parse(await fileText("check", path)) as File;
    checks = checkAllocation(file.applicants, file.table, file.terms, file);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw wrong("check", `不是证明文件：${(cause as Error).message}`, `is no certificate: ${(cause as Error).message}`);
  }
  const valid = checks.every((each) => each.ok);
  input.out.result({ valid, checks }, () => {
    for (const { name, ok, detail } of checks) input.out.line(`${ok ? "✓" : "✗"} ${name} ${detail}`);
  });
  return valid ? EXIT.done : EXIT.doneWithFindings;
};

export const allocate: Command = {
  usage: "allocate --budget YUAN --min YUAN --max YUAN --rate-min R --rate-max R --churn FILE",
  summary: { zh: "按预算分配贷款额度与利率，附最优性上界", en: "allot a lending budget: amounts and rates, with a bound" },
  options: {
    budget: { type: "string", value: "YUAN", help: { zh: "预算（元）", en: "budget in yuan" } },
    min: { type: "string", value: "YUAN", help: { zh: "单户最低（默认 100000）", en: "least amount of an offer (default 100000)" } },
    max: { type: "string", value: "YUAN", help: { zh: "单户最高（默认 1000000）", en: "most of an offer (default 1000000)" } },
    "rate-min": { type: "string", value: "R", help: { zh: "最低年利率（默认 0.04）", en: "least rate a year (default 0.04)" } },
    "rate-max": { type: "string", value: "R", help: { zh: "最高年利率（默认 0.15）", en: "most (default 0.15)" } },
    churn: {
      type: "string",
      value: "FILE",
      help: { zh: "客户流失率表 CSV（默认随示范数据）", en: "table of churn, CSV (default: the demonstration's)" },
    },
    "budget-kind": {
      type: "string",
      value: "KIND",
      help: { zh: "nominal 名义额度（默认）或 expected-disbursed 期望放款", en: "nominal (default) or expected-disbursed" },
    },
    lgd: { type: "string", value: "R", help: { zh: "违约损失率（默认 0.5）", en: "loss given default (default 0.5)" } },
    funding: { type: "string", value: "R", help: { zh: "资金成本（默认 0.03）", en: "funding cost a year (default 0.03)" } },
    interest: {
      type: "string",
      value: "WHO",
      help: { zh: "survivors 违约者不付息（默认）或 all", en: "survivors: who defaults pays none (default), or all" },
    },
    "rate-step": {
      type: "string",
      value: "R",
      help: { zh: "表内利率之间的步长，流失率线性插值", en: "rates between those of the table, so far apart" },
    },
    limits: {
      type: "string",
      value: "LIST",
      help: { zh: "行业、地区限额：sector:*=20%,region:33=5000000", en: "limits: sector:*=20%,region:33=5000000" },
    },
    "single-name": { type: "string", value: "YUAN|P%", help: { zh: "单一客户限额", en: "single-name limit" } },
    "turnover-share": {
      type: "string",
      value: "R",
      help: { zh: "额度不超过近 12 月净销售的比例", en: "at most this share of net sales of twelve months" },
    },
    bands: {
      type: "string",
      value: "LIST",
      help: { zh: "违约概率分级，默认 A:0.0075,B:0.1,C:0.47,D:1", en: "grades by pd (default A:0.0075,B:0.1,C:0.47,D:1)" },
    },
    "refused-grades": {
      type: "string",
      value: "LIST",
      help: { zh: "不予放贷的等级（默认 D）", en: "grades that are not lent to (default D)" },
    },
    "central-tendency": { type: "string", value: "R", help: { zh: "把平均违约概率校准到该值", en: "calibrate the mean pd to this" } },
    enterprises: {
      type: "string",
      value: "WHO",
      help: { zh: "unseen 无记录者（默认）、seen、all，或编号列表", en: "unseen (default), seen, all, or ids" },
    },
    model: { type: "string", value: "ID", help: { zh: "用哪个模型（默认冠军模型）", en: "by which model (default: the champion)" } },
    "as-of": AS_OF,
    scenario: { type: "string", value: "ID|FILE", help: { zh: "冲击情景：编号或 .json 文件", en: "shock: id or .json file" } },
    frontier: { type: "string", value: "N", help: { zh: "另给出有效前沿的 N 个点", en: "N points of the efficient frontier too" } },
    risk: {
      type: "string",
      value: "MEASURE",
      help: { zh: "expected-loss 或 loss-quantile（默认）", en: "expected-loss or loss-quantile (default)" },
    },
    rho: { type: "string", value: "R", help: { zh: "资产相关系数（默认 0.15）", en: "correlation of assets (default 0.15)" } },
    quantile: { type: "string", value: "R", help: { zh: "分位数（默认 0.999）", en: "quantile (default 0.999)" } },
    certificate: {
      type: "string",
      value: "FILE",
      help: { zh: "把问题与最优性证明写入文件", en: "write the question and the proof to a file" },
    },
    check: { type: "string", value: "FILE", help: { zh: "检验证明文件（不需要数据库）", en: "check such a file; needs no database" } },
  },
  run: async (input) => {
    const { out } = input;
    if (input.words.length > 0) throw new UsageError("allocate 不带参数，只有选项。", "allocate takes options only.");
    const file = textOption(input, "check");
    if (file !== undefined) return check(input, file);
    const body = await bodyOf(input);
    const risk = textOption(input, "risk");
    const measure = risk === undefined ? undefined : oneOf("risk", risk, ["expected-loss", "loss-quantile"]);
    const points = textOption(input, "frontier");
    if (points !== undefined && !/^([2-9]|[1-4]\d|50)$/.test(points)) throw wrong("frontier", "应为 2 至 50", "must be 2 to 50");
    const [rho, quantile] = (["rho", "quantile"] as const).map((name) => {
      const text = textOption(input, name);
      return text === undefined ? undefined : shareOf(name, text);
    });
    if ((rho ?? 0) >= 1 || (quantile !== undefined && !(quantile > 0 && quantile < 1)))
      throw wrong("rho", "与 --quantile 须在 0 与 1 之间", "and --quantile must lie between 0 and 1");
    const { allocationDocument, questionOf, shockDocument } = await import("../product/allocate.ts");
    const { allocate: solve, frontier, riskDefaults, underShock } = await import("@zhiwei/core/product");
    const { Refusal } = await import("../http/refusal.ts");
    const taken = <T>(result: { ok: true; value: T } | { ok: false; error: ConstructorParameters<typeof Refusal>[1] }): T => {
      if (!result.ok) throw new Refusal(422, result.error);
      return result.value;
    };
    const question = await withPlatform(input.config, async (platform) => questionOf(platform, await listPermit("score"), body));
    const { applicants, table, terms, bands, scenario } = question;
    const found = taken(solve(applicants, table, terms));
    const hit = scenario && taken(underShock(applicants, table, terms, scenario, bands));
    const riskTerms = {
      measure: measure ?? riskDefaults.measure,
      rho: rho ?? riskDefaults.rho,
      quantile: quantile ?? riskDefaults.quantile,
    };
    const line = points === undefined ? null : taken(frontier(applicants, table, terms, riskTerms, Number(points)));
    const path = textOption(input, "certificate");
    if (path !== undefined) {
      const placements = found.placements.map(({ enterprise, amountFen, rate }) => ({ enterprise, amountFen, rate }));
      const { boundFen, certificate } = found;
      await writeFile(
        path,
        `${JSON.stringify({ applicants, table, terms, placements, profitFen: found.totals.profitFen, boundFen, certificate })}\n`,
      );
    }
    const document = allocationDocument(question, found);
    const shock = hit && scenario && shockDocument(question, scenario, hit);
    out.result({ ...document, ...(shock ? { shock } : {}), ...(line ? { frontier: { ...riskTerms, points: line } } : {}) }, () => {
      print(input, document);
      if (shock) {
        out.line("");
        out.line(out.text(shock.scenario.title));
        out.line(
          out.text({
            zh: `不调整：期望利润 ${grouped(shock.heldProfitFen)} 元；调整后 ${grouped(shock.after.expectedProfitFen)} 元，${shock.after.totals.enterprises} 家，${shock.changes.length} 家有变化`,
            en: `Held on: expected profit ${grouped(shock.heldProfitFen)} yuan; adjusted ${grouped(shock.after.expectedProfitFen)} yuan, ${shock.after.totals.enterprises} enterprises, ${shock.changes.length} treated differently`,
          }),
        );
      }
      if (line) {
        out.line("");
        out.table(
          [
            { zh: "风险（元）", en: "Risk (yuan)" },
            { zh: "期望利润（元）", en: "Expected profit (yuan)" },
            { zh: "户数", en: "Enterprises" },
            { zh: "风险收费", en: "Charge" },
          ],
          line.map((point) => [
            grouped(point.riskFen),
            grouped(point.profitFen),
            String(point.enterprises),
            Number.isFinite(point.charge) ? point.charge.toFixed(4) : "–",
          ]),
          [0, 1, 2, 3],
        );
      }
    });
    return EXIT.done;
  },
};
