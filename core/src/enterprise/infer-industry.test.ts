import { expect, test } from "vitest";
import { inferIndustry } from "./infer-industry.ts";

const codeOf = (name: string) => inferIndustry(name)?.code ?? null;

test.each([
  ["***电器销售有限公司", "F513"],
  ["***建设工程有限公司", "E47"],
  ["***建筑劳务有限公司", "E50"],
  ["***劳务有限公司", "L726"],
  ["***物流有限公司", "G54"],
  ["***国际货运有限公司", "G58"],
  ["***汽车贸易有限公司", "F526"],
  ["***汽车销售服务有限公司", "F526"],
  ["***汽车维修有限责任公司", "O81"],
  ["***机电设备商贸有限公司", "F517"],
  ["***图书发行有限公司", "F514"],
  ["***商贸有限公司", "F51"],
  ["***五金经营部", "F528"],
  ["***塑料厂", "C29"],
  ["***消防设备制造有限公司", "C35"],
  ["***消防工程有限责任公司", "E49"],
  ["***集团有限公司***电力设备分公司", "C38"],
  ["***电子(中国)有限公司***分公司", "C39"],
  ["***律师事务所", "L723"],
  ["***大药房有限责任公司", "F525"],
  ["***建筑装饰设计有限责任公司", "M74"],
  ["***环保设计研究院（有限合伙）", "M74"],
  ["***猕猴桃专业合作社", "A01"],
  ["***物业服务有限责任公司***分公司", "K702"],
])("%s is %s", (name, code) => expect(codeOf(name)).toBe(code));

test.each(["个体经营E45", "***实业有限责任公司", "***发展有限责任公司", ""])("%s tells nothing", (name) =>
  expect(inferIndustry(name)).toBeNull(),
);

test("a guess says that it is one, and on which word", () =>
  expect(inferIndustry("***电器销售有限公司")).toEqual({ code: "F513", source: "inferred-from-name", keyword: "电器销售" }));

test("every word leads to a code that exists, and is found in a plain company's name", async () => {
  const { INFERENCE_WORDS } = await import("./infer-industry.ts");
  expect(INFERENCE_WORDS.length).toBeGreaterThan(300);
  for (const word of INFERENCE_WORDS) expect([word, inferIndustry(`***${word}有限公司`)?.keyword.endsWith(word)]).toEqual([word, true]);
});

test("a name's place and fancy name do not outweigh its trade", () => {
  expect(codeOf("***科技物流有限公司")).toBe("G54");
  expect(codeOf("***物流科技有限公司")).toBe("M75");
});
