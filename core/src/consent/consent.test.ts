import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Consent,
  DATA_CLASSES,
  type DataClass,
  PURPOSES,
  type ReadRequest,
  beijingDay,
  consentText,
  lastDayOf,
  needsSeparate,
  noConsent,
  permits,
  separateText,
  standingOf,
  startOfDay,
  termsOf,
  withdraw,
  wordings,
} from "./index.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const T = (minute: number) => new Date(Date.UTC(2026, 0, 5, 4, minute)).toISOString();

const subset = <T>(all: readonly T[]) => fc.subarray([...all]);
const consent: fc.Arbitrary<Consent> = fc
  .record({
    id: fc.uuid(),
    enterprise: fc.constantFrom("E1", "E2"),
    recipient: fc.constantFrom("bank-a", "bank-b"),
    purposes: subset(PURPOSES.slice(0, 3)),
    classes: subset(DATA_CLASSES),
    separate: subset(DATA_CLASSES),
    from: fc.nat(6),
    length: fc.integer({ min: 1, max: 6 }),
    withdrawn: fc.option(fc.nat(12)),
  })
  .map(({ from, length, withdrawn, separate, ...rest }) => ({
    ...rest,
    separate: separate.filter((each) => rest.classes.includes(each)),
    from: T(from),
    until: T(from + length),
    withdrawnAt: withdrawn === null ? null : T(withdrawn),
  }));
const request: fc.Arbitrary<ReadRequest> = fc.record({
  enterprise: fc.constantFrom("E1", "E2"),
  kind: fc.constantFrom("company" as const, "sole-trader" as const),
  party: fc.constantFrom("bank-a", "bank-b"),
  purpose: fc.constantFrom(...PURPOSES.slice(0, 3)),
  classes: fc.subarray([...DATA_CLASSES], { minLength: 1 }),
});
const now = fc.nat(12).map(T);
const world = fc.array(consent, { maxLength: 5 });

/** The rule in one sentence, written out on its own: each class has a consent that covers it. */
const mayRead = (consents: readonly Consent[], { enterprise, kind, party, purpose, classes }: ReadRequest, at: string) =>
  classes.every((each) =>
    consents.some(
      (one) =>
        one.enterprise === enterprise &&
        one.recipient === party &&
        one.from <= at &&
        at < one.until &&
        !(one.withdrawnAt !== null && one.withdrawnAt <= at) &&
        one.purposes.includes(purpose) &&
        one.classes.includes(each) &&
        (!needsSeparate(each, kind) || one.separate.includes(each)),
    ),
  );

describe("permits", () => {
  test("permits exactly what the rule says, over random worlds", () => {
    fc.assert(
      fc.property(world, request, now, (consents, request, at) => {
        expect(permits(consents, request, at).permitted).toBe(mayRead(consents, request, at));
      }),
      { numRuns: 2000 },
    );
  });

  test("small worlds, all of them: every consent over two parties, purposes, classes, standings, against every request", () => {
    const sets = <T>(all: readonly [T, T]): T[][] => [[], [all[0]], [all[1]], [...all]];
    const worlds: Consent[] = [];
    for (const recipient of ["bank-a", "bank-b"])
      for (const purposes of sets(["credit-assessment", "guarantee"] as const))
        for (const classes of sets<DataClass>(["invoices", "people"]))
          for (const separate of sets<DataClass>(["invoices", "people"]))
            for (const [from, until] of [
              [0, 2],
              [0, 4],
              [3, 4],
            ] as const)
              for (const withdrawnAt of [null, T(1)])
                worlds.push({
                  id: String(worlds.length),
                  enterprise: "E1",
                  recipient,
                  purposes,
                  classes,
                  separate,
                  from: T(from),
                  until: T(until),
                  withdrawnAt,
                });
    let permitted = 0;
    for (const one of worlds)
      for (const purpose of ["credit-assessment", "guarantee"] as const)
        for (const classes of [["invoices"], ["people"], ["invoices", "people"]] as DataClass[][]) {
          const asked = { enterprise: "E1", kind: "company", party: "bank-a", purpose, classes } as const;
          const found = permits([one], asked, T(2));
          expect(found.permitted).toBe(mayRead([one], asked, T(2)));
          if (found.permitted) permitted++;
          // One consent: the first reason is the first condition that it breaks, in order.
          else
            expect(found.reason).toBe(
              one.recipient !== "bank-a"
                ? "none"
                : one.withdrawnAt
                  ? "withdrawn"
                  : one.until <= T(2)
                    ? "expired"
                    : one.from > T(2)
                      ? "not-yet"
                      : !one.purposes.includes(purpose as never)
                        ? "other-purpose"
                        : !classes.every((each) => one.classes.includes(each))
                          ? "class-not-covered"
                          : "separate-consent-missing",
            );
        }
    expect(permitted).toBeGreaterThan(20);
  });

  test("narrowing a consent never widens what may be read; asking for less is never refused where more was permitted", () => {
    const cut = fc.record({ purposes: fc.nat(), classes: fc.nat(), separate: fc.nat(), later: fc.nat(3), sooner: fc.nat(3) });
    fc.assert(
      fc.property(world, request, now, fc.nat(), cut, fc.nat(), (consents, request, at, which, cut, less) => {
        fc.pre(consents.length > 0);
        const place = which % consents.length;
        const without = <T>(all: readonly T[], n: number) => all.filter((_, index) => index !== n % (all.length + 1));
        const one = consents[place]!;
        const minute = (text: string) => new Date(text).getUTCMinutes();
        const narrow: Consent = {
          ...one,
          purposes: without(one.purposes, cut.purposes),
          classes: without(one.classes, cut.classes),
          separate: without(one.separate, cut.separate),
          from: T(minute(one.from) + cut.later),
          until: T(minute(one.until) - cut.sooner),
        };
        const narrowed = consents.with(place, narrow);
        if (permits(narrowed, request, at).permitted) expect(permits(consents, request, at).permitted).toBe(true);
        const fewer = { ...request, classes: without(request.classes, less) };
        if (permits(consents, request, at).permitted && fewer.classes.length > 0) expect(permits(consents, fewer, at).permitted).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("withdrawal holds at once and for ever, and leaves what was permitted before it permitted", () => {
    fc.assert(
      fc.property(world, request, now, now, (drawn, request, at, other) => {
        // Nobody withdraws in the future.
        const consents = drawn.map((each) => (each.withdrawnAt !== null && each.withdrawnAt > at ? { ...each, withdrawnAt: null } : each));
        const withdrawn = consents.map((each) => {
          const gone = withdraw(each, at);
          return gone.ok ? gone.value : each;
        });
        if (other >= at) expect(permits(withdrawn, request, other).permitted).toBe(false);
        else expect(permits(withdrawn, request, other)).toEqual(permits(consents, request, other));
      }),
      { numRuns: 2000 },
    );
  });

  test("the consents that a read rests on are enough by themselves, and none of them is idle", () => {
    fc.assert(
      fc.property(world, request, now, (consents, request, at) => {
        const found = permits(consents, request, at);
        if (!found.permitted) return;
        const used = consents.filter(({ id }) => found.consents.includes(id));
        expect(permits(used, request, at).permitted).toBe(true);
        for (const each of used)
          expect(request.classes.some((one) => permits([each], { ...request, classes: [one] }, at).permitted)).toBe(true);
      }),
    );
  });

  test("each refusal says why in both languages, names the classes, and says how to ask", () => {
    const said = noConsent({ permitted: false, reason: "separate-consent-missing", classes: ["bank", "people"] });
    expect(said.code).toBe("no-consent");
    expect(said.text).toEqual({
      zh: "敏感数据缺少单独同意：银行流水、人员与薪资。",
      en: "Sensitive data without a separate consent: Bank transactions, People and payroll.",
    });
    expect(said.remedy.zh).toContain("请求授权");
  });
});

describe("terms", () => {
  const wanted = {
    enterprise: "E1",
    kind: "sole-trader",
    recipient: "bank-a",
    purposes: ["loan-application", "credit-assessment"],
    classes: ["bank", "profile"],
    separate: ["bank"],
    months: 6,
  } as const;

  test("a term ends with a day in Beijing: consent at 23:59 of 31 August for six months lasts to the end of the last of February", () => {
    const given = termsOf(wanted, "2026-08-31T15:59:00.000Z");
    expect(given.ok && given.value).toMatchObject({
      from: "2026-08-31T15:59:00.000Z",
      until: "2027-02-27T16:00:00.000Z",
      purposes: ["credit-assessment", "loan-application"],
      classes: ["profile", "bank"],
    });
    expect(given.ok && lastDayOf(given.value)).toBe("2027-02-27");
    expect(beijingDay("2026-08-31T16:00:00.000Z")).toBe("2026-09-01");
    expect(startOfDay("2026-09-01" as never)).toBe("2026-08-31T16:00:00.000Z");
  });

  test("refuses nothing, too long a term, oneself, and a separate consent to what is not sensitive", () => {
    const code = (change: object) => {
      const made = termsOf({ ...wanted, ...change } as never, T(0));
      return made.ok ? null : made.error.code;
    };
    expect(code({})).toBeNull();
    expect(code({ purposes: [] })).toBe("nothing-consented");
    expect(code({ classes: [] })).toBe("nothing-consented");
    expect(code({ months: 12 })).toBeNull();
    for (const months of [13, 0, 1.5, Number.NaN]) expect(code({ months })).toBe("term-too-long");
    expect(code({ recipient: "enterprise:E1" })).toBe("consent-to-oneself");
    expect(code({ separate: ["people"] })).toBe("separate-without-class");
    expect(code({ kind: "company" })).toBe("separate-without-class");
  });

  test("withdrawal: once, and only what still holds", () => {
    const one: Consent = { ...wanted, id: "1", purposes: [], classes: [], separate: [], from: T(0), until: T(5), withdrawnAt: null };
    const gone = withdraw(one, T(3));
    expect(gone.ok && standingOf(gone.value, T(3))).toBe("withdrawn");
    expect(gone.ok && standingOf(gone.value, T(2))).toBe("in-force");
    expect(gone.ok && withdraw(gone.value, T(4))).toMatchObject({ ok: false, error: { code: "already-withdrawn" } });
    expect(withdraw(one, T(5))).toMatchObject({ ok: false, error: { code: "already-over" } });
  });
});

describe("texts", () => {
  /** A version that was published is never changed: a new wording is a new version, and its hash is added here. */
  const PUBLISHED: Readonly<Record<number, string>> = {
    1: "c9c2f70b504038a6f7758c64a8efe1f05f5b0f1f8661bc6edc4a307b626cb292",
  };

  test("no published wording has changed", () => {
    const hashes = Object.fromEntries(Object.entries(wordings).map(([version, wording]) => [version, sha256(JSON.stringify(wording))]));
    expect(hashes).toEqual(PUBLISHED);
  });

  const blanks = {
    enterprise: "示范企业 E1",
    recipient: { zh: "示范银行甲", en: "Demonstration bank A" },
    purposes: ["credit-assessment"],
    classes: ["profile", "bank"],
    from: "2026-11-26",
    until: "2027-11-25",
    demonstration: false,
  } as const;

  test("names who, what, what for and until when in both languages, and leaves no blank", () => {
    for (const language of ["zh", "en"] as const) {
      const text = consentText(1, blanks)[language];
      for (const each of [blanks.enterprise, blanks.recipient[language], blanks.from, blanks.until]) expect(text).toContain(each);
      expect(text).not.toMatch(/[{}]/);
      for (const each of DATA_CLASSES) expect(separateText(1, blanks, each)[language]).not.toMatch(/[{}]/);
    }
    expect(consentText(1, blanks).zh).toContain("授信前信用评估");
    expect(consentText(1, blanks).zh).not.toContain("发票明细");
  });

  test("a consent of the demonstration says so on its face; what a name holds is not taken for a blank", () => {
    expect(consentText(1, { ...blanks, demonstration: true }).zh).toMatch(/^【示范】/);
    expect(consentText(1, { ...blanks, enterprise: "{until} 公司 $&" }).zh).toContain("{until} 公司 $&（以下称");
    expect(() => consentText(99, blanks)).toThrow(RangeError);
  });
});
