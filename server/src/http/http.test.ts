import { expect, test } from "vitest";
import { describeError } from "./log.ts";
import { problemOf } from "./refusal.ts";
import { hostName } from "./security.ts";

test("the host of a request is its name, without the port", () => {
  expect(hostName("LocalHost:8080")).toBe("localhost");
  expect(hostName("[::1]:8080")).toBe("[::1]");
  expect(hostName("[::1]")).toBe("[::1]");
  expect(hostName("127.0.0.1")).toBe("127.0.0.1");
  expect(hostName("")).toBe("");
});

test("the log keeps where an error happened, and nothing that it quotes", () => {
  const error = Object.assign(new Error('no row "王小明" for 91340100MA2N000000, see postgres://postgres:secret@127.0.0.1:5432/x'), {
    code: "22P02",
  });
  const line = describeError(new Error("outer", { cause: error }));
  expect(line).toContain("22P02");
  expect(line).toContain("http.test.ts");
  for (const kept of ["王小明", "91340100", "secret"]) expect(line).not.toContain(kept);
  expect(describeError("王小明")).toBe("string");
});

test("a problem is told by what an error carries, not by its class", () => {
  const text = { zh: "坏", en: "bad" };
  expect(problemOf(Object.assign(new Error("x"), { problem: { code: "c", text, remedy: text, more: 1 } }))).toEqual({
    code: "c",
    text,
    remedy: text,
  });
  expect(problemOf(Object.assign(new Error("x"), { problem: "c" }))).toBe(null);
  expect(problemOf(null)).toBe(null);
});
