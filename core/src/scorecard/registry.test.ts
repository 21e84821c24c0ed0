import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ModelAction, type Standing, act, modelActions, possibleActions, sameName } from "./registry.ts";

const draft: Standing = { state: "draft", role: null, madeBy: "Model development", submittedBy: null, applies: true };

const walk = (steps: readonly (readonly [ModelAction, string, string?])[], from = draft): Standing =>
  steps.reduce((standing, [action, by, note = "why"]) => {
    const next = act(standing, action, by, note);
    if (!next.ok) throw new Error(`${action}: ${next.error.code}`);
    return next.value;
  }, from);

const refusal = (standing: Standing, action: ModelAction, by: string, note = "why") => {
  const next = act(standing, action, by, note);
  return next.ok ? null : next.error.code;
};

describe("the life of a model", () => {
  test("from draft to champion and away again", () => {
    const champion = walk([
      ["submit", "Model development"],
      ["approve", "Model committee"],
      ["shadow", "Operations"],
      ["deploy", "Operations"],
    ]);
    expect(champion).toMatchObject({ state: "approved", role: "champion" });
    expect(refusal(champion, "retire", "Operations")).toBe("not-in-this-state");
    expect(
      walk(
        [
          ["stand-down", "Operations"],
          ["retire", "Operations"],
        ],
        champion,
      ),
    ).toMatchObject({ state: "retired", role: null });
  });

  test("nobody approves or rejects what they made or submitted, however they write their name", () => {
    const submitted = walk([["submit", "Ｒisk Desk"]]);
    for (const by of ["Model development", " model  DEVELOPMENT", "Risk desk", "ＲiskＤesk"]) {
      expect(refusal(submitted, "approve", by)).toBe("own-model");
      expect(refusal(submitted, "reject", by)).toBe("own-model");
    }
    expect(refusal(submitted, "approve", "Model committee")).toBeNull();
  });

  test("what takes a model away needs a reason, and every action somebody", () => {
    const submitted = walk([["submit", "Model development"]]);
    expect(refusal(submitted, "reject", "Model committee", "  ")).toBe("no-reason");
    expect(refusal(submitted, "approve", " ", "")).toBe("no-name");
  });

  test("a model of a table's own columns is never put to use here", () => {
    const approved = walk(
      [
        ["submit", "a"],
        ["approve", "b"],
      ],
      { ...draft, applies: false },
    );
    expect(refusal(approved, "deploy", "c")).toBe("not-applicable");
    expect(refusal(approved, "shadow", "c")).toBe("not-applicable");
    expect(possibleActions(approved)).toEqual(["retire"]);
  });

  test("whatever is tried in whatever order: in use means approved, and approved means two people", () => {
    const people = ["maker", "second", "third"];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...modelActions), fc.constantFrom(...people)), { maxLength: 30 }), (steps) => {
        let standing: Standing = { ...draft, madeBy: "maker" };
        let approvedBy: string | null = null;
        for (const [action, by] of steps) {
          const next = act(standing, action, by, "why");
          if (!next.ok) continue;
          if (action === "approve") approvedBy = by;
          standing = next.value;
          if (standing.role !== null) expect(standing.state).toBe("approved");
          if (standing.state === "approved") {
            expect(approvedBy).not.toBeNull();
            expect(sameName(approvedBy!, "maker")).toBe(false);
            expect(sameName(approvedBy!, standing.submittedBy!)).toBe(false);
          }
        }
      }),
    );
  });

  test("what is said to be possible is possible for somebody, and nothing else is", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("draft", "submitted", "approved", "rejected", "retired"),
        fc.constantFrom(null, "champion", "challenger"),
        (state, role) => {
          const standing = { ...draft, state, role: state === "approved" ? role : null, submittedBy: "x" } as Standing;
          for (const action of modelActions)
            expect(possibleActions(standing).includes(action)).toBe(act(standing, action, "somebody else", "why").ok);
        },
      ),
    );
  });
});
