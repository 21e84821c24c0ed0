import type { ConsentDocument, ObjectionDocument, ReadDocument } from "@zhiwei/api/consent";
import type { Text } from "@zhiwei/core/basics";
import {
  DATA_CLASSES,
  type DataClass,
  type Denial,
  type Given,
  PURPOSES,
  type ReadPurpose,
  dataClasses,
  purposes,
  readPurposeText,
} from "@zhiwei/core/consent";

export const purposeOptions = PURPOSES.map((value) => ({ value, name: purposes[value].name }));
export const classOptions = DATA_CLASSES.map((value) => ({ value, ...dataClasses[value] }));

export const classNames = (classes: readonly DataClass[], text: (pair: Text) => string): string =>
  classes.map((each) => text(dataClasses[each].name)).join(text({ zh: "、", en: ", " }));
export const purposeNames = (given: readonly string[], text: (pair: Text) => string): string =>
  given.map((each) => text(readPurposeText(each as ReadPurpose))).join(text({ zh: "、", en: ", " }));

export const STANDING: Readonly<Record<ConsentDocument["standing"], Text>> = {
  "in-force": { zh: "有效", en: "In force" },
  "not-yet": { zh: "尚未生效", en: "Not yet" },
  expired: { zh: "已到期", en: "Over" },
  withdrawn: { zh: "已撤回", en: "Withdrawn" },
};
export const GIVEN_NAME: Readonly<Record<Given, Text>> = {
  console: { zh: "本企业在线授权", en: "given here by the enterprise" },
  paper: { zh: "纸质授权，运营方登记", en: "on paper, entered by the operator" },
  demonstration: { zh: "示范生成，非企业真实作出", en: "generated for the demonstration" },
};
export const DENIAL_NAME: Readonly<Record<Denial, Text>> = {
  none: { zh: "没有授权", en: "no consent" },
  withdrawn: { zh: "授权已撤回", en: "consent withdrawn" },
  expired: { zh: "授权已到期", en: "consent over" },
  "not-yet": { zh: "授权尚未生效", en: "consent not yet in force" },
  "other-purpose": { zh: "目的不在授权内", en: "other purpose" },
  "class-not-covered": { zh: "数据不在授权内", en: "data not covered" },
  "separate-consent-missing": { zh: "缺少单独同意", en: "no separate consent" },
};
export const BASIS_NAME: Readonly<Record<ReadDocument["basis"], Text>> = {
  consent: { zh: "依授权", en: "on consent" },
  own: { zh: "本企业", en: "own data" },
  operation: { zh: "平台运营", en: "operation" },
};
export const OBJECTION_STATE: Readonly<Record<ObjectionDocument["state"], Text>> = {
  received: { zh: "已收到", en: "Received" },
  verifying: { zh: "核查中", en: "Being verified" },
  corrected: { zh: "已更正", en: "Corrected" },
  upheld: { zh: "维持原记录", en: "Upheld" },
  noted: { zh: "无法确认，已记载异议", en: "Noted" },
  withdrawn: { zh: "已撤回", en: "Withdrawn" },
};
