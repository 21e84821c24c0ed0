import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Lawsuit,
  type Link,
  type Outcomes,
  atDistance,
  closedCircle,
  degree,
  groupFailure,
  lawsuitFeatures,
  linkedGroups,
  neighbourFailure,
  neighbourMean,
  neighbours,
  relationGraph,
  roleOverlap,
  sharedControllers,
  stakes,
  withoutExclusivePersons,
} from "./index.ts";

const KINDS = ["invests", "executes", "supervises"];
const PEOPLE = 4;
const FIRMS = 8;
const NODES = FIRMS + PEOPLE;
/** Nodes 0–7 are enterprises, 8–11 persons. */
const person = Uint8Array.from({ length: NODES }, (_, node) => (node < FIRMS ? 0 : 1));
const someLinks = fc.array(
  fc.record({
    from: fc.nat(NODES - 1),
    to: fc.nat(FIRMS - 1),
    kind: fc.nat(KINDS.length - 1),
    amount: fc.integer({ min: 1, max: 100 }),
  }),
  { maxLength: 30 },
);
const someOutcomes = fc.record({
  failed: fc.array(fc.constantFrom(-1, 0, 1), { minLength: NODES, maxLength: NODES }).map((list) => Int8Array.from(list)),
  fold: fc.array(fc.integer({ min: -1, max: 2 }), { minLength: NODES, maxLength: NODES }).map((list) => Int32Array.from(list)),
  from: fc.array(fc.nat(4), { minLength: NODES, maxLength: NODES }).map((list) => Int32Array.from(list)),
  observed: fc.array(fc.nat(4), { minLength: NODES, maxLength: NODES }).map((list) => Int32Array.from(list)),
});
const outcomesOf = ({
  failed,
  fold,
  from,
  observed,
}: {
  failed: Int8Array;
  fold: Int32Array;
  from: Int32Array;
  observed: Int32Array;
}): Outcomes => ({ failed, fold, known: { from, observed } });
const list = (near: { start: Int32Array; to: Int32Array }, node: number) =>
  Array.from(near.to.slice(near.start[node], near.start[node + 1]));

/** Neighbours the slow way: every pair is asked. */
const plainNear = (links: readonly Link[], a: number, b: number) =>
  a !== b &&
  a < FIRMS &&
  b < FIRMS &&
  (links.some(({ from, to }) => (from === a && to === b) || (from === b && to === a)) ||
    person.some((is, someone) => is === 1 && [a, b].every((firm) => links.some(({ from, to }) => from === someone && to === firm))));

/** Shortest ways between all enterprises, after Floyd and Warshall. */
const plainDistances = (links: readonly Link[]) => {
  const all = Array.from({ length: FIRMS }, (_, a) =>
    Array.from({ length: FIRMS }, (__, b) => (a === b ? 0 : plainNear(links, a, b) ? 1 : Infinity)),
  );
  for (let k = 0; k < FIRMS; k++)
    for (let a = 0; a < FIRMS; a++) for (let b = 0; b < FIRMS; b++) all[a]![b] = Math.min(all[a]![b]!, all[a]![k]! + all[k]![b]!);
  return all;
};

describe("graph", () => {
  test("links told twice are one with the larger amount, and the order of links does not matter", () => {
    fc.assert(
      fc.property(someLinks, (links) => {
        const graph = relationGraph(person, KINDS, links);
        expect(relationGraph(person, KINDS, [...links, ...links].toReversed())).toEqual(graph);
        const plain = new Map<string, number>();
        for (const { from, to, kind, amount } of links)
          if (from !== to) plain.set(`${from},${to},${kind}`, Math.max(plain.get(`${from},${to},${kind}`) ?? 0, amount));
        const seen = new Map<string, number>();
        for (let node = 0; node < NODES; node++)
          for (let place = graph.start[node]!; place < graph.start[node + 1]!; place++)
            if (graph.outward[place] === 1) seen.set(`${node},${graph.other[place]},${graph.kind[place]}`, graph.amount[place]!);
        expect(seen).toEqual(plain);
        expect(graph.other.length).toBe(2 * plain.size);
      }),
    );
  });

  test("a node or kind that does not exist is refused", () => {
    expect(() => relationGraph(person, KINDS, [{ from: 0, to: NODES, kind: 0 }])).toThrow(RangeError);
    expect(() => relationGraph(person, KINDS, [{ from: 0, to: 1, kind: 3 }])).toThrow(RangeError);
    expect(() => degree(relationGraph(person, KINDS, []), { kinds: ["marries"] })).toThrow(RangeError);
  });

  test("neighbours at each distance are those of the shortest ways of brute force", () => {
    fc.assert(
      fc.property(someLinks, (links) => {
        const near = neighbours(relationGraph(person, KINDS, links), { links: "all", persons: "all" });
        const plain = plainDistances(links);
        for (const distance of [1, 2, 3]) {
          const far = atDistance(near, distance);
          for (let a = 0; a < NODES; a++)
            expect(list(far, a)).toEqual(a < FIRMS ? plain[a]!.flatMap((steps, b) => (steps === distance ? [b] : [])) : []);
        }
      }),
    );
  });

  test("kinds, directions and persons choose the way", () => {
    // 0 invests in 1; person 8 executes 1 and 2, supervises 3.
    const graph = relationGraph(person, KINDS, [
      { from: 0, to: 1, kind: 0 },
      { from: 8, to: 1, kind: 1 },
      { from: 8, to: 2, kind: 1 },
      { from: 8, to: 3, kind: 2 },
    ]);
    expect(list(neighbours(graph, { links: ["invests"], direction: "out" }), 0)).toEqual([1]);
    expect(list(neighbours(graph, { links: ["invests"], direction: "in" }), 0)).toEqual([]);
    expect(list(neighbours(graph, { links: ["invests"], direction: "in" }), 1)).toEqual([0]);
    expect(list(neighbours(graph, { persons: ["executes"] }), 1)).toEqual([2]);
    expect(list(neighbours(graph, { persons: "all" }), 1)).toEqual([2, 3]);
    const groups = linkedGroups(graph);
    expect(groups.of[0]).toBe(groups.of[3]);
    expect(groups.sizes[groups.of[0]!]).toBe(5);
    expect(groups.sizes[groups.of[4]!]).toBe(1);
  });
});

describe("failures of others", () => {
  test("counts and share by hand", () => {
    // 0 is linked to 1 (failed), 2 (survived), 3 (fold of 0), 4 (known too late), 5 (outcome not known).
    const links = [1, 2, 3, 4, 5].map((to) => ({ from: 0, to, kind: 0 }));
    const near = neighbours(relationGraph(person, KINDS, links), { links: "all" });
    const outcomes: Outcomes = {
      failed: Int8Array.from([1, 1, 0, 1, 1, -1, 0, 0, -1, -1, -1, -1]),
      fold: Int32Array.from([0, 1, 1, 0, 1, 1, 1, 1, -1, -1, -1, -1]),
      known: {
        from: Int32Array.from([1, 1, 1, 1, 9, 1, 1, 1, 9, 9, 9, 9]),
        observed: new Int32Array(NODES).fill(5),
      },
    };
    const found = neighbourFailure(near, outcomes, 2);
    expect([found.known[0], found.failed[0]]).toEqual([2, 1]);
    // The rate is of 1, 2, 6 and 7: one of four.
    expect(found.share[0]).toBeCloseTo((1 + 2 * 0.25) / (2 + 2), 12);
    expect(found.share[6]).toBeNaN();
  });

  test("the same as brute force", () => {
    fc.assert(
      fc.property(someLinks, someOutcomes, fc.integer({ min: 1, max: 3 }), (links, given, distance) => {
        const outcomes = outcomesOf(given);
        const near = neighbours(relationGraph(person, KINDS, links), { links: "all", persons: "all" });
        const found = neighbourFailure(atDistance(near, distance), outcomes, 3);
        const plain = plainDistances(links);
        for (let node = 0; node < FIRMS; node++) {
          const usable = [...given.failed.keys()].filter(
            (other) =>
              other !== node &&
              given.failed[other] !== -1 &&
              (given.fold[node] === -1 || given.fold[other] !== given.fold[node]) &&
              given.from[other]! < given.observed[node]!,
          );
          const failures = (nodes: readonly number[]) => nodes.filter((other) => given.failed[other] === 1).length;
          const own = usable.filter((other) => plain[node]?.[other] === distance);
          expect(found.known[node]).toBe(own.length);
          expect(found.failed[node]).toBe(failures(own));
          if (own.length === 0) expect(found.share[node]).toBeNaN();
          else expect(found.share[node]).toBeCloseTo((failures(own) + (3 * failures(usable)) / usable.length) / (own.length + 3), 10);
        }
      }),
    );
  });

  test("no enterprise's own outcome, nor one of its fold, changes what is computed for it", () => {
    fc.assert(
      fc.property(someLinks, someOutcomes, fc.nat(FIRMS - 1), fc.constantFrom(-1, 0, 1), (links, given, node, instead) => {
        const near = neighbours(relationGraph(person, KINDS, links), { links: "all", persons: "all" });
        const group = Int32Array.from({ length: NODES }, (_, each) => each % 3);
        const changed = given.failed.map((value, other) =>
          other === node || (given.fold[node] !== -1 && given.fold[other] === given.fold[node]) ? instead : value,
        );
        for (const find of [
          (outcomes: Outcomes) => neighbourFailure(near, outcomes),
          (outcomes: Outcomes) => groupFailure(group, outcomes),
        ]) {
          const before = find(outcomesOf(given));
          const after = find(outcomesOf({ ...given, failed: changed }));
          expect(after.share[node]).toEqual(before.share[node]);
          expect(after.known[node]).toEqual(before.known[node]);
        }
      }),
    );
  });

  test("outcomes of the year to be predicted change nothing, whoever they are of", () => {
    fc.assert(
      fc.property(
        someLinks,
        someOutcomes,
        fc.array(fc.constantFrom(0, 1), { minLength: NODES, maxLength: NODES }),
        (links, given, drawn) => {
          const near = neighbours(relationGraph(person, KINDS, links), { links: "all", persons: "all" });
          const from = given.from.map((year) => (year > 2 ? 2019 : 2018));
          const observed = new Int32Array(NODES).fill(2019);
          const permuted = given.failed.map((value, node) => (from[node] === 2019 ? drawn[node]! : value));
          const group = Int32Array.from({ length: NODES }, (_, node) => node % 2);
          const before = outcomesOf({ ...given, from, observed });
          const after = outcomesOf({ ...given, from, observed, failed: permuted });
          expect(neighbourFailure(near, after)).toEqual(neighbourFailure(near, before));
          expect(groupFailure(group, after)).toEqual(groupFailure(group, before));
        },
      ),
    );
  });

  test("folds by linked group leave no neighbour's outcome", () => {
    fc.assert(
      fc.property(someLinks, someOutcomes, (links, given) => {
        const graph = relationGraph(person, KINDS, links);
        const near = neighbours(graph, { links: "all", persons: "all" });
        const found = neighbourFailure(near, { failed: given.failed, fold: linkedGroups(graph).of });
        expect([...found.known]).toEqual(Array.from({ length: NODES }, () => 0));
      }),
    );
  });

  test("mean over neighbours passes over what is not known and the enterprise itself", () => {
    const links = [1, 2, 3].map((to) => ({ from: 0, to, kind: 0 }));
    const near = neighbours(relationGraph(person, KINDS, links), { links: "all" });
    const found = neighbourMean(
      near,
      Float64Array.from({ length: NODES }, (_, node) => (node === 3 ? Number.NaN : node * 10)),
    );
    expect([found.mean[0], found.most[0], found.mean[1]]).toEqual([15, 20, 0]);
    expect(found.mean[7]).toBeNaN();
  });
});

describe("closed circle", () => {
  const ties = (pairs: readonly (readonly [number, number])[]) =>
    closedCircle(
      neighbours(
        relationGraph(
          person,
          KINDS,
          pairs.map(([from, to]) => ({ from, to, kind: 0 })),
        ),
        { links: "all" },
      ),
    );
  test("a triangle with a tail, by hand", () => {
    const found = ties([
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 3],
    ]);
    expect(found.slice(0, 5)).toEqual(Float64Array.of(1, 1, 1 / 3, NaN, NaN));
  });
  test("the pairs counted one by one", () => {
    fc.assert(
      fc.property(someLinks, (some) => {
        const near = neighbours(relationGraph(person, KINDS, some), { links: "all", persons: "all" });
        const of = (node: number) => Array.from(near.to.subarray(near.start[node], near.start[node + 1]));
        closedCircle(near).forEach((share, node) => {
          const pairs = of(node).flatMap((a, i) =>
            of(node)
              .slice(i + 1)
              .map((b) => (of(a).includes(b) ? 1 : 0)),
          );
          expect(share).toBe(pairs.length === 0 ? NaN : pairs.reduce<number>((sum, one) => sum + one, 0) / pairs.length);
        });
      }),
    );
  });
});

describe("persons and stakes", () => {
  // Person 8 executes and supervises 0 and executes 1; 9 supervises 0 and 1; 10 executes 0 alone.
  const links: readonly Link[] = [
    { from: 8, to: 0, kind: 1 },
    { from: 8, to: 0, kind: 2 },
    { from: 8, to: 1, kind: 1 },
    { from: 9, to: 0, kind: 2 },
    { from: 9, to: 1, kind: 2 },
    { from: 10, to: 0, kind: 1 },
  ];
  test("shared controllers by hand", () => {
    const found = sharedControllers(relationGraph(person, KINDS, links));
    const at = (node: number) => Object.fromEntries(Object.entries(found).map(([name, column]) => [name, column[node]]));
    expect(at(0)).toEqual({ persons: 3, exclusive: 1, shared: 2, mostHeld: 2, meanHeld: 5 / 3, twins: 1, rolesHeld: 4 / 3 });
    expect(at(5)).toEqual({ persons: 0, exclusive: 0, shared: 0, mostHeld: NaN, meanHeld: NaN, twins: 0, rolesHeld: NaN });
  });
  test("without exclusive persons none is left, and enterprises' own links stay", () => {
    fc.assert(
      fc.property(someLinks, (some) => {
        const left = withoutExclusivePersons(person, some);
        const found = sharedControllers(relationGraph(person, KINDS, left));
        expect(found.exclusive.every((count) => count === 0)).toBe(true);
        const between = (all: readonly Link[]) => all.filter(({ from, to }) => from < FIRMS && to < FIRMS);
        expect(between(left)).toEqual(between(some));
      }),
    );
  });
  test("roles in one hand by hand", () => {
    const graph = relationGraph(person, KINDS, links);
    expect(roleOverlap(graph, "executes", "supervises")[0]).toBe(0.5);
    expect(roleOverlap(graph, "supervises", "executes")[1]).toBe(0);
    expect(roleOverlap(graph, "invests", "executes")[0]).toBeNaN();
    expect(() => roleOverlap(graph, "executes", "marries")).toThrow(RangeError);
  });
  test("degree by kind and direction", () => {
    const graph = relationGraph(person, KINDS, links);
    expect(degree(graph)[0]).toBe(4);
    expect(degree(graph, { kinds: ["executes"] })[0]).toBe(2);
    expect(degree(graph, { direction: "out" })[8]).toBe(3);
    expect(degree(graph, { direction: "out" })[0]).toBe(0);
  });
  test("stakes by hand", () => {
    const found = stakes(
      relationGraph(person, KINDS, [
        { from: 8, to: 0, kind: 0, amount: 60 },
        { from: 8, to: 1, kind: 0, amount: 15 },
        { from: 2, to: 0, kind: 0, amount: 40 },
        { from: 9, to: 0, kind: 1, amount: 1000 },
      ]),
      ["invests"],
    );
    expect([found.total[0], found.largest[0], found.ofEnterprises[0], found.elsewhere[0], found.invested[2]]).toEqual([
      100, 0.6, 0.4, 15, 40,
    ]);
    expect(found.largest[5]).toBeNaN();
  });
});

describe("lawsuits", () => {
  const lawsuit = (node: number, cause: number, role: Lawsuit["role"], won: boolean, court: number, monthsBefore: number): Lawsuit => ({
    node,
    cause,
    role,
    won,
    court,
    monthsBefore,
  });
  const some = [
    lawsuit(0, 0, "defendant", false, 0, 3),
    lawsuit(0, 0, "defendant", false, 1, 8),
    lawsuit(0, 7, "defendant", true, 0, 9),
    lawsuit(0, 1, "plaintiff", true, 0, 27),
    lawsuit(1, 0, "plaintiff", false, 2, 50),
  ];
  test("counts, shares and times by hand", () => {
    const found = lawsuitFeatures(3, some, { causes: [0, 7], recency: [6, 12] });
    const at = (node: number) => Object.fromEntries([...found].map(([name, column]) => [name, column[node]]));
    expect(at(0)).toEqual({
      all: 4,
      plaintiffWon: 1,
      plaintiffLost: 0,
      defendantWon: 1,
      defendantLost: 2,
      higherCourt: 1,
      cause0: 2,
      cause0DefendantLost: 2,
      cause7: 1,
      cause7DefendantLost: 0,
      plaintiffShare: 0.25,
      lostShare: 0.5,
      higherCourtShare: 0.25,
      span: 24,
      perYear: 48 / 36,
      burst: 2,
      last: 3,
      within6: 1,
      within12: 3,
    });
    expect(at(2)["all"]).toBe(0);
    expect(at(2)["span"]).toBeNaN();
  });
  test("unless recency is asked for, nothing changes when an enterprise is observed later", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (later, much) => {
        const moved = some.map((each) => ({ ...each, monthsBefore: each.monthsBefore + (each.node === 0 ? later : much) }));
        expect(lawsuitFeatures(3, moved, { causes: [0] })).toEqual(lawsuitFeatures(3, some, { causes: [0] }));
      }),
    );
  });
});
