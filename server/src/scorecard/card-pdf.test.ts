import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { type IsoDate, type Json, type Text, canonicalJson } from "@zhiwei/core/basics";
import { featureById } from "@zhiwei/core/features";
import { type ModelDocument, type Sample, boostingDefaults, categorical, develop, numerical, seeded } from "@zhiwei/core/scorecard";
import { describe, expect, test } from "vitest";
import { type CardStanding, modelCardPdf } from "./card-pdf.ts";

const sampleOf = (records: number): Sample => {
  const random = seeded(3);
  const rows = Array.from({ length: records }, () => {
    const strength = random() + random() - 1;
    return {
      strong: strength + 0.3 * (random() - 0.5),
      weak: random() < 0.1 ? null : strength + 2 * (random() - 0.5),
      noise: random(),
      kind: strength > 0.2 ? "制造业" : random() < 0.5 ? "批发和零售业" : "建筑业",
      outcome: random() < 1 / (1 + Math.exp(1 + 4 * strength)) ? 1 : 0,
    };
  });
  return {
    features: [
      numerical(
        "strong",
        rows.map((row) => row.strong),
      ),
      numerical(
        "weak",
        rows.map((row) => row.weak),
      ),
      numerical(
        "noise",
        rows.map((row) => row.noise),
      ),
      categorical(
        "kind",
        rows.map((row) => row.kind),
      ),
    ],
    target: Uint8Array.from(rows, (row) => row.outcome),
    groups: [{ name: { zh: "规模", en: "size" }, values: rows.map((row, i) => (row.strong > 0 || i % 3 === 0 ? "micro" : "small")) }],
    days: null,
  };
};

const titles: Readonly<Record<string, Text>> = {
  strong: { zh: "付款及时度", en: "Payments in time" },
  weak: { zh: "订单集中度", en: "Concentration of orders" },
  noise: { zh: "无关列", en: "Unrelated column" },
  kind: { zh: "行业", en: "Industry" },
};
const unitOf = (feature: string) => (feature === "strong" ? "fen" : null);
const titleOf = (feature: string) => titles[feature]!;

const documentOf = (): ModelDocument => {
  const recipe = {
    features: null,
    options: {
      minIv: 0.05,
      priors: [
        {
          feature: "strong",
          trend: "descending" as const,
          setBy: "风险管理岗",
          setOn: "2026-01-05" as IsoDate,
          reason: "付款越及时，违约越少。",
        },
      ],
    },
    folds: 3,
    repeats: 2,
    refits: 10,
    seed: 7,
    holdOut: { share: 0.25 },
    approvalShare: 0.75,
    challenger: boostingDefaults,
  };
  const found = develop(sampleOf(600), recipe);
  if (!found.ok) throw new Error(found.error.text.en);
  return {
    format: "zhiwei.scorecard.v1",
    name: "generated",
    version: 2,
    title: { zh: "测试评分卡", en: "Scorecard of a test" },
    purpose: { zh: "用生成的数据检验模型卡。", en: "Shows the model card on generated data." },
    limits: [
      { zh: "数据由程序生成，不代表任何真实企业。", en: "The data is generated and stands for no real enterprise." },
      { zh: "不得用于授信。", en: "Not to be used for lending." },
    ],
    sample: {
      kind: "table",
      title: { zh: "生成的表", en: "Generated table" },
      asOf: "2026-01-01" as IsoDate,
      outcome: { zh: "一年内违约", en: "Default within a year" },
      sha256: createHash("sha256").update("sample").digest("hex"),
      catalogue: null,
    },
    code: { product: "0.1.0" },
    madeBy: "模型开发岗",
    madeAt: "2026-01-06T08:30:00.000Z",
    note: "",
    basedOn: "generated@1",
    recipe,
    development: found.value,
  };
};

const document = documentOf();
const standing: CardStanding = {
  state: "approved",
  role: "champion",
  approvedBy: "模型审批岗",
  sha256: createHash("sha256")
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    .update(canonicalJson(JSON.parse(JSON.stringify(document)) as Json))
    .digest("hex"),
  events: [
    { action: "submit", by: "模型开发岗", note: "", at: "2026-01-06T09:00:00.000Z" },
    { action: "approve", by: "模型审批岗", note: "验证结果可接受。", at: "2026-01-07T02:00:00.000Z" },
    { action: "deploy", by: "模型审批岗", note: "", at: "2026-01-07T02:05:00.000Z" },
  ],
};

/** Objects of a PDF as pdfkit writes them: number, dictionary, and stream unpacked. */
const objectsOf = (bytes: Uint8Array) => {
  const file = Buffer.from(bytes);
  const found = new Map<number, { readonly head: string; readonly stream: Buffer | null }>();
  const all = file.toString("latin1");
  for (const match of all.matchAll(/(?:^|\n)(\d+) 0 obj\n/g)) {
    const start = match.index + match[0].length;
    const streamAt = all.indexOf("stream\n", start);
    const endAt = all.indexOf("endobj", start);
    const head = all.slice(start, streamAt >= 0 && streamAt < endAt ? streamAt : endAt);
    const length = /\/Length (\d+)/.exec(head)?.[1];
    if (length === undefined) found.set(Number(match[1]), { head, stream: null });
    else {
      const stream = file.subarray(streamAt + 7, streamAt + 7 + Number(length));
      found.set(Number(match[1]), { head, stream: head.includes("/FlateDecode") ? inflateSync(stream) : stream });
    }
  }
  return found;
};

/** Text of every page, by the fonts' own tables from glyphs to characters: what a reader copies or searches. */
const pagesOf = (bytes: Uint8Array): string[] => {
  const objects = objectsOf(bytes);
  const at = (reference: string) => objects.get(Number(reference))!;
  const fonts = new Map<string, Map<number, string>>();
  for (const { head } of objects.values())
    for (const [, name, reference] of head.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const table = /\/ToUnicode (\d+) 0 R/.exec(at(reference!).head)?.[1];
      if (table === undefined || fonts.has(name!)) continue;
      const characters = new Map<number, string>();
      for (const [, from, list] of at(table)
        .stream!.toString()
        .matchAll(/<([0-9a-f]+)> <[0-9a-f]+> \[([^\]]*)\]/g))
        [...list!.matchAll(/<([0-9a-f ]*)>/g)].forEach(([, code], k) => {
          const units = code!.replaceAll(" ", "").match(/.{4}/g) ?? [];
          characters.set(parseInt(from!, 16) + k, String.fromCharCode(...units.map((unit) => parseInt(unit, 16))));
        });
      fonts.set(name!, characters);
    }
  const pages: string[] = [];
  for (const { head } of objects.values()) {
    const contents = /\/Type \/Page\n[^]*\/Contents (\d+) 0 R|\/Contents (\d+) 0 R[^]*\/Type \/Page\n/.exec(head);
    if (!contents) continue;
    let written = "";
    let font = new Map<number, string>();
    for (const [, name, shown] of at(contents[1] ?? contents[2]!)
      .stream!.toString("latin1")
      .matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (name !== undefined) font = fonts.get(name)!;
      else
        for (const [, glyphs] of shown!.matchAll(/<([0-9a-f]*)>/g))
          for (const glyph of glyphs!.match(/.{4}/g) ?? []) written += font.get(parseInt(glyph, 16)) ?? "\uFFFD";
    }
    pages.push(written);
  }
  return pages;
};

describe("model card as PDF", () => {
  test("both languages in full, pages counted, the hash on each page, figures as in the document", { timeout: 30_000 }, async () => {
    for (const [language, heads] of [
      ["zh", ["使用限制", "评分表", "系数", "专家先验", "验证", "留出样本", "校准与主标尺", "公平性", "不确定性", "历史", "签字"]],
      [
        "en",
        [
          "Limits of use",
          "Points",
          "Coefficients",
          "Expert priors",
          "Hold-out",
          "Master scale",
          "Fairness",
          "Uncertainty",
          "History",
          "Signatures",
        ],
      ],
    ] as const) {
      const pages = pagesOf(await modelCardPdf(document, standing, language, titleOf, unitOf));
      expect(pages.length).toBeGreaterThan(1);
      pages.forEach((page, k) => {
        expect(page).toContain(`${k + 1} / ${pages.length}`);
        expect(page).toContain(standing.sha256.slice(0, 16));
        expect(page).toContain("generated@2");
        expect(page).not.toContain("\uFFFD");
      });
      const whole = pages.join(" ");
      for (const head of heads) expect(whole.toLowerCase()).toContain(head.toLowerCase());
      expect(whole.replaceAll(" ", "")).toContain(standing.sha256);
      const { card, validation } = document.development;
      for (const feature of card.features) expect(whole).toContain(titleOf(feature.name)[language]);
      for (const bin of card.features.flatMap((feature) => feature.binning.bins))
        expect(whole).toContain(bin.woe.toFixed(4).replace(/^-(0\.0*)$/, "$1"));
      // Boundaries in fen are signed in yuan.
      const strong = card.features.find((feature) => feature.name === "strong")!.binning;
      expect(whole).toContain(`< ${strong.splits[0]! / 100}`);
      expect(whole).toContain(language === "zh" ? "分箱（元）" : "Bin (yuan)");
      expect(whole).toContain(validation.auc.mean.toFixed(4));
      expect(whole).toContain(validation.split!.assessment.discrimination.auc.toFixed(4));
      expect(whole).toContain("模型审批岗");
    }
  });
  test("of the platform's own sample it says whether billing one sale in parts can move the score, and by what", async () => {
    const said = async (names: readonly string[]) => {
      const { card } = document.development;
      const features = card.features.map((feature, at) => ({ ...feature, name: names[at] ?? feature.name }));
      const development = { ...document.development, card: { ...card, features } };
      const own = { ...document, sample: { ...document.sample, kind: "platform" as const }, development };
      const title = (name: string) => featureById(name)?.name ?? titleOf(name);
      return pagesOf(await modelCardPdf(own, standing, "en", title, unitOf)).join(" ");
    };
    expect(await said([])).toContain("moves no score");
    expect(await said(["sale_invoices_36m"])).toContain("can move the score: ");
    expect(pagesOf(await modelCardPdf(document, standing, "en", titleOf, unitOf)).join(" ")).not.toContain("Billing in parts");
  });

  test("the same model gives the same bytes, within two seconds", { timeout: 30_000 }, async () => {
    const first = await modelCardPdf(document, standing, "zh", titleOf, unitOf);
    const before = performance.now();
    const second = await modelCardPdf(document, standing, "zh", titleOf, unitOf);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(Buffer.compare(first, second)).toBe(0);
    const other = await modelCardPdf(document, { ...standing, state: "retired", role: null }, "zh", titleOf, unitOf);
    expect(Buffer.compare(first, other)).not.toBe(0);
    expect(first.length).toBeLessThan(1_000_000);
  });

  test("says its language and carries its fonts", async () => {
    for (const language of ["zh", "en"] as const) {
      const bytes = Buffer.from(await modelCardPdf(document, standing, language, titleOf, unitOf)).toString("latin1");
      expect(bytes).toContain(`/Lang (${language === "zh" ? "zh-CN" : "en"})`);
      expect(bytes).toContain("/FontFile3");
      expect(bytes).toContain("D:20260106083000Z");
    }
  });

  test("a note longer than a page, names that the font may lack and control characters are written without harm", async () => {
    const long = "说明".repeat(4000);
    const events = [...standing.events, { action: "stand-down", by: "\u0007甲 \u{1F4C8}", note: long, at: "not a time" }];
    const pages = pagesOf(await modelCardPdf({ ...document, note: long }, { ...standing, events }, "zh", titleOf, unitOf));
    const whole = pages.join("");
    expect(whole.split("说明").length).toBeGreaterThan(8000);
    pages.forEach((page, k) => expect(page).toContain(`${k + 1} / ${pages.length}`));
  });
});
