import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import type { Input, Output } from "../../api/src/route.ts";
import { testServer } from "./server.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Generated: 300 loans; the event grows rarer with months in business, and the catering trade is riskier. */
const LOANS = Array.from({ length: 300 }, (_, i) => {
  const months = i % 10 === 0 ? "" : String((i * 37) % 120);
  const trade = ["零售", "批发", "餐饮"][i % 3]!;
  const bad = (i * 7919) % 100 < 45 - Number(months || 60) / 4 + (trade === "餐饮" ? 25 : 0);
  return { loan: `L${i}`, day: `2025-${String(1 + (i % 12)).padStart(2, "0")}-15`, months, trade, bad };
});
const HEADER = "借据,观察日,经营月数,行业,是否违约";
const LOANS_CSV = `${[HEADER, ...LOANS.map(({ loan, day, months, trade, bad }) => `${loan},${day},${months},${trade},${bad ? "是" : "否"}`)].join("\n")}\n`;

/** The platform can decode GB 18030 only; its two-byte half turned round encodes it. */
const gb18030 = (text: string): Uint8Array<ArrayBuffer> => {
  const decoder = new TextDecoder("gb18030");
  const codes = new Map<string, readonly number[]>();
  for (let lead = 0x81; lead < 0xff; lead++)
    for (let trail = 0x40; trail < 0xff; trail++) if (trail !== 0x7f) codes.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
  return Uint8Array.from(Array.from(text).flatMap((character) => codes.get(character) ?? [character.charCodeAt(0)]));
};

const register = async (bytes: string | Uint8Array<ArrayBuffer>, body: Partial<Input<typeof routes.addSample>["body"]> = {}) => {
  const { document } = await server.upload("loans.csv", bytes);
  return { upload: document.upload, title: "贷款表", target: "是否违约", event: "是", id: "借据", day: "观察日", ...body };
};
const sampleOf = async (bytes: string | Uint8Array<ArrayBuffer> = LOANS_CSV) =>
  server.call(routes.addSample, { body: await register(bytes) });

type Request = Input<typeof routes.startTraining>["body"];
const asked = (sample: string, more: Partial<Request> = {}): Request => ({
  sample,
  name: "loans",
  title: { zh: "贷款评分卡", en: "Loan scorecard" },
  purpose: { zh: "检验", en: "A test" },
  limits: [{ zh: "数据为生成", en: "The data are generated" }],
  by: "开发岗",
  recipe: { folds: 3, repeats: 1, refits: 5, seed: 1 },
  ...more,
});
/** Asks until the training has ended; the interval is politeness, not luck. */
const ended = async (id: string): Promise<Output<typeof routes.getTraining>> => {
  for (;;) {
    const training = await server.call(routes.getTraining, { params: { id } });
    if (training.state === "done" || training.state === "failed") return training;
    await new Promise((done) => setTimeout(done, 25));
  }
};
const trained = async (body: Request) => {
  const { model, problem } = await ended((await server.call(routes.startTraining, { body })).id);
  if (model === null) throw new Error(problem?.text.en ?? "no model");
  return model;
};

test("a table is a sample: the same in UTF-8 and GB 18030, twice the same, its hash of values and outcomes", async () => {
  const one = await sampleOf();
  expect(one).toMatchObject({
    records: 300,
    events: LOANS.filter((loan) => loan.bad).length,
    days: { column: "观察日", first: "2025-01-15", last: "2025-12-15" },
  });
  expect(one.features).toEqual([
    { name: "经营月数", title: { zh: "经营月数", en: "经营月数" }, kind: "numerical", missing: 30 },
    { name: "行业", title: { zh: "行业", en: "行业" }, kind: "categorical", missing: 0 },
  ]);
  const gb = await sampleOf(gb18030(LOANS_CSV));
  expect(gb.source.sha256).toBe(one.source.sha256);
  expect((await sampleOf()).id).toBe(one.id);
  expect((await sampleOf(LOANS_CSV.replace("L7,2025-08-15,19,", "L7,2025-08-15,20,"))).source.sha256).not.toBe(one.source.sha256);
  const listed = await server.call(routes.listSamples, {});
  expect(listed.map((sample) => sample.id)).toContain(one.id);
});

test("fairness of a table is looked at by the columns named, which are then no features", async () => {
  const sample = await server.call(routes.addSample, { body: await register(LOANS_CSV, { groups: ["行业"] }) });
  expect(sample.features.map((feature) => feature.name)).toEqual(["经营月数"]);
  expect(sample.source.sha256).not.toBe((await sampleOf()).source.sha256);
  const model = await trained(asked(sample.id, { name: "fair", recipe: { ...asked("").recipe, options: { minIv: 0 } } }));
  const { fairness } = (await server.call(routes.getScorecard, { params: { id: model } })).document.development.validation;
  expect(fairness.map(({ by, groups }) => [by.zh, groups.map(({ group, records }) => [group, records])])).toEqual([
    ["行业", ["批发", "零售", "餐饮"].toSorted().map((trade) => [trade, 100])],
  ]);
  expect((await server.refusal(routes.addSample, { body: await register(LOANS_CSV, { groups: ["借据"], id: null }) })).code).toBe(
    "too-many-groups",
  );
});

test("what is no sample is refused with what to do", async () => {
  const refusal = async (bytes: string | Uint8Array<ArrayBuffer>, body: Partial<Input<typeof routes.addSample>["body"]> = {}) =>
    (await server.refusal(routes.addSample, { body: await register(bytes, body) })).code;
  expect(await refusal(LOANS_CSV, { target: "没有这一列" })).toBe("no-such-column");
  expect(await refusal(LOANS_CSV, { event: "也许" })).toBe("one-class");
  expect(await refusal(LOANS_CSV.replace("L7,2025-08-15,19,批发,否", "L7,2025-08-15,19,批发,").replace(/(L7,.*,)(是|否)\n/, "$1\n"))).toBe(
    "outcome-missing",
  );
  expect(await refusal(LOANS_CSV, { day: "行业" })).toBe("not-a-day");
  expect(await refusal("借据,观察日,是否违约\nL1,2025-01-01,是\nL2,2025-01-02,否\n")).toBe("no-features");
  expect(await server.refusal(routes.addSample, { body: { ...(await register(LOANS_CSV)), upload: "0".repeat(36) } })).toMatchObject({
    status: 404,
  });
  expect(await server.refusal(routes.binSample, { params: { id: "nothing" }, body: {} })).toEqual({ status: 404, code: "not-found" });
});

test("bins over the wire: counts as the table has them, edits followed, one feature's values for the workshop", async () => {
  const { id } = await sampleOf();
  const [months, trade] = await server.call(routes.binSample, {
    params: { id },
    body: { edits: [{ feature: "经营月数", splits: [24, 60] }] },
  });
  const intervals = months!.binning!.bins.filter((bin) => bin.kind === "interval");
  for (const bin of intervals) {
    const inside = LOANS.filter(({ months: m }) => m !== "" && Number(m) >= (bin.from ?? -Infinity) && Number(m) < (bin.to ?? Infinity));
    expect([bin.records, bin.events]).toEqual([inside.length, inside.filter((loan) => loan.bad).length]);
  }
  expect(months!.binning!.edited).toBe(true);
  const groups = trade!.binning!.bins.filter((bin) => bin.kind === "categories");
  expect(groups.flatMap((bin) => bin.categories).toSorted()).toEqual(["批发", "零售", "餐饮"].toSorted());
  const good = LOANS.filter((loan) => !loan.bad).length;
  const bad = LOANS.length - good;
  const iv = groups.reduce((sum, bin) => {
    const part = LOANS.filter((loan) => bin.categories.includes(loan.trade));
    const b = part.filter((loan) => loan.bad).length;
    const g = part.length - b;
    const woe = Math.log((g + (0.5 * good) / 300) / (b + (0.5 * bad) / 300)) - Math.log(good / bad);
    return sum + (g / good - b / bad) * woe;
  }, 0);
  expect(trade!.binning!.iv).toBeCloseTo(iv, 2);
  const values = await server.call(routes.getSampleFeature, { params: { id, feature: "经营月数" } });
  expect(values.values).toEqual(values.values.toSorted((a, b) => a - b));
  expect(values.events.reduce((sum, count) => sum + count, values.missing.events)).toBe(bad);
  expect(values.exact).toBe(true);
  expect(
    await server.refusal(routes.binSample, { params: { id }, body: { edits: [{ feature: "经营月数", splits: [60, 24] }] } }),
  ).toMatchObject({ status: 400 });
  expect(await server.refusal(routes.getSampleFeature, { params: { id, feature: "没有" } })).toEqual({ status: 404, code: "not-found" });
});

test("trained, exported in every form, and its hash is of the very bytes", async () => {
  const { id } = await sampleOf();
  const model = await trained(
    asked(id, { recipe: { folds: 3, repeats: 1, refits: 5, seed: 1, holdOut: { from: "2025-10-01" as never } } }),
  );
  const { document, summary, actions } = await server.call(routes.getScorecard, { params: { id: model } });
  expect(document.development.validation.split!.kind).toBe("time");
  expect(document.development.challenger!.importance.length).toBeGreaterThan(0);
  // Its columns are not in the catalogue, so it can be exported and signed, not put to use here.
  expect([summary.state, summary.applies, actions]).toEqual(["draft", false, ["submit"]]);
  const exported = async (format: string, language: string) => {
    const reply = await fetch(`${server.url}${API_PREFIX}/scorecards/${encodeURIComponent(model)}/export/${format}?language=${language}`);
    return {
      status: reply.status,
      type: reply.headers.get("content-type"),
      name: reply.headers.get("content-disposition"),
      bytes: Buffer.from(await reply.arrayBuffer()),
    };
  };
  for (const language of ["zh", "en"])
    for (const [format, type, start] of [
      ["json", "application/json", "{"],
      ["sql", "", "--"],
      ["pmml", "application/xml", "<?xml"],
      ["pdf", "application/pdf", "%PDF-"],
    ] as const) {
      const file = await exported(format, language);
      expect([file.status, file.bytes.subarray(0, start.length).toString()]).toEqual([200, start]);
      expect(file.type).toContain(type);
      expect(file.name).toContain("attachment");
      expect(file.name).toContain(model);
      if (format === "json") expect(createHash("sha256").update(file.bytes).digest("hex")).toBe(summary.sha256);
    }
  expect((await exported("xlsx", "zh")).status).toBe(400);
});

test("four eyes, and no step out of turn", async () => {
  const { id } = await sampleOf();
  const model = await trained(asked(id, { name: "life" }));
  const act = (body: Input<typeof routes.actOnScorecard>["body"]) => server.call(routes.actOnScorecard, { params: { id: model }, body });
  const refused = async (body: Input<typeof routes.actOnScorecard>["body"]) =>
    (await server.refusal(routes.actOnScorecard, { params: { id: model }, body })).code;
  const { summary } = await server.call(routes.getScorecard, { params: { id: model } });
  expect(await refused({ action: "approve", by: "审批岗", sha256: summary.sha256 })).toBe("not-in-this-state");
  expect((await act({ action: "submit", by: "开发岗" })).state).toBe("submitted");
  expect(await refused({ action: "approve", by: " 开 发岗", sha256: summary.sha256 })).toBe("own-model");
  expect(await refused({ action: "approve", by: "审批岗", sha256: "0".repeat(64) })).not.toBe("own-model");
  expect(await refused({ action: "reject", by: "审批岗" })).toBe("no-reason");
  expect((await act({ action: "approve", by: "审批岗", sha256: summary.sha256 })).approvedBy).toBe("审批岗");
  expect(await refused({ action: "deploy", by: "审批岗" })).toBe("not-applicable");
  expect((await act({ action: "retire", by: "审批岗", note: "检验完毕" })).state).toBe("retired");
  const { events } = await server.call(routes.getScorecard, { params: { id: model } });
  expect(events.map((event) => event.action)).toEqual(["train", "submit", "approve", "retire"]);
  expect((await server.refusal(routes.rollBackScorecard, { body: { by: "审批岗", note: "试" } })).code).toBe("nothing-before");
  expect((await server.refusal(routes.getScorecard, { params: { id: "nobody@1" } })).status).toBe(404);
});

test("two models of one sample are compared on the same held-out predictions", async () => {
  const { id } = await sampleOf();
  const a = await trained(asked(id, { name: "pair" }));
  const b = await trained(asked(id, { name: "pair", basedOn: a, recipe: { ...asked(id).recipe, features: ["行业"] } }));
  const compared = await server.call(routes.compareScorecards, { params: { id: a, other: b }, query: {} });
  expect(compared.ranking!.difference).toBeCloseTo(compared.ranking!.aucA - compared.ranking!.aucB, 12);
  const { bothApprove, swappedIn, swappedOut, bothRefuse } = compared.swap!;
  expect(bothApprove.records + swappedIn.records + swappedOut.records + bothRefuse.records).toBe(300);
  expect(compared.features.find((feature) => feature.feature === "经营月数")).toMatchObject({ b: null });
  expect(compared.migration).toBeNull();
});

test("a training that the data do not allow ends with the reason; a wrong request never begins", async () => {
  const tiny = await sampleOf(
    [HEADER, ...Array.from({ length: 12 }, (_, i) => `T${i},2025-01-01,${i},零售,${i % 2 ? "是" : "否"}`)].join("\n"),
  );
  const { state, problem } = await ended((await server.call(routes.startTraining, { body: asked(tiny.id, { name: "tiny" }) })).id);
  expect([state, problem!.code]).toEqual(["failed", "too-few-records"]);
  const { id } = await sampleOf();
  const wrong = async (body: Partial<Request>) => (await server.refusal(routes.startTraining, { body: asked(id, body) })).status;
  expect(await wrong({ recipe: { features: ["没有"] } })).toBe(400);
  expect(await wrong({ recipe: { features: [] } })).toBe(400);
  // How the columns of a table come about nobody here knows, so nothing is promised of them.
  expect(await wrong({ recipe: { unmovedBySplitting: true } })).toBe(400);
  expect(await wrong({ name: "Not A Name" })).toBe(400);
  expect(await wrong({ basedOn: "nobody@1" })).toBe(404);
  expect(await wrong({ recipe: { options: { edits: [{ feature: "行业", splits: [1] }] } } })).toBe(400);
  expect(await server.refusal(routes.getTraining, { params: { id: "nothing" } })).toEqual({ status: 404, code: "not-found" });
});

test("without a champion there is no score, and that is an answer", async () => {
  await server.importFile("e.csv", "企业代号,企业名称\nT1,***建筑工程有限公司\n", { kind: "enterprises" });
  expect(await server.call(routes.getScore, { params: { id: "T1" }, query: {} })).toEqual({ score: null, trees: null, challengers: [] });
  expect((await server.refusal(routes.getScore, { params: { id: "nobody" }, query: {} })).status).toBe(404);
});
