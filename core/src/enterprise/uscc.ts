import { type Problem, type Result, type Text, err, ok, problem } from "../basics/index.ts";

/** The 31 characters of GB 32100-2015 in the order of their values 0–30: digits and capitals without I, O, S, V, Z. */
const ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const VALUE = new Map(Array.from(ALPHABET).map((character, value) => [character, value]));

/** Weights of places 1–17: 3^(i−1) mod 31. All are unequal, since 3 is a primitive root of 31. */
const WEIGHTS: readonly number[] = Array.from({ length: 17 })
  .reduce<number[]>((weights) => [...weights, (weights.at(-1)! * 3) % 31], [1])
  .slice(0, 17);

const DEPARTMENTS: Readonly<Record<string, Text>> = {
  "1": { zh: "机构编制", en: "Public sector establishment office" },
  "2": { zh: "外交", en: "Foreign affairs" },
  "3": { zh: "司法行政", en: "Judicial administration" },
  "4": { zh: "文化", en: "Culture" },
  "5": { zh: "民政", en: "Civil affairs" },
  "6": { zh: "旅游", en: "Tourism" },
  "7": { zh: "宗教", en: "Religious affairs" },
  "8": { zh: "工会", en: "Trade unions" },
  "9": { zh: "市场监督管理（原工商）", en: "Market regulation (formerly industry and commerce)" },
  A: { zh: "中央军委改革和编制办公室", en: "Reform and organisation office of the Central Military Commission" },
  N: { zh: "农业", en: "Agriculture" },
  Y: { zh: "其他", en: "Other" },
};

const CATEGORIES: Readonly<Record<string, Text>> = {
  "11": { zh: "机关", en: "Organ of state" },
  "12": { zh: "事业单位", en: "Public institution" },
  "13": { zh: "编办直接管理机构编制的群众团体", en: "Mass organisation under the establishment office" },
  "51": { zh: "社会团体", en: "Social organisation" },
  "52": { zh: "民办非企业单位", en: "Private non-enterprise unit" },
  "53": { zh: "基金会", en: "Foundation" },
  "91": { zh: "企业", en: "Enterprise" },
  "92": { zh: "个体工商户", en: "Sole trader" },
  "93": { zh: "农民专业合作社", en: "Farmers' cooperative" },
  N1: { zh: "组级集体经济组织", en: "Collective economic organisation of a group" },
  N2: { zh: "村级集体经济组织", en: "Collective economic organisation of a village" },
  N3: { zh: "乡镇级集体经济组织", en: "Collective economic organisation of a township" },
};
const OTHER: Text = { zh: "其他", en: "Other" };

/** A unified social credit code taken apart. */
export type Uscc = {
  /** The 18 characters, in capitals. */
  readonly code: string;
  /** Place 1: who registered the body. */
  readonly department: { readonly code: string; readonly name: Text };
  /** Place 2: what kind of body it is, within its department. */
  readonly category: { readonly code: string; readonly name: Text };
  /** Places 3–8: division of the registering office, GB/T 2260 as it stood on registration; 100000 for the state itself. */
  readonly region: string;
  /** Places 9–17: the organisation code of GB 11714. */
  readonly organization: string;
  /** Whether the organisation code's own check character (GB 11714) holds. False alone is no reason to refuse. */
  readonly organizationCheckHolds: boolean;
  /** Place 18. */
  readonly check: string;
};

export type UsccProblem = Problem & { readonly code: "uscc-length" | "uscc-character" | "uscc-department" | "uscc-region" | "uscc-check" };

/** The check character of GB 32100-2015 for the first 17 characters; throws where they are not 17 of its 31 characters. */
export const usccCheck = (first17: string): string => {
  if (first17.length !== 17) throw new RangeError(`17 characters are needed, not ${first17.length}`);
  let sum = 0;
  for (const [place, character] of Array.from(first17).entries()) {
    const value = VALUE.get(character);
    if (value === undefined) throw new RangeError(`not a character of GB 32100-2015: ${character}`);
    sum += value * WEIGHTS[place]!;
  }
  return ALPHABET[(31 - (sum % 31)) % 31]!;
};

const ORGANIZATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11714: digits 0–9 and letters A = 10 … Z = 35 (its own values, not those of GB 32100), weighted, modulo 11. */
const organizationCheck = (first8: string): string => {
  const sum = Array.from(first8).reduce(
    (total, character, place) => total + Number.parseInt(character, 36) * ORGANIZATION_WEIGHTS[place]!,
    0,
  );
  const check = 11 - (sum % 11);
  return check === 10 ? "X" : check === 11 ? "0" : String(check);
};

const refuse = (
  code: UsccProblem["code"],
  zh: string,
  en: string,
  remedyZh: string,
  remedyEn: string,
): { readonly ok: false; readonly error: UsccProblem } => err({ ...problem(code, zh, en, remedyZh, remedyEn), code });

/**
 * Reads a unified social credit code. Lower case and outer white space are accepted, nothing else is mended.
 *
 * The check character notices every single wrong character and every exchange of two unequal characters except
 * that of the first place with the last, whose weights are both 1.
 */
export const parseUscc = (text: string): Result<Uscc, UsccProblem> => {
  const code = text.trim().toUpperCase();
  const characters = Array.from(code);
  if (characters.length !== 18)
    return refuse(
      "uscc-length",
      `统一社会信用代码应为 18 位，此处为 ${characters.length} 位。`,
      `A unified social credit code has 18 characters; this has ${characters.length}.`,
      "请核对营业执照上的代码；15 位注册号不是统一社会信用代码。",
      "Compare with the business licence; the old 15-digit registration number is another thing.",
    );
  const wrong = characters.findIndex((character) => !VALUE.has(character));
  if (wrong >= 0)
    return refuse(
      "uscc-character",
      `第 ${wrong + 1} 位“${characters[wrong]}”不是代码可用的字符。`,
      `Character ${wrong + 1}, "${characters[wrong]}", cannot stand in the code.`,
      "代码只用数字和大写字母，不含 I、O、S、V、Z：请检查是否将 1、0、5、2 误写为字母。",
      "Only digits and capitals without I, O, S, V, Z are used: look for 1, 0, 5 or 2 written as a letter.",
    );
  const department = DEPARTMENTS[characters[0]!];
  if (!department)
    return refuse(
      "uscc-department",
      `第 1 位“${characters[0]}”不是登记管理部门代码。`,
      `The first character, "${characters[0]}", names no registering department.`,
      "企业和个体工商户的代码以 9 开头。",
      "Codes of enterprises and sole traders begin with 9.",
    );
  const region = code.slice(2, 8);
  if (!/^\d{6}$/.test(region))
    return refuse(
      "uscc-region",
      `第 3 至 8 位“${region}”应为六位数字的行政区划代码。`,
      `Characters 3 to 8, "${region}", should be a six-digit code of an administrative division.`,
      "请核对营业执照上的代码。",
      "Compare with the business licence.",
    );
  const check = characters[17]!;
  const expected = usccCheck(code.slice(0, 17));
  if (check !== expected)
    return refuse(
      "uscc-check",
      `校验码应为“${expected}”，此处为“${check}”：代码中有字符写错。`,
      `The check character should be "${expected}" but is "${check}": a character of the code is wrong.`,
      "请逐位核对营业执照上的代码。",
      "Compare the code with the business licence, character by character.",
    );
  const organization = code.slice(8, 17);
  return ok({
    code,
    department: { code: characters[0]!, name: department },
    category: { code: characters[1]!, name: CATEGORIES[code.slice(0, 2)] ?? OTHER },
    region,
    organization,
    organizationCheckHolds: organizationCheck(organization.slice(0, 8)) === organization[8],
    check,
  });
};
