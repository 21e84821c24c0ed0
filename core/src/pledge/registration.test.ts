import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IsoDate, addDays, addMonths } from "../basics/index.ts";
import {
  type Pledge,
  type PledgeAction,
  type PledgeTerms,
  actOnPledge,
  beginPledge,
  byPriority,
  isLive,
  mayChange,
  mayObject,
  mayRead,
  mayRegister,
  maySearch,
  objectionStands,
  releaseDue,
  reveal,
  termIsOver,
} from "./index.ts";

const day = (text: string) => text as IsoDate;
const TERMS: PledgeTerms = {
  securedFen: 1_000_000_00,
  contract: "质字第 1 号",
  description: "发明专利，一种检验方法",
  startsOn: day("2026-01-31"),
  endsOn: day("2027-01-31"),
};
const begun = (terms: Partial<PledgeTerms> = {}, chain = false): Pledge => {
  const found = beginPledge({ ...TERMS, ...terms }, chain);
  if (!found.ok) throw new Error(found.error.code);
  return found.value;
};
const after = (pledge: Pledge, action: PledgeAction, today = "2026-06-01"): Pledge => {
  const found = actOnPledge(pledge, action, day(today));
  if (!found.ok) throw new Error(found.error.code);
  return found.value;
};
const refusal = (pledge: Pledge, action: PledgeAction, today = "2026-06-01") => {
  const found = actOnPledge(pledge, action, day(today));
  return found.ok ? null : found.error.code;
};
const beginning = (terms: Partial<PledgeTerms>) => {
  const found = beginPledge({ ...TERMS, ...terms }, false);
  return found.ok ? null : found.error.code;
};

describe("terms", () => {
  test("one month at least, 30 years at most, at the ends of months too", () => {
    expect(beginning({ endsOn: day("2026-02-27") })).toBe("pledge-term");
    expect(beginning({ endsOn: day("2026-02-28") })).toBe(null); // a month from 31 January
    expect(beginning({ endsOn: day("2056-01-31") })).toBe(null);
    expect(beginning({ endsOn: day("2056-02-01") })).toBe("pledge-term");
  });
  test("amount, contract, description", () => {
    expect(beginning({ securedFen: 0 })).toBe("pledge-amount");
    expect(beginning({ contract: " " })).toBe("pledge-contract");
    expect(beginning({ description: "专利一件" })).toBe("pledge-description");
  });
});

describe("a registration's life", () => {
  test("with a chain: awaits it, then stands or was too late", () => {
    const waiting = begun({}, true);
    expect(waiting.standing).toEqual({ state: "awaiting-chain" });
    expect(after(waiting, { kind: "confirm", block: 7 }).standing).toEqual({
      state: "registered",
      block: 7,
    });
    const refused = after(waiting, { kind: "refuse" });
    expect(refused.standing).toEqual({ state: "refused" });
    expect(refusal(refused, { kind: "confirm", block: 8 })).toBe("pledge-over");
  });
  test("a chain that takes a block back takes what stood in it; what was on no chain, it cannot take", () => {
    const confirmed = after(begun({}, true), { kind: "confirm", block: 7 });
    expect(after(confirmed, { kind: "refuse" }).standing.state).toBe("refused");
    expect(refusal(begun(), { kind: "refuse" })).toBe("not-in-this-state");
    expect(refusal(begun(), { kind: "confirm", block: 7 })).toBe("not-in-this-state");
  });
  test("changes and extensions", () => {
    const pledge = begun();
    expect(after(pledge, { kind: "change", terms: { securedFen: 5 } }).terms).toEqual({ ...TERMS, securedFen: 5 });
    expect(refusal(pledge, { kind: "change", terms: {} })).toBe("pledge-unchanged");
    expect(refusal(pledge, { kind: "change", terms: { endsOn: day("2027-02-27") } })).toBe("pledge-extension");
    expect(refusal(pledge, { kind: "change", terms: { endsOn: day("2026-12-31") } })).toBe("pledge-extension");
    expect(after(pledge, { kind: "change", terms: { endsOn: day("2057-01-31") } }).terms.endsOn).toBe("2057-01-31");
    expect(refusal(pledge, { kind: "change", terms: { endsOn: day("2057-02-01") } })).toBe("pledge-extension");
    // The last day counts; after it there is nothing left to extend.
    expect(refusal(pledge, { kind: "change", terms: { securedFen: 5 } }, "2027-01-31")).toBe(null);
    expect(refusal(pledge, { kind: "change", terms: { securedFen: 5 } }, "2027-02-01")).toBe("pledge-over");
  });
  test("expiry comes after the last day and not on it", () => {
    expect(refusal(begun(), { kind: "expire" }, "2027-01-31")).toBe("pledge-not-over");
    expect(after(begun(), { kind: "expire" }, "2027-02-01").standing).toEqual({ state: "expired" });
  });
  test("release says why and since when", () => {
    const release = (on: string): PledgeAction => ({ kind: "release", reason: "discharged", on: day(on) });
    expect(refusal(begun(), release("2026-06-02"))).toBe("pledge-release-day");
    expect(refusal(begun(), release("2026-01-30"))).toBe("pledge-release-day");
    expect(after(begun(), release("2026-05-31")).standing).toEqual({ state: "released", reason: "discharged", on: "2026-05-31" });
  });
  test("ten working days: from a Friday over two weekends; from a Sunday, counting from Monday", () => {
    expect(releaseDue(day("2026-06-05"))).toBe("2026-06-19");
    expect(releaseDue(day("2026-06-07"))).toBe("2026-06-19");
  });
  test("an objection stands for 30 days, or as long as a case is pending", () => {
    const objected = after(begun(), { kind: "object", reason: "已清偿", caseNumber: null });
    expect(objectionStands(objected.objection, day("2026-07-01"))).toBe(true);
    expect(objectionStands(objected.objection, day("2026-07-02"))).toBe(false);
    const pending = after(objected, { kind: "object", reason: "已清偿", caseNumber: "（2026）皖 01 民初 1 号" }, "2026-06-20");
    expect(pending.objection).toMatchObject({ since: "2026-06-01" });
    expect(objectionStands(pending.objection, day("2026-12-31"))).toBe(true);
    expect(after(pending, { kind: "withdraw-objection" }).objection).toBe(null);
    expect(refusal(objected, { kind: "withdraw-objection" }, "2026-07-02")).toBe("no-objection");
    expect(refusal(begun(), { kind: "object", reason: " ", caseNumber: null })).toBe("no-reason");
  });
});

const actions: fc.Arbitrary<PledgeAction> = fc.oneof(
  fc.constantFrom<PledgeAction>(
    { kind: "confirm", block: 1 },
    { kind: "refuse" },
    { kind: "expire" },
    { kind: "object", reason: "异议", caseNumber: null },
    { kind: "withdraw-objection" },
    { kind: "release", reason: "waived", on: day("2026-03-01") },
  ),
  fc
    .record({ securedFen: fc.integer({ min: -5, max: 1_000_000 }), months: fc.integer({ min: -3, max: 400 }) })
    .map(({ securedFen, months }): PledgeAction => ({
      kind: "change",
      terms: { securedFen, ...(months === 0 ? {} : { endsOn: addMonths(TERMS.endsOn, months) }) },
    })),
);

test("whatever is done with it: what has ended stays as it is, the last day never comes nearer, terms stay lawful", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.tuple(actions, fc.integer({ min: 0, max: 200 })), { maxLength: 30 }), (chain, steps) => {
      let pledge = begun({}, chain);
      let today = TERMS.startsOn;
      for (const [action, days] of steps) {
        today = addDays(today, days);
        const found = actOnPledge(pledge, action, today);
        if (!isLive(pledge)) expect(found.ok).toBe(false);
        if (!found.ok) continue;
        expect(found.value.terms.endsOn >= pledge.terms.endsOn).toBe(true);
        expect(found.value.terms.startsOn).toBe(TERMS.startsOn);
        expect(found.value.terms.securedFen).toBeGreaterThan(0);
        if (found.value.standing.state === "expired") expect(termIsOver(pledge, today)).toBe(true);
        pledge = found.value;
      }
    }),
    { numRuns: 1000 },
  );
});

describe("who sees what", () => {
  const parties = { pledgee: "bank:a", pledgor: "E1" };
  const viewer = (kind: string, party: string, enterprise: string | null = null) => ({ kind, party, enterprise });
  const operator = viewer("operator", "operator");
  const [own, other] = [viewer("bank", "bank:a"), viewer("bank", "bank:b")];
  const [pledgor, stranger] = [viewer("enterprise", "enterprise:E1", "E1"), viewer("enterprise", "enterprise:E2", "E2")];
  test("the two parties and the operator see all; nobody else does", () =>
    expect([operator, own, pledgor, other, stranger, viewer("supervisor", "s")].map((each) => mayRead(each, parties))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]));
  test("the pledgee changes and releases, the pledgor objects", () => {
    expect([operator, own, pledgor, other].map((each) => mayChange(each, parties))).toEqual([true, true, false, false]);
    expect([operator, own, pledgor, stranger].map((each) => mayObject(each, parties))).toEqual([true, false, true, false]);
  });
  test("institutions register and search; an enterprise does neither; supervision searches", () => {
    expect(
      ["bank", "guarantor", "insurer", "operator", "enterprise", "bureau", "supervisor"].map((kind) => mayRegister(viewer(kind, "x"))),
    ).toEqual([true, true, true, true, false, false, false]);
    expect([other, viewer("supervisor", "s"), pledgor].map((each) => maySearch(each))).toEqual([true, true, false]);
  });
  test("a search tells neither party nor terms", () => {
    const live = { ...begun(), since: "2026-01-31T02:00:00.000Z", position: 12, pledgee: "bank:a", pledgor: "E1" };
    const found = reveal(live, day("2026-06-01"));
    expect(found).toEqual({ pledged: true, state: "registered", since: live.since, position: 12, nextRank: 2, objected: false });
    expect(reveal(live, day("2027-02-01"))).toEqual({ pledged: false });
    expect(reveal(null, day("2026-06-01"))).toEqual({ pledged: false });
  });
});

test("priority is the place in the log", () =>
  expect([{ position: 9 }, { position: 2 }, { position: 10 }].sort(byPriority)).toEqual([
    { position: 2 },
    { position: 9 },
    { position: 10 },
  ]));
