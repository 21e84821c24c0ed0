import { type Problem, type Result, err, ok, problem } from "../basics/index.ts";
import { sameName } from "../scorecard/index.ts";

/**
 * The life of a version of a product 产品版本: written as a draft, submitted by its maker, published by somebody else (双人复核, four
 * eyes), replaced by the next version or withdrawn. A published document never changes; whoever wants it otherwise writes the next one.
 */
export const productStates = ["draft", "submitted", "published", "replaced", "withdrawn"] as const;
export type ProductState = (typeof productStates)[number];

export const productActions = ["submit", "recall", "publish", "reject", "withdraw"] as const;
export type ProductAction = (typeof productActions)[number];

/** Where a version is, everybody who wrote on it, and who submitted it. */
export type VersionStanding = { readonly state: ProductState; readonly writtenBy: readonly string[]; readonly submittedBy: string | null };

const problems = {
  name: problem("no-name", "请写明由谁操作。", "Say who does this.", "填写姓名或岗位。", "Give a name or a post."),
  state: (action: ProductAction, state: ProductState) =>
    problem(
      "not-in-this-state",
      `该版本当前状态为 ${state}，不能执行 ${action}。`,
      `The version is ${state}: ${action} is not possible now.`,
      "先完成前一步：草稿提交后由他人发布；已发布的文档不再更改，请写下一版本。",
      "Do the step before it: a draft is submitted and published by somebody else; a published one never changes, write the next.",
    ),
  own: problem(
    "own-product",
    "不能发布或驳回自己编写或提交的产品。",
    "Nobody publishes or rejects a product that they wrote or submitted.",
    "请由另一位有审批职责的同事复核。",
    "Ask a second person whose duty it is.",
  ),
  reason: problem(
    "no-reason",
    "驳回、下架须说明理由。",
    "Rejecting or withdrawing needs a reason.",
    "写一句理由。",
    "Write a sentence that says why.",
  ),
};

/** The standing after an action, or why it is not allowed. That one version is live at most is for the store to hold. */
export const actOnVersion = (
  standing: VersionStanding,
  action: ProductAction,
  by: string,
  note: string,
): Result<VersionStanding, Problem> => {
  const { state, writtenBy, submittedBy } = standing;
  if (by.trim() === "") return err(problems.name);
  const from: Readonly<Record<ProductAction, ProductState>> = {
    submit: "draft",
    recall: "submitted",
    publish: "submitted",
    reject: "submitted",
    withdraw: "published",
  };
  if (state !== from[action]) return err(problems.state(action, state));
  if ((action === "reject" || action === "withdraw") && note.trim() === "") return err(problems.reason);
  if (
    (action === "publish" || action === "reject") &&
    [...writtenBy, ...(submittedBy === null ? [] : [submittedBy])].some((each) => sameName(by, each))
  )
    return err(problems.own);
  switch (action) {
    case "submit":
      return ok({ state: "submitted", writtenBy, submittedBy: by });
    case "recall":
    case "reject":
      return ok({ state: "draft", writtenBy, submittedBy: null });
    case "publish":
      return ok({ state: "published", writtenBy, submittedBy });
    case "withdraw":
      return ok({ state: "withdrawn", writtenBy, submittedBy });
  }
};

/** What can be done next, whoever does it. */
export const possibleProductActions = (standing: VersionStanding): ProductAction[] =>
  productActions.filter((action) => actOnVersion(standing, action, "\u0000", "-").ok);
