import { expect, test } from "vitest";
import { checker } from "@zhiwei/api/check";
import { AllocateBody } from "@zhiwei/api/portfolio";
import { DEFAULTS, bodyOf, fieldsOf, unreadable } from "./terms.ts";

test("what stands in no address is the contest's question, and it fits the contract", () => {
  const body = bodyOf(fieldsOf({}));
  expect(body).toMatchObject({
    budgetFen: 10_000_000_000,
    minFen: 10_000_000,
    maxFen: 100_000_000,
    rateMin: 0.04,
    rateMax: 0.15,
    lgd: 0.5,
    funding: 0.03,
  });
  expect(checker(AllocateBody)(body)).toBeNull();
});

test("amounts and shares are read as typed: to the fen, and 4.35 % is 0.0435", () => {
  const body = bodyOf(
    fieldsOf({ budget: "123.4567", low: "4.35", cap: "20", step: "0.01", turnover: "30", mean: "2.5", kind: "expected-disbursed" }),
  );
  expect(body).toMatchObject({
    budgetFen: 123_456_700,
    rateMin: 0.0435,
    rateStep: 0.0001,
    turnoverShare: 0.3,
    centralTendency: 0.025,
    budgetKind: "expected-disbursed",
  });
  expect(body.limits).toEqual([{ kind: "sector", code: "*", limitFen: 24_691_340 }]);
  expect(checker(AllocateBody)(body)).toBeNull();
});

test("numbers that cannot be read are named; what may be left out may be empty", () => {
  expect(unreadable({ ...DEFAULTS, budget: "", low: "-4", lgd: "much", cap: "" })).toEqual(["budget", "low", "lgd"]);
  expect(unreadable({ ...DEFAULTS })).toEqual([]);
});
