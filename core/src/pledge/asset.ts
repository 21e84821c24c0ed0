/** An asset that can be pledged: what identifies it, however it is written. */
import { type Json, type Problem, type Result, type Text, canonicalJson, err, ok, problem } from "../basics/index.ts";
import { parseUscc } from "../enterprise/index.ts";

declare const TextEncoder: new () => { encode(text: string): Uint8Array };

export const ASSET_KINDS = ["patent", "receivable", "warehouse-receipt", "insurance-benefit"] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

/** An asset as somebody writes it. */
export type StatedAsset =
  | { readonly kind: "patent"; readonly number: string }
  /** `document`: number of the invoice or the contract. An e-invoice of 20 digits needs no debtor. */
  | { readonly kind: "receivable"; readonly document: string; readonly debtor?: string | undefined }
  | { readonly kind: "warehouse-receipt"; readonly warehouse: string; readonly receipt: string }
  | { readonly kind: "insurance-benefit"; readonly insurer: string; readonly policy: string };

/** An asset as it is known: two spellings of one asset are one value. Bodies are known by their unified social credit code. */
export type Asset =
  /** Application number with its check digit, 9 characters until September 2003, 13 since. */
  | { readonly kind: "patent"; readonly application: string }
  | { readonly kind: "receivable"; readonly invoice: string }
  | { readonly kind: "receivable"; readonly debtor: string; readonly document: string }
  | { readonly kind: "warehouse-receipt"; readonly warehouse: string; readonly receipt: string }
  | { readonly kind: "insurance-benefit"; readonly insurer: string; readonly policy: string };

/** What is wrong with a stated asset, and with which of its fields. */
export type AssetProblem = Problem & { readonly field: string };
type Read<T> = Result<T, AssetProblem>;

const refuse = (field: string, code: string, zh: string, en: string, remedyZh: string, remedyEn: string): Read<never> =>
  err({ ...problem(code, zh, en, remedyZh, remedyEn), field });

/** Width, spaces, punctuation, signs and what cannot be seen make no difference; letter case is settled later. */
const bare = (text: string): string => text.normalize("NFKC").replaceAll(/[\p{Z}\p{P}\p{S}\p{C}]+/gu, "");

/** Weights of the digits of a Chinese application number from the left (ZC 0006-2003, 专利申请号标准). */
const WEIGHTS = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];

/** The check digit after 8 or 12 digits of an application number: the weighted sum modulo 11, ten being X. */
export const patentCheck = (digits: string): string => {
  if (!/^(\d{8}|\d{12})$/.test(digits)) throw new RangeError("8 or 12 digits are needed");
  const rest = Array.from(digits).reduce((sum, digit, place) => sum + Number(digit) * WEIGHTS[place]!, 0) % 11;
  return rest === 10 ? "X" : String(rest);
};

const CERTIFICATE = [
  "请核对专利证书上的专利号（ZL 开头）或申请号。",
  "Compare with the number on the patent certificate, which begins with ZL.",
] as const;

const readPatent = (text: string): Read<string> => {
  const code = bare(text)
    .toUpperCase()
    .replace(/^\p{Script=Han}+/u, "")
    .replace(/^(CN)?(ZL)?/, "");
  if (/^\d{7,9}[ABCUSY]\d?$/.test(code))
    return refuse(
      "number",
      "patent-publication",
      "这是公开（公告）号，不是申请号。",
      "This is a publication number, not an application number.",
      "同一专利可有几个公开号，申请号只有一个：请填专利证书上的专利号（ZL 开头）。",
      "A patent may have several of those but one application number: give the number on the certificate, which begins with ZL.",
    );
  if (/^(\d{8}|\d{12})$/.test(code))
    return refuse(
      "number",
      "patent-check-missing",
      "专利号缺少末位校验码。",
      "The check digit at the end of the number is missing.",
      "请连同小数点后的一位一并填写。",
      "Give the digit after the point as well.",
    );
  const match = /^(\d{8}|\d{12})([\dX])$/.exec(code);
  if (!match)
    return refuse(
      "number",
      "patent-form",
      "不是中国专利号：应为 8 位或 12 位数字加一位校验码。",
      "This is no Chinese patent number: 8 or 12 digits and a check digit are needed.",
      ...CERTIFICATE,
    );
  const [, digits = "", check] = match;
  const long = digits.length === 12;
  const year = Number(digits.slice(0, long ? 4 : 2));
  const kind = digits[long ? 4 : 2]!;
  if (long ? year < 2003 || year > 2099 : year > 3 && year < 85)
    return refuse(
      "number",
      "patent-year",
      `“${digits.slice(0, long ? 4 : 2)}”不是可能的申请年份。`,
      `"${digits.slice(0, long ? 4 : 2)}" cannot be the year of an application.`,
      ...CERTIFICATE,
    );
  if (!"12389".includes(kind))
    return refuse("number", "patent-kind", `“${kind}”不是专利种类代码。`, `"${kind}" is no kind of patent.`, ...CERTIFICATE);
  const expected = patentCheck(digits);
  if (check !== expected)
    return refuse(
      "number",
      "patent-check",
      `校验码应为“${expected}”，此处为“${check}”：号码中有数字写错。`,
      `The check digit should be "${expected}" but is "${check}": a digit of the number is wrong.`,
      ...CERTIFICATE,
    );
  return ok(digits + check);
};

const readBody = (field: string, text: string): Read<string> => {
  const read = parseUscc(bare(text));
  return read.ok ? ok(read.value.code) : err({ ...read.error, field });
};

/** What people write before or after a number without its being part of it. */
const LABEL = /^(?:发票|合同|保险单|保单|仓单|单据|凭证)?(?:编号|号码|单号|号)|^NO(?=\d)|号$/;

/**
 * The number of a document as it is compared: capitals, digits and Chinese characters. Signs between them do not count, nor the zeros
 * before a number that has nothing but digits, for spreadsheets drop them. So two different numbers may rarely be taken for one, and
 * that is the safer mistake: it is noticed when the second is refused, while the other is noticed when a debtor fails.
 */
const readNumber = (field: string, text: string): Read<string> => {
  const wide = text.normalize("NFKC").trim();
  if (/^\d(\.\d+)?E\+\d+$/i.test(wide))
    return refuse(
      field,
      "number-rounded",
      "这是电子表格以科学记数法显示的号码，后几位已丢失。",
      "A spreadsheet has shortened this number; its last digits are lost.",
      "请从原件抄录全部数字，或将表格列设为文本格式后重新导出。",
      "Copy all digits from the document, or export the column as text.",
    );
  let number = bare(text);
  const strange = Array.from(number).find((character) => !/[0-9A-Za-z\p{Script=Han}]/u.test(character));
  if (strange !== undefined)
    return refuse(
      field,
      "number-character",
      `字符“${strange}”不能出现在号码中：它可能只是看上去像拉丁字母。`,
      `"${strange}" cannot stand in a number: it may only look like a Latin letter.`,
      "号码只用数字、拉丁字母和汉字，请重新键入。",
      "Numbers are made of digits, Latin letters and Chinese characters: type it anew.",
    );
  number = number.toUpperCase();
  for (let before = ""; before !== number;) {
    before = number;
    number = number.replace(LABEL, "");
  }
  if (!/\d/.test(number) || number.length > 64)
    return refuse(
      field,
      "number-form",
      "号码须含数字，且不超过 64 个字符。",
      "A number has digits in it, and at most 64 characters.",
      "请按单据上的编号填写。",
      "Give the number that stands on the document.",
    );
  return ok(number);
};

const withoutZeros = (number: string): string => (/^\d+$/.test(number) ? number.replace(/^0+(?=\d)/, "") : number);

/** A fully digitalised e-invoice 数电发票: 20 digits, unique in the country, the first two the year, from 2021 on. */
const E_INVOICE = /^(?:2[1-9]|[3-9]\d)\d{18}$/;

const readReceivable = (document: string, debtor: string): Read<Asset> => {
  const number = readNumber("document", document);
  if (!number.ok) return number;
  if (E_INVOICE.test(number.value)) return ok({ kind: "receivable", invoice: number.value });
  const code = readBody("debtor", debtor);
  if (!code.ok) return code;
  // An invoice of the older kinds, 8 digits, with or without its code of 10 or 12 digits before it.
  const own = /^(?:\d{10}|\d{12})(\d{8})$/.exec(number.value)?.[1] ?? number.value;
  return ok({ kind: "receivable", debtor: code.value, document: withoutZeros(own) });
};

/** Reads an asset as stated; the problem names the field. Whatever spelling of an asset comes in, one value comes out. */
export const readAsset = (stated: StatedAsset): Read<Asset> => {
  const pair = <T>(body: Read<string>, number: Read<string>, make: (body: string, number: string) => T): Read<T> => {
    if (!body.ok) return body;
    return number.ok ? ok(make(body.value, withoutZeros(number.value))) : number;
  };
  switch (stated.kind) {
    case "patent": {
      const read = readPatent(stated.number);
      return read.ok ? ok({ kind: "patent", application: read.value }) : read;
    }
    case "receivable":
      return readReceivable(stated.document, stated.debtor ?? "");
    case "warehouse-receipt":
      return pair(readBody("warehouse", stated.warehouse), readNumber("receipt", stated.receipt), (warehouse, receipt) => ({
        kind: "warehouse-receipt",
        warehouse,
        receipt,
      }));
    case "insurance-benefit":
      return pair(readBody("insurer", stated.insurer), readNumber("policy", stated.policy), (insurer, policy) => ({
        kind: "insurance-benefit",
        insurer,
        policy,
      }));
  }
};

/** An asset stated again from what it is known by. */
export const statedAgain = (asset: Asset): StatedAsset => {
  switch (asset.kind) {
    case "patent":
      return { kind: "patent", number: asset.application };
    case "receivable":
      return "invoice" in asset ? { kind: "receivable", document: asset.invoice } : asset;
    default:
      return asset;
  }
};

/** The asset's name for a reader. */
export const assetName = (asset: Asset): Text => {
  switch (asset.kind) {
    case "patent": {
      const { application } = asset;
      const digits = application.slice(0, -1);
      const year = digits.length === 12 ? 4 : 2;
      const number = `ZL ${digits.slice(0, year)} ${digits[year]} ${digits.slice(year + 1)}.${application.at(-1)}`;
      return { zh: `专利 ${number}`, en: `Patent ${number}` };
    }
    case "receivable":
      return "invoice" in asset
        ? { zh: `数电发票 ${asset.invoice} 的应收账款`, en: `Receivable of e-invoice ${asset.invoice}` }
        : { zh: `对 ${asset.debtor} 的应收账款 ${asset.document}`, en: `Receivable ${asset.document} from ${asset.debtor}` };
    case "warehouse-receipt":
      return { zh: `${asset.warehouse} 的仓单 ${asset.receipt}`, en: `Warehouse receipt ${asset.receipt} of ${asset.warehouse}` };
    case "insurance-benefit":
      return { zh: `${asset.insurer} 保单 ${asset.policy} 的保险金`, en: `Benefit of policy ${asset.policy} of ${asset.insurer}` };
  }
};

/** HMAC-SHA-256, or that of another suite, under the key that the institutions of a consortium share. */
export type Mac = (message: Uint8Array) => Uint8Array;

const DOMAIN = "zhiwei pledge v1\n";

/**
 * By what institutions see that an asset is pledged without being told which: MAC("zhiwei pledge v1\n" ‖ canonical JSON of the asset),
 * 64 hex digits. Patent numbers can be counted through, so that a plain hash would hide none; who lacks the key cannot try them.
 */
export const assetCommitment = (mac: Mac, asset: Asset): string =>
  Array.from(mac(new TextEncoder().encode(DOMAIN + canonicalJson(asset as unknown as Json))), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
