/** The words that a consent is given to. A version is never changed once it was published: a new wording is a new version. */
import type { Language, Text } from "../basics/index.ts";
import { type DataClass, type Purpose, dataClasses, purposes } from "./terms.ts";

/** A wording with its blanks: {enterprise} {recipient} {purposes} {classes} {from} {until} {class} {holds} {because}. */
type Wording = { readonly consent: Text; readonly separate: Text };

const VERSION_1: Wording = {
  consent: {
    zh: `授权书

{enterprise}（以下称“我方”）同意知微平台向{recipient}（以下称“接收方”）提供我方的下列数据，仅用于下列目的。

一、目的：{purposes}。
二、数据：{classes}。
三、期限：{from}起至{until}止，期满自动失效。
四、接收方只能为上述目的、在上述期限内查询上述数据；用于其他目的、提供给他人或扩大范围，须另行取得我方同意。
五、每一次查询，包括被拒绝的查询，平台都留下记录，我方随时可以看到谁、何时、为何查询了什么。
六、我方可以随时在平台撤回本授权，无须说明理由，与给出授权同样简便；撤回立即生效，不影响撤回前已依授权进行的处理。接收方不得因我方不同意或撤回而拒绝提供与这些数据无关的服务。
七、我方有权查阅、复制、更正、补充自己的数据；认为数据有误的，可以提出异议，平台自收到之日起二十日内核查处理并书面答复。
八、数据泄露或被不当使用可能影响我方的融资与经营；平台与接收方依法采取保护措施并承担责任。`,
    en: `Consent

{enterprise} ("we") agree that the Zhiwei platform gives {recipient} ("the recipient") the following data of ours, for the following purposes only.

1. Purposes: {purposes}.
2. Data: {classes}.
3. Term: from {from} to {until}; it ends by itself.
4. The recipient may read this data only for these purposes and within this term. Another purpose, another recipient or more data needs another consent.
5. Each read, also a refused one, leaves a trace; we can see at any time who read what, when and why.
6. We may withdraw this consent on the platform at any time, without a reason and as easily as it was given. Withdrawal takes effect at once and leaves what was lawfully done before it as it is. The recipient must not refuse us services that do not need this data because we do not consent or withdraw.
7. We may see, copy, correct and complete our data. Where we hold it to be wrong we may object; the platform verifies, acts and answers in writing within twenty days of receipt.
8. Leaked or misused, this data can harm our financing and business; the platform and the recipient protect it and answer for it by law.`,
  },
  separate: {
    zh: `单独同意：{class}

{enterprise}单独同意平台向{recipient}提供“{class}”（{holds}）。这类数据是敏感个人信息：{because}。提供它是为了：{purposes}；泄露或被不当使用，可能损害相关个人的人格尊严、人身或财产安全。不同意的，只是不提供这一类，不影响其他各类；可以随时单独撤回。`,
    en: `Separate consent: {class}

{enterprise} separately agree that the platform gives {recipient} "{class}" ({holds}). This is sensitive personal information: {because}. It is given for: {purposes}; leaked or misused, it can harm the dignity, safety or property of the persons concerned. Whoever does not agree only withholds this class, and no other; it can be withdrawn on its own at any time.`,
  },
};

/** All wordings that were ever published, by version. */
export const wordings: Readonly<Record<number, Wording>> = { 1: VERSION_1 };
export const CURRENT_WORDING = 1;

/** What stands above a consent that no enterprise gave: the demonstration's own. Part of the text, and so of its hash. */
export const DEMONSTRATION_HEAD: Text = {
  zh: "【示范】本授权由示范系统自动生成，没有任何企业真实作出。",
  en: "[Demonstration] This consent was generated for the demonstration; no enterprise gave it.",
};

export type Blanks = {
  readonly enterprise: string;
  readonly recipient: Text;
  readonly purposes: readonly Purpose[];
  readonly classes: readonly DataClass[];
  /** First and last day, both included, in Beijing time. */
  readonly from: string;
  readonly until: string;
  readonly demonstration: boolean;
};

const LIST = { zh: "；", en: "; " } as const;
const put = (wording: string, blanks: Readonly<Record<string, string>>): string =>
  wording.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = blanks[name];
    if (value === undefined) throw new RangeError(`a wording has the blank ${name}, for which there is nothing`);
    return value;
  });

const words = (blanks: Blanks, language: Language) => ({
  enterprise: blanks.enterprise,
  recipient: blanks.recipient[language],
  purposes: blanks.purposes.map((purpose) => purposes[purpose].name[language]).join(LIST[language]),
  classes: blanks.classes
    .map((each) =>
      language === "zh"
        ? `${dataClasses[each].name.zh}（${dataClasses[each].holds.zh}）`
        : `${dataClasses[each].name.en} (${dataClasses[each].holds.en})`,
    )
    .join(LIST[language]),
  from: blanks.from,
  until: blanks.until,
});

/** The text as it is shown: the wording with its blanks filled. Both languages say the same; which was read is kept. */
export const consentText = (version: number, blanks: Blanks): Text => {
  const wording = wordings[version];
  if (!wording) throw new RangeError(`no wording ${version}`);
  const of = (language: Language) =>
    `${blanks.demonstration ? `${DEMONSTRATION_HEAD[language]}\n\n` : ""}${put(wording.consent[language], words(blanks, language))}`;
  return { zh: of("zh"), en: of("en") };
};

/** The text of a separate consent to one sensitive class. */
export const separateText = (version: number, blanks: Blanks, dataClass: DataClass): Text => {
  const wording = wordings[version];
  if (!wording) throw new RangeError(`no wording ${version}`);
  const { name, holds, because } = dataClasses[dataClass];
  const of = (language: Language) =>
    `${blanks.demonstration ? `${DEMONSTRATION_HEAD[language]}\n\n` : ""}${put(wording.separate[language], {
      ...words(blanks, language),
      class: name[language],
      holds: holds[language],
      because: because[language],
    })}`;
  return { zh: of("zh"), en: of("en") };
};
