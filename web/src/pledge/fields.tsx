import { type ReactNode, useId } from "react";
import { ASSET_KINDS, type Asset, type AssetKind, type AssetProblem, type StatedAsset, assetName, readAsset } from "@zhiwei/core/pledge";
import type { Result, Text } from "@zhiwei/core/basics";
import { texts, useText } from "../ui/language.tsx";
import "./pledge.css";
import { KIND } from "./words.ts";

const useT = texts({
  kind: { zh: "财产种类", en: "Kind of asset" },
  read: { zh: "识别为：{{name}}", en: "Read as: {{name}}" },
});

/** A field with its label, and below it what is wrong with it or a hint. */
export const Field = ({
  label,
  wrong = null,
  hint,
  wide = false,
  children,
}: {
  label: string;
  wrong?: Text | string | null;
  hint?: string | undefined;
  wide?: boolean;
  children: (ids: { readonly id: string; readonly "aria-invalid": boolean; readonly "aria-describedby": string | undefined }) => ReactNode;
}) => {
  const id = useId();
  const text = useText();
  const said = wrong === null ? hint : typeof wrong === "string" ? wrong : text(wrong);
  return (
    <div className={wide ? "pl-field pl-wide" : "pl-field"}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": wrong !== null, "aria-describedby": said ? `${id}said` : undefined })}
      {said && (
        <small id={`${id}said`} className={wrong === null ? "zw-mute" : "zw-bad"}>
          {said}
        </small>
      )}
    </div>
  );
};

/** An asset as it is being typed: what was typed for one kind stays when another is looked at. */
export type Draft = { readonly kind: AssetKind; readonly values: Readonly<Record<string, string>> };
export const EMPTY: Draft = { kind: "patent", values: {} };

type FieldName = { readonly name: string; readonly label: Text; readonly placeholder: string; readonly hint?: Text };
const USCC: Text = { zh: "统一社会信用代码，18 位", en: "Unified social credit code, 18 characters" };
const FIELDS: Readonly<Record<AssetKind, readonly FieldName[]>> = {
  patent: [
    {
      name: "number",
      label: { zh: "专利号（申请号）", en: "Patent number (application number)" },
      placeholder: "ZL 2017 1 0601862.3",
      hint: { zh: "证书上 ZL 开头的号码，含末位校验码", en: "As on the certificate, after ZL, with its check digit" },
    },
  ],
  receivable: [
    {
      name: "document",
      label: { zh: "发票号码或合同编号", en: "Number of the invoice or contract" },
      placeholder: "24312000000012345678",
      hint: { zh: "数电发票为 20 位，无须再填债务人", en: "An e-invoice has 20 digits, and then needs no debtor" },
    },
    { name: "debtor", label: { zh: "债务人代码", en: "Code of the debtor" }, placeholder: "91350100M000100Y43", hint: USCC },
  ],
  "warehouse-receipt": [
    { name: "warehouse", label: { zh: "保管人（仓库）代码", en: "Code of the warehouse" }, placeholder: "91350100M000100Y43", hint: USCC },
    { name: "receipt", label: { zh: "仓单编号", en: "Number of the receipt" }, placeholder: "CD-2026-0001" },
  ],
  "insurance-benefit": [
    {
      name: "insurer",
      label: { zh: "保险人代码", en: "Code of the insurer" },
      placeholder: "91350100M000100Y43",
      hint: { zh: "保险公司法人的统一社会信用代码，不填分支机构的", en: "Unified social credit code of the company, not of a branch" },
    },
    { name: "policy", label: { zh: "保险单号", en: "Number of the policy" }, placeholder: "PABC2026000123" },
  ],
};

export const statedOf = ({ kind, values }: Draft): StatedAsset =>
  ({ kind, ...Object.fromEntries(FIELDS[kind].map(({ name }) => [name, values[name] ?? ""])) }) as StatedAsset;
export const readDraft = (draft: Draft): Result<Asset, AssetProblem> => readAsset(statedOf(draft));

/** The fields that identify an asset, checked while they are typed; `insist` also says what is still empty. */
export const AssetFields = ({ draft, onChange, insist = false }: { draft: Draft; onChange: (draft: Draft) => void; insist?: boolean }) => {
  const t = useT();
  const text = useText();
  const group = useId();
  const read = readDraft(draft);
  const { kind, values } = draft;
  return (
    <fieldset className="zw-fieldset">
      <legend>{t("kind")}</legend>
      <div className="pl-kinds">
        {ASSET_KINDS.map((each) => (
          <label key={each}>
            <input type="radio" name={group} checked={each === kind} onChange={() => onChange({ kind: each, values })} />
            {text(KIND[each])}
          </label>
        ))}
      </div>
      <div className="pl-grid">
        {FIELDS[kind].map(({ name, label, placeholder, hint }) => {
          const wrong = !read.ok && read.error.field === name && (insist || (values[name] ?? "").trim() !== "") ? read.error.text : null;
          return (
            <Field key={`${kind} ${name}`} label={text(label)} wrong={wrong} hint={hint && text(hint)}>
              {(ids) => (
                <input
                  {...ids}
                  className="zw-input"
                  autoComplete="off"
                  spellCheck={false}
                  maxLength={name === "debtor" || name === "warehouse" || name === "insurer" ? 60 : 200}
                  placeholder={placeholder}
                  value={values[name] ?? ""}
                  onChange={(event) => onChange({ kind, values: { ...values, [name]: event.target.value } })}
                />
              )}
            </Field>
          );
        })}
      </div>
      <p className="pl-read" role="status">
        {read.ok && t("read", { name: text(assetName(read.value)) })}
      </p>
    </fieldset>
  );
};
