import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, addMonths, isoDate } from "../basics/index.ts";
import {
  OBJECTION_ACTIONS,
  type Objection,
  actOnObjection,
  clockOf,
  dueOn,
  isAgedOut,
  isOpen,
  negativeUntil,
  startOfDay,
  withoutAged,
} from "./index.ts";

const received: Objection = { state: "received", receivedAt: "2026-02-10T15:59:59.000Z", answeredAt: null, answer: null };
const day = (text: string) => isoDate(text)!;

test("twenty calendar days from the day after receipt, in Beijing: an objection of 10 February is due on 2 March", () => {
  expect(dueOn(received.receivedAt)).toBe("2026-03-02");
  // A second later it is the 11th in Beijing.
  expect(dueOn("2026-02-10T16:00:00.000Z")).toBe("2026-03-03");
  // Across a leap day.
  expect(dueOn("2028-02-10T04:00:00.000Z")).toBe("2028-03-01");
});

test("the clock runs to the last second of the last day", () => {
  expect(clockOf(received, "2026-03-02T15:59:59.000Z")).toEqual({ dueOn: "2026-03-02", daysLeft: 0, overdue: false });
  expect(clockOf(received, "2026-03-02T16:00:00.000Z")).toEqual({ dueOn: "2026-03-02", daysLeft: -1, overdue: true });
  const verifying = { ...received, state: "verifying" } as const;
  const late = actOnObjection(verifying, "correct", "已更正 corrected", "2026-03-02T16:00:00.000Z");
  const timely = actOnObjection(verifying, "uphold", "与原件一致 as in the original", "2026-03-02T15:59:59.000Z");
  expect(late.ok && clockOf(late.value, "2030-01-01T00:00:00.000Z")).toEqual({ dueOn: "2026-03-02", daysLeft: null, overdue: true });
  expect(timely.ok && clockOf(timely.value, "2030-01-01T00:00:00.000Z").overdue).toBe(false);
});

test("received, verifying, then one answer in writing; every other way is refused", () => {
  const now = "2026-02-12T00:00:00.000Z";
  const reached = new Map<string, Objection>([["", received]]);
  // Every sequence of up to four actions.
  for (let depth = 0; depth < 4; depth++)
    for (const [path, objection] of reached)
      for (const action of OBJECTION_ACTIONS) {
        const next = actOnObjection(objection, action, "因为 because", now);
        if (next.ok) reached.set(`${path} ${action}`.trim(), next.value);
      }
  expect([...reached].map(([path, { state }]) => [path, state])).toEqual([
    ["", "received"],
    ["verify", "verifying"],
    ["withdraw", "withdrawn"],
    ["verify correct", "corrected"],
    ["verify uphold", "upheld"],
    ["verify note", "noted"],
    ["verify withdraw", "withdrawn"],
  ]);
  for (const { state, answeredAt, answer } of reached.values()) {
    expect(isOpen({ state })).toBe(answeredAt === null);
    if (["corrected", "upheld", "noted"].includes(state)) expect(answer).toBe("因为 because");
  }
  for (const action of ["correct", "uphold", "note"] as const)
    expect(actOnObjection({ ...received, state: "verifying" }, action, " ", now)).toMatchObject({
      ok: false,
      error: { code: "no-answer" },
    });
});

test("negative information may be used for five years from its end, and not a day longer", () => {
  expect(negativeUntil(day("2021-11-26"))).toBe("2026-11-26");
  expect(isAgedOut(day("2021-11-26"), day("2026-11-26"))).toBe(false);
  expect(isAgedOut(day("2021-11-26"), day("2026-11-27"))).toBe(true);
  // Ended on a leap day: the fifth year has none.
  expect(negativeUntil(day("2020-02-29"))).toBe("2025-02-28");
  expect(isAgedOut(null, day("2099-01-01"))).toBe(false);
  expect(withoutAged([{ endedOn: null }, { endedOn: day("2015-01-01") }], day("2026-01-01"))).toEqual([{ endedOn: null }]);
});

test("what has aged out stays so, and what ended later ages out later", () => {
  const days = fc.integer({ min: 0, max: 20_000 }).map((n) => addDays(day("2000-01-01"), n));
  fc.assert(
    fc.property(days, days, days, fc.nat(1000), (ended, other, on, more) => {
      if (isAgedOut(ended, on)) expect(isAgedOut(ended, addDays(on, more))).toBe(true);
      if (ended <= other && isAgedOut(other, on)) expect(isAgedOut(ended, on)).toBe(true);
      expect(isAgedOut(ended, on)).toBe(addMonths(ended, 60) < on);
      expect(startOfDay(on) < startOfDay(addDays(on, 1))).toBe(true);
    }),
  );
});
