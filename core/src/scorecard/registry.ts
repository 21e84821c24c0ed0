import { type Problem, type Result, err, ok, problem } from "../basics/index.ts";

/**
 * The life of a model 模型生命周期. A model's document never changes; what changes is its standing: submitted by its maker,
 * approved or rejected by somebody else (双人复核, four eyes), put to use as champion 冠军 or in shadow as challenger 挑战者,
 * and retired. Every change is kept with who made it, when and why.
 *
 * Sources: Supervisory guidance on model risk management SR 11-7 (2011), effective challenge by people independent of development;
 * 商业银行互联网贷款管理暂行办法 (2020), on approval, monitoring and retirement of risk models.
 */
export type ModelState = "draft" | "submitted" | "approved" | "rejected" | "retired";
/** Whether a model decides (champion) or only scores beside it (challenger). */
export type ModelRole = "champion" | "challenger";

/** Where a model is in its life, and who brought it there. */
export type Standing = {
  readonly state: ModelState;
  readonly role: ModelRole | null;
  readonly madeBy: string;
  readonly submittedBy: string | null;
  /** Whether all features of the model are in the platform's catalogue, so that it can score its enterprises. */
  readonly applies: boolean;
};

/** All actions, in the order of a model's life. */
export const modelActions = ["submit", "withdraw", "approve", "reject", "deploy", "shadow", "stand-down", "retire"] as const;
/** What can be done with a model. */
export type ModelAction = (typeof modelActions)[number];

const problems = {
  name: problem("no-name", "请写明由谁操作。", "Say who does this.", "填写姓名或岗位。", "Give a name or a post."),
  state: (action: ModelAction, state: ModelState) =>
    problem(
      "not-in-this-state",
      `模型当前状态为 ${state}，不能执行 ${action}。`,
      `The model is ${state}: ${action} is not possible now.`,
      "先完成前一步：训练后提交，提交后由他人审批，审批后才能上线。",
      "Do the step before it: trained models are submitted, submitted ones approved by somebody else, approved ones put to use.",
    ),
  own: problem(
    "own-model",
    "不能审批自己开发或提交的模型。",
    "Nobody approves a model that they made or submitted.",
    "请由另一位有审批职责的同事审批。",
    "Ask a second person whose duty it is.",
  ),
  reason: problem(
    "no-reason",
    "驳回、下线、停用须说明理由。",
    "Rejecting, standing down or retiring a model needs a reason.",
    "写一句理由。",
    "Write a sentence that says why.",
  ),
  notApplicable: problem(
    "not-applicable",
    "该模型用到的特征不在平台指标目录中，不能给平台上的企业评分。",
    "The model uses features that are not in the platform's catalogue, so it cannot score its enterprises.",
    "可导出后在数据所在系统使用。",
    "Export it and use it where its data is.",
  ),
};

/** Names differ when they differ beyond letter case, width and spaces. */
export const sameName = (a: string, b: string): boolean => {
  const plain = (name: string) => name.normalize("NFKC").replaceAll(/\s+/g, "").toLowerCase();
  return plain(a) === plain(b);
};

/**
 * The standing after an action, or why it is not allowed: `not-in-this-state`, `own-model`, `no-reason`, `no-name`,
 * `not-applicable`. That there is one champion at most is for the registry to hold: the one before stands down.
 */
export const act = (standing: Standing, action: ModelAction, by: string, note: string): Result<Standing, Problem> => {
  const { state, role } = standing;
  if (by.trim() === "") return err(problems.name);
  const from: Readonly<Record<ModelAction, boolean>> = {
    submit: state === "draft",
    withdraw: state === "submitted",
    approve: state === "submitted",
    reject: state === "submitted",
    deploy: state === "approved" && role !== "champion",
    shadow: state === "approved" && role === null,
    "stand-down": state === "approved" && role !== null,
    retire: state === "approved" && role !== "champion",
  };
  if (!from[action]) return err(problems.state(action, state));
  if ((action === "reject" || action === "stand-down" || action === "retire") && note.trim() === "") return err(problems.reason);
  if (action === "approve" || action === "reject") {
    if (sameName(by, standing.madeBy) || (standing.submittedBy !== null && sameName(by, standing.submittedBy))) return err(problems.own);
  }
  if ((action === "deploy" || action === "shadow") && !standing.applies) return err(problems.notApplicable);
  switch (action) {
    case "submit":
      return ok({ ...standing, state: "submitted", submittedBy: by });
    case "withdraw":
      return ok({ ...standing, state: "draft", submittedBy: null });
    case "approve":
      return ok({ ...standing, state: "approved" });
    case "reject":
      return ok({ ...standing, state: "rejected" });
    case "deploy":
      return ok({ ...standing, role: "champion" });
    case "shadow":
      return ok({ ...standing, role: "challenger" });
    case "stand-down":
      return ok({ ...standing, role: null });
    case "retire":
      return ok({ ...standing, state: "retired", role: null });
  }
};

/** What can be done next with a model, whoever does it. */
export const possibleActions = (standing: Standing): ModelAction[] =>
  modelActions.filter((action) => {
    const found = act(standing, action, "\u0000", "-");
    return found.ok;
  });
