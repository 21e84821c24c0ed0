/** The type of the credential, as its issuer publishes it (draft-ietf-oauth-sd-jwt-vc, type metadata). */
import type { Json, Text } from "../basics/index.ts";
import { CLAIMS } from "./claims.ts";

/** Below the issuer's address; the number rises when a claim changes its meaning. */
export const TYPE_PATH = "/vct/enterprise-profile/1";

/** Claims that every presentation shows. A profile without its day would be of any day, so the day is one of them. */
export const ALWAYS_SHOWN: readonly { readonly name: string; readonly label: Text }[] = [
  { name: "iss", label: { zh: "签发者", en: "Issuer" } },
  { name: "vct", label: { zh: "凭证类型", en: "Type of the credential" } },
  { name: "iat", label: { zh: "签发时间", en: "Issued at" } },
  { name: "exp", label: { zh: "有效期至", en: "Expires at" } },
  { name: "cnf", label: { zh: "持有人公钥", en: "Key of the holder" } },
  { name: "status", label: { zh: "状态列表中的位置", en: "Place in the status list" } },
  { name: "asOf", label: { zh: "观察日", en: "As of" } },
];

const NAME: Text = { zh: "企业信用画像凭证", en: "Enterprise credit profile" };
const labels = ({ zh, en }: Text): Json => [
  { locale: "zh-CN", label: zh },
  { locale: "en", label: en },
];

export const typeMetadata = (vct: string): Json => ({
  vct,
  name: NAME.en,
  description: "What an enterprise's own records say of it as of a day, each claim disclosable on its own",
  display: [
    { locale: "zh-CN", name: NAME.zh },
    { locale: "en", name: NAME.en },
  ],
  claims: [
    ...ALWAYS_SHOWN.map(({ name, label }) => ({ path: [name], display: labels(label), sd: "never", mandatory: true })),
    ...CLAIMS.map(({ path, name }) => ({ path: [...path], display: labels(name), sd: "always" })),
  ],
});
