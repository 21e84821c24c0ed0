/**
 * The graph of invoices 开票关系图: parties are nodes, an edge runs from seller to buyer and weighs what was invoiced in
 * the last 24 rolling months, before tax and net of red letters, in fen. Everything here works on typed arrays, so
 * that a million edges take a fraction of a second.
 *
 * Nodes are numbered in the order of their names. That makes every answer, also a cut-off one, independent of
 * the order in which trade arrives.
 */

/** Trade as enterprises report it: each row one enterprise, one partner, one side, and the net amount in fen. */
export type Reports = {
  /** Number of nodes; enterprises and partners share one numbering. */
  readonly nodes: number;
  readonly reporter: Int32Array;
  readonly partner: Int32Array;
  /** 1 where the reporter sold. */
  readonly sold: Uint8Array;
  readonly amount: Float64Array;
};

/** Compressed rows: the buyers of node n are `buyer[start[n]] … buyer[start[n + 1] - 1]`, in ascending order. */
export type TradeGraph = { readonly nodes: number; readonly start: Int32Array; readonly buyer: Int32Array; readonly amount: Float64Array };

/**
 * Edges from what both sides report. One trade that seller and buyer both report is one edge of the larger amount;
 * trade of a party with itself and trade that red letters took back wholly are no edges.
 */
export const tradeGraph = (reports: Reports): TradeGraph => {
  const { nodes, reporter, partner, sold, amount } = reports;
  const kept: number[] = [];
  for (let row = 0; row < reporter.length; row++) if (amount[row]! > 0 && reporter[row] !== partner[row]) kept.push(row);
  const seller = (row: number) => (sold[row] ? reporter[row]! : partner[row]!);
  const buyerOf = (row: number) => (sold[row] ? partner[row]! : reporter[row]!);
  // Two stable counting sorts, by buyer and then by seller, leave the rows of each seller in order of buyers.
  const sortBy = (rows: Int32Array, key: (row: number) => number): Int32Array => {
    const at = new Int32Array(nodes + 1);
    for (const row of rows) at[key(row) + 1]!++;
    for (let node = 0; node < nodes; node++) at[node + 1]! += at[node]!;
    const sorted = new Int32Array(rows.length);
    for (const row of rows) sorted[at[key(row)]!++] = row;
    return sorted;
  };
  const order = sortBy(sortBy(Int32Array.from(kept), buyerOf), seller);
  const start = new Int32Array(nodes + 1);
  const buyer = new Int32Array(order.length);
  const weight = new Float64Array(order.length);
  let edges = 0;
  let lastSeller = -1;
  for (const row of order) {
    const from = seller(row);
    const to = buyerOf(row);
    if (from === lastSeller && buyer[edges - 1] === to) {
      weight[edges - 1] = Math.max(weight[edges - 1]!, amount[row]!);
      continue;
    }
    buyer[edges] = to;
    weight[edges] = amount[row]!;
    edges++;
    start[from + 1]!++;
    lastSeller = from;
  }
  for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!;
  return { nodes, start, buyer: buyer.slice(0, edges), amount: weight.slice(0, edges) };
};

/** The same edges against their direction: who sells to a node. */
export const reversed = (graph: TradeGraph): TradeGraph => {
  const start = new Int32Array(graph.nodes + 1);
  for (const node of graph.buyer) start[node + 1]!++;
  for (let node = 0; node < graph.nodes; node++) start[node + 1]! += start[node]!;
  const at = start.slice();
  const buyer = new Int32Array(graph.buyer.length);
  const amount = new Float64Array(graph.buyer.length);
  for (let from = 0; from < graph.nodes; from++)
    for (let edge = graph.start[from]!; edge < graph.start[from + 1]!; edge++) {
      const place = at[graph.buyer[edge]!]!++;
      buyer[place] = from;
      amount[place] = graph.amount[edge]!;
    }
  return { nodes: graph.nodes, start, buyer, amount };
};

/** Strongly connected components after Tarjan, without recursion: of each node its component's number, and the sizes. */
export const components = (graph: TradeGraph): { readonly of: Int32Array; readonly sizes: readonly number[] } => {
  const { nodes, start, buyer } = graph;
  const index = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const of = new Int32Array(nodes).fill(-1);
  const next = start.slice(0, nodes);
  const stack = new Int32Array(nodes);
  const path = new Int32Array(nodes);
  const sizes: number[] = [];
  let counter = 0;
  let top = 0;
  for (let root = 0; root < nodes; root++) {
    if (index[root] !== -1) continue;
    let depth = 0;
    path[0] = root;
    index[root] = low[root] = counter++;
    stack[top++] = root;
    while (depth >= 0) {
      const node = path[depth]!;
      if (next[node]! < start[node + 1]!) {
        const to = buyer[next[node]!++]!;
        if (index[to] === -1) {
          index[to] = low[to] = counter++;
          stack[top++] = to;
          path[++depth] = to;
        } else if (of[to] === -1 && index[to]! < low[node]!) low[node] = index[to]!;
        continue;
      }
      if (low[node] === index[node]) {
        let size = 0;
        let member: number;
        do {
          member = stack[--top]!;
          of[member] = sizes.length;
          size++;
        } while (member !== node);
        sizes.push(size);
      }
      depth--;
      if (depth >= 0 && low[node]! < low[path[depth]!]!) low[path[depth]!] = low[node]!;
    }
  }
  return { of, sizes };
};

/** A closed chain of sales: each party sells to the next, the last to the first. Its weight is its smallest edge. */
export type Ring = { readonly parties: readonly number[]; readonly weight: number };

export const RING_LENGTH_MAX = 5;
/** Rings counted of one enterprise. In a dense market there may be millions; a hundred already say it. */
export const RINGS_MAX = 100;
/** Edges walked for one enterprise and one length before the search is cut off, so that hubs cannot stall it. */
const STEPS_MAX = 200_000;

/**
 * Finds the rings through one node, of 2 to `RING_LENGTH_MAX` parties, shorter ones first and then in order of the
 * parties' numbers, at most `RINGS_MAX`. Only parties of the node's own component can be on a ring, and the last
 * two steps are taken only towards parties known to lead back, which keeps the walk to about the cube of the degree.
 */
export const ringFinder = (graph: TradeGraph, component: Int32Array) => {
  const { start, buyer, amount, nodes } = graph;
  const back = reversed(graph);
  // Distance back to the origin, 1 or 2, valid where `stamp` is the current search's.
  const stamp = new Int32Array(nodes);
  const distance = new Uint8Array(nodes);
  let search = 0;
  return (origin: number): readonly Ring[] => {
    search++;
    const home = component[origin]!;
    const mark = (node: number, steps: number) => {
      if (stamp[node] === search || component[node] !== home) return false;
      stamp[node] = search;
      distance[node] = steps;
      return true;
    };
    const near: number[] = [];
    for (let edge = back.start[origin]!; edge < back.start[origin + 1]!; edge++)
      if (mark(back.buyer[edge]!, 1)) near.push(back.buyer[edge]!);
    for (const node of near) for (let edge = back.start[node]!; edge < back.start[node + 1]!; edge++) mark(back.buyer[edge]!, 2);
    const rings: Ring[] = [];
    const path = [origin];
    const weights = [Number.POSITIVE_INFINITY];
    let steps = 0;
    const walk = (node: number, left: number): void => {
      for (let edge = start[node]!; edge < start[node + 1]!; edge++) {
        if (rings.length >= RINGS_MAX || ++steps > STEPS_MAX) return;
        const to = buyer[edge]!;
        const weight = Math.min(weights[weights.length - 1]!, amount[edge]!);
        if (left === 1) {
          if (to === origin) rings.push({ parties: path.slice(), weight });
          continue;
        }
        if (component[to] !== home || to === origin) continue;
        if (left <= 3 && (stamp[to] !== search || distance[to]! > left - 1)) {
          // Two steps or fewer remain after this one. A party at distance 1 may also be reached in two.
          continue;
        }
        if (path.includes(to)) continue;
        path.push(to);
        weights.push(weight);
        walk(to, left - 1);
        path.pop();
        weights.pop();
      }
    };
    for (let length = 2; length <= RING_LENGTH_MAX && rings.length < RINGS_MAX; length++) {
      steps = 0;
      walk(origin, length);
    }
    return rings;
  };
};

/** Which enterprises trade with which partners, as rows; partner numbers are their own. */
export type Dealings = {
  readonly enterprises: number;
  readonly partners: number;
  readonly enterprise: Int32Array;
  readonly partner: Int32Array;
  /** Of each enterprise how many further partners deal with nobody else; they cannot be shared but widen the union. */
  readonly alone?: Int32Array;
};
export type Relations = {
  /** Largest Jaccard overlap with another enterprise; null where an enterprise has no rare partner. */
  readonly overlap: readonly (number | null)[];
  /** Of each enterprise the smallest number in its cluster, and the cluster's size. */
  readonly cluster: Int32Array;
  readonly size: Int32Array;
  /** Enterprise with the largest overlap; -1 where there is none. */
  readonly nearest: Int32Array;
};

/** A partner of more enterprises than this (a power company, a fuel chain) says nothing of a relation. */
export const COMMON_PARTNER_MAX = 20;
export const RELATED_SHARED_MIN = 5;
export const RELATED_OVERLAP_MIN = 0.2;

/**
 * Related parties: enterprises whose uncommon partners overlap strongly are joined, and joined ones form a cluster.
 * Rows must name each pair of enterprise and partner once.
 */
export const relations = ({ enterprises, partners, enterprise, partner, alone }: Dealings): Relations => {
  const degree = new Int32Array(partners);
  for (const node of partner) degree[node]!++;
  const rowsBy = (count: number, key: Int32Array, value: Int32Array) => {
    const start = new Int32Array(count + 1);
    for (let row = 0; row < key.length; row++) if (degree[partner[row]!]! <= COMMON_PARTNER_MAX) start[key[row]! + 1]!++;
    for (let at = 0; at < count; at++) start[at + 1]! += start[at]!;
    const at = start.slice();
    const values = new Int32Array(start[count]!);
    for (let row = 0; row < key.length; row++) if (degree[partner[row]!]! <= COMMON_PARTNER_MAX) values[at[key[row]!]!++] = value[row]!;
    return { start, values };
  };
  const of = rowsBy(enterprises, enterprise, partner);
  const who = rowsBy(partners, partner, enterprise);
  const parent = Int32Array.from({ length: enterprises }, (_, node) => node);
  const root = (node: number): number => {
    while (parent[node] !== node) node = parent[node] = parent[parent[node]!]!;
    return node;
  };
  const overlap: (number | null)[] = [];
  const nearest = new Int32Array(enterprises).fill(-1);
  const shared = new Int32Array(enterprises);
  const touched: number[] = [];
  const count = (node: number) => of.start[node + 1]! - of.start[node]! + (alone?.[node] ?? 0);
  for (let one = 0; one < enterprises; one++) {
    let best = 0;
    for (let row = of.start[one]!; row < of.start[one + 1]!; row++) {
      const common = of.values[row]!;
      for (let at = who.start[common]!; at < who.start[common + 1]!; at++) {
        const other = who.values[at]!;
        if (other === one) continue;
        if (shared[other]!++ === 0) touched.push(other);
      }
    }
    for (const other of touched) {
      const both = shared[other]!;
      shared[other] = 0;
      const jaccard = both / (count(one) + count(other) - both);
      if (jaccard > best || (jaccard === best && other < nearest[one]!)) {
        best = jaccard;
        nearest[one] = other;
      }
      if (both >= RELATED_SHARED_MIN && jaccard >= RELATED_OVERLAP_MIN) {
        const [a, b] = [root(one), root(other)];
        if (a < b) parent[b] = a;
        else parent[a] = b;
      }
    }
    touched.length = 0;
    overlap.push(count(one) === 0 ? null : best);
  }
  const cluster = Int32Array.from({ length: enterprises }, (_, node) => root(node));
  const members = new Int32Array(enterprises);
  for (const head of cluster) members[head]!++;
  return { overlap, nearest, cluster, size: cluster.map((head) => members[head]!) };
};

/** What is known of an enterprise beside its edges. */
export type Standing = {
  /** Its node. */
  readonly node: number;
  /** Net sales with all partners whose net is positive, last 24 months, in fen. */
  readonly salesFen: number;
  /** The part of them with partners that are enterprises here. */
  readonly knownSalesFen: number;
  /** Sum over partners of the smaller of net sales to and net purchases from the same partner. */
  readonly reciprocalFen: number;
  /** Whether the codes of its counterparties are identities at all (see `recognisable`). */
  readonly recognisable: boolean;
  /** Whether it has any dealings in the window. */
  readonly active: boolean;
};

/**
 * Counterparty codes of an enterprise are identities where one of them is an enterprise here, has the form of a
 * unified social credit code, or stands on both sides of its books. Otherwise buyers and suppliers were masked apart
 * from each other, and a ring could not show even if there were one: its features are null, not zero.
 */
export const recognisable = (known: boolean, creditCode: boolean, bothSides: boolean): boolean => known || creditCode || bothSides;

export type GraphValues = Readonly<Record<GraphFeatureId, number | null>>;
export type GraphFeatureId =
  | "cycles_24m"
  | "cycle_trade_share_24m"
  | "shortest_cycle_24m"
  | "ring_component_24m"
  | "reciprocal_trade_share_24m"
  | "known_buyer_share_24m"
  | "largest_related_overlap_24m"
  | "related_cluster_size_24m";

/** The values of one enterprise from its rings, its component and its relations. */
export const graphValues = (
  graph: TradeGraph,
  standing: Standing,
  rings: readonly Ring[],
  componentSize: number,
  related: { readonly overlap: number | null; readonly size: number },
): GraphValues => {
  const share = (amount: number) => (standing.recognisable && standing.salesFen > 0 ? amount / standing.salesFen : null);
  // One sale may lie on many rings; it counts no more often than it was made.
  const through = new Map<number, number>();
  for (const ring of rings) through.set(ring.parties[1]!, (through.get(ring.parties[1]!) ?? 0) + ring.weight);
  let circular = 0;
  for (let edge = graph.start[standing.node]!; edge < graph.start[standing.node + 1]!; edge++)
    circular += Math.min(graph.amount[edge]!, through.get(graph.buyer[edge]!) ?? 0);
  const known = <T>(value: T) => (standing.recognisable ? value : null);
  return {
    cycles_24m: known(rings.length),
    cycle_trade_share_24m: share(Math.min(circular, standing.salesFen)),
    shortest_cycle_24m: known(rings[0]?.parties.length ?? null),
    ring_component_24m: known(componentSize),
    reciprocal_trade_share_24m: share(standing.reciprocalFen),
    known_buyer_share_24m: share(standing.knownSalesFen),
    largest_related_overlap_24m: standing.active ? related.overlap : null,
    related_cluster_size_24m: standing.active ? related.size : null,
  };
};
