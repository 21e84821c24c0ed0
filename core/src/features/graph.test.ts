import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  COMMON_PARTNER_MAX,
  RELATED_OVERLAP_MIN,
  RELATED_SHARED_MIN,
  type Reports,
  type Ring,
  components,
  relations,
  ringFinder,
  tradeGraph,
} from "./index.ts";

type Row = { reporter: number; partner: number; sold: boolean; amount: number };
const reports = (nodes: number, rows: readonly Row[]): Reports => ({
  nodes,
  reporter: Int32Array.from(rows, (row) => row.reporter),
  partner: Int32Array.from(rows, (row) => row.partner),
  sold: Uint8Array.from(rows, (row) => (row.sold ? 1 : 0)),
  amount: Float64Array.from(rows, (row) => row.amount),
});
const books = (nodes: number, most: number) =>
  fc.uniqueArray(
    fc.record({ reporter: fc.nat(nodes - 1), partner: fc.nat(nodes - 1), sold: fc.boolean(), amount: fc.integer({ min: -5, max: 50 }) }),
    {
      maxLength: most,
      selector: (row) => `${row.reporter},${row.partner},${row.sold}`,
    },
  );

/** The same graph the slow way: a map from "seller,buyer" to the larger report. */
const plainEdges = (rows: readonly Row[]): Map<string, number> => {
  const edges = new Map<string, number>();
  for (const { reporter, partner, sold, amount } of rows) {
    if (amount <= 0 || reporter === partner) continue;
    const key = sold ? `${reporter},${partner}` : `${partner},${reporter}`;
    edges.set(key, Math.max(edges.get(key) ?? 0, amount));
  }
  return edges;
};
const plainRings = (nodes: number, edges: Map<string, number>, origin: number): Ring[] => {
  const rings: Ring[] = [];
  const extend = (parties: number[], weight: number): void => {
    const last = parties.at(-1)!;
    const home = edges.get(`${last},${origin}`);
    if (home !== undefined && parties.length >= 2) rings.push({ parties, weight: Math.min(weight, home) });
    if (parties.length === 5) return;
    for (let to = 0; to < nodes; to++) {
      const edge = edges.get(`${last},${to}`);
      if (edge !== undefined && !parties.includes(to)) extend([...parties, to], Math.min(weight, edge));
    }
  };
  extend([origin], Number.POSITIVE_INFINITY);
  const order = (ring: Ring) => ring.parties.map((party) => String(party).padStart(3, "0")).join();
  return rings.sort((a, b) => a.parties.length - b.parties.length || (order(a) < order(b) ? -1 : 1));
};

test("the same trade reported by both sides is one edge of the larger amount, in any order of the reports", () => {
  fc.assert(
    fc.property(books(7, 40), fc.nat(), (rows, turn) => {
      const read = (given: readonly Row[]) => {
        const graph = tradeGraph(reports(7, given));
        return [...Array(7).keys()].flatMap((from) =>
          Array.from(
            graph.buyer.slice(graph.start[from], graph.start[from + 1]),
            (to, at) => [`${from},${to}`, graph.amount[graph.start[from]! + at]] as const,
          ),
        );
      };
      const shift = rows.length === 0 ? 0 : turn % rows.length;
      expect(new Map(read(rows))).toEqual(plainEdges(rows));
      expect(read([...rows.slice(shift), ...rows.slice(0, shift)].reverse())).toEqual(read(rows));
    }),
  );
});

test("components are the classes of mutual reach", () => {
  fc.assert(
    fc.property(books(9, 24), (rows) => {
      const edges = plainEdges(rows);
      const reach = Array.from({ length: 9 }, (_, from) => Array.from({ length: 9 }, (_, to) => from === to || edges.has(`${from},${to}`)));
      for (let via = 0; via < 9; via++)
        for (let from = 0; from < 9; from++) for (let to = 0; to < 9; to++) reach[from]![to] ||= reach[from]![via]! && reach[via]![to]!;
      const { of, sizes } = components(tradeGraph(reports(9, rows)));
      for (let from = 0; from < 9; from++) {
        for (let to = 0; to < 9; to++) expect(of[from] === of[to]).toBe(reach[from]![to]! && reach[to]![from]!);
        expect(sizes[of[from]!]).toBe([...of].filter((one) => one === of[from]).length);
      }
    }),
  );
});

test("rings through a party are all closed chains of two to five, shorter first, with their smallest edge", () => {
  fc.assert(
    fc.property(books(8, 26), (rows) => {
      const graph = tradeGraph(reports(8, rows));
      const find = ringFinder(graph, components(graph).of);
      const edges = plainEdges(rows);
      for (let origin = 0; origin < 8; origin++) expect(find(origin)).toEqual(plainRings(8, edges, origin).slice(0, 100));
    }),
    { numRuns: 300 },
  );
});

test("a clique is cut off at a hundred rings, not at an hour", () => {
  const rows = Array.from({ length: 60 }, (_, a) =>
    Array.from({ length: 60 }, (_, b) => ({ reporter: a, partner: b, sold: true, amount: 1 })),
  ).flat();
  const graph = tradeGraph(reports(60, rows));
  expect(ringFinder(graph, components(graph).of)(7)).toHaveLength(100);
});

test("related parties are those whose uncommon partners overlap, and clusters their components", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fc.nat(24), fc.nat(29)), { maxLength: 260, selector: (pair) => pair.join() }), (pairs) => {
      const found = relations({
        enterprises: 25,
        partners: 30,
        enterprise: Int32Array.from(pairs, (pair) => pair[0]),
        partner: Int32Array.from(pairs, (pair) => pair[1]),
      });
      const rare = pairs.filter(([, partner]) => pairs.filter((other) => other[1] === partner).length <= COMMON_PARTNER_MAX);
      const sets = Array.from({ length: 25 }, (_, one) => new Set(rare.filter((pair) => pair[0] === one).map((pair) => pair[1])));
      const common = (a: number, b: number) => [...sets[a]!].filter((partner) => sets[b]!.has(partner)).length;
      const jaccard = (a: number, b: number) => common(a, b) / (sets[a]!.size + sets[b]!.size - common(a, b) || 1);
      const head = Array.from({ length: 25 }, (_, one) => one);
      for (let round = 0; round < 25; round++)
        for (let a = 0; a < 25; a++)
          for (let b = 0; b < 25; b++)
            if (a !== b && common(a, b) >= RELATED_SHARED_MIN && jaccard(a, b) >= RELATED_OVERLAP_MIN)
              head[a] = head[b] = Math.min(head[a]!, head[b]!);
      expect([...found.cluster]).toEqual(head);
      for (let one = 0; one < 25; one++) {
        expect(found.size[one]).toBe(head.filter((of) => of === head[one]).length);
        const best = Math.max(...head.map((_, other) => (other === one ? 0 : jaccard(one, other))));
        expect(found.overlap[one]).toBe(sets[one]!.size === 0 ? null : best);
      }
    }),
  );
});
