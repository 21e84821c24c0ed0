/**
 * Relations of enterprises 企业关联关系: investment, branches, loans and the persons who control, run or supervise them, and what
 * they and the enterprise's lawsuits say about its risk.
 *
 * - Own risk 内生风险 is what the enterprise's own events show (`lawsuitFeatures`); contagion 传染风险 is what comes from others it
 *   is tied to (`neighbourFailure`, `neighbourMean`, `groupFailure`).
 * - Node 节点: an enterprise or a person; both share one numbering. A link runs from the holder (investor, head office, executive,
 *   supervisor, lender) to the enterprise held, and has a kind.
 * - NaN is "not known": no such neighbour, no lawsuit. A count is 0 then.
 *
 * Source: Wei, Lv, Guo et al., "Combining intra-risk and contagion risk for enterprise bankruptcy prediction using graph neural
 * networks", Information Sciences 660 (2024) 120081, which takes lawsuits as own risk, and links of twelve kinds and shared
 * industries and areas as ways of contagion. The measures here are plain counts and means, so that each can be a reason.
 *
 * Who is in such a graph, and which of its links were recorded, hangs on how it was collected; often failed enterprises were
 * looked up in full and others only where they met one. `degree` says what follows from that.
 */

export type Link = {
  readonly from: number;
  readonly to: number;
  /** Place in the graph's `kinds`. */
  readonly kind: number;
  /** Capital put in or lent, in whatever unit all links share; absent where the link has none. */
  readonly amount?: number;
};

/**
 * Compressed rows, seen from each node: its links are places `start[n]` to `start[n + 1] - 1`, by other node, kind and
 * direction. Every link stands twice, once at each end.
 */
export type RelationGraph = {
  readonly nodes: number;
  /** 1 for a person, 0 for an enterprise. */
  readonly person: Uint8Array;
  readonly kinds: readonly string[];
  readonly start: Int32Array;
  readonly other: Int32Array;
  readonly kind: Int32Array;
  /** 1 where the link runs from this node, 0 where it runs to it. */
  readonly outward: Uint8Array;
  /** NaN where the link has none. */
  readonly amount: Float64Array;
};

/**
 * The typed graph of links in any order. Links told twice (same ends, same kind) are one, with the larger amount; a link of
 * a node with itself is none. Throws RangeError on a node or kind that does not exist.
 */
export const relationGraph = (person: Uint8Array, kinds: readonly string[], links: readonly Link[]): RelationGraph => {
  const nodes = person.length;
  const isPlace = (value: number, below: number) => Number.isInteger(value) && value >= 0 && value < below;
  const ends: { at: number; other: number; kind: number; outward: number; amount: number }[] = [];
  for (const { from, to, kind, amount = Number.NaN } of links) {
    if (!isPlace(from, nodes) || !isPlace(to, nodes)) throw new RangeError(`a link from ${from} to ${to}, yet there are ${nodes} nodes`);
    if (!isPlace(kind, kinds.length)) throw new RangeError(`a link of kind ${kind}, yet there are ${kinds.length} kinds`);
    if (from === to) continue;
    ends.push({ at: from, other: to, kind, outward: 1, amount }, { at: to, other: from, kind, outward: 0, amount });
  }
  ends.sort((a, b) => a.at - b.at || a.other - b.other || a.kind - b.kind || a.outward - b.outward);
  const kept: typeof ends = [];
  for (const end of ends) {
    const last = kept.at(-1);
    if (last && last.at === end.at && last.other === end.other && last.kind === end.kind && last.outward === end.outward) {
      if (!(last.amount >= end.amount) && !Number.isNaN(end.amount)) last.amount = end.amount;
    } else kept.push({ ...end });
  }
  const start = new Int32Array(nodes + 1);
  for (const end of kept) start[end.at + 1]!++;
  for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!;
  return {
    nodes,
    person,
    kinds,
    start,
    other: Int32Array.from(kept, (end) => end.other),
    kind: Int32Array.from(kept, (end) => end.kind),
    outward: Uint8Array.from(kept, (end) => end.outward),
    amount: Float64Array.from(kept, (end) => end.amount),
  };
};

const kindMask = (graph: RelationGraph, kinds: readonly string[] | undefined): Uint8Array => {
  const mask = new Uint8Array(graph.kinds.length).fill(kinds === undefined ? 1 : 0);
  for (const name of kinds ?? []) {
    const at = graph.kinds.indexOf(name);
    if (at < 0) throw new RangeError(`no kind ${name}; there are ${graph.kinds.join(", ")}`);
    mask[at] = 1;
  }
  return mask;
};

/** Compressed rows: the neighbours of node n are `to[start[n]] … to[start[n + 1] - 1]`, ascending, without n itself. */
export type Neighbours = { readonly start: Int32Array; readonly to: Int32Array };

const rowsOf = (nodes: number, row: (node: number) => Iterable<number>): Neighbours => {
  const start = new Int32Array(nodes + 1);
  const to: number[] = [];
  for (let node = 0; node < nodes; node++) {
    for (const other of [...new Set(row(node))].sort((a, b) => a - b)) if (other !== node) to.push(other);
    start[node + 1] = to.length;
  }
  return { start, to: Int32Array.from(to) };
};

/** Ways from one enterprise to the next. */
export type Ways = {
  /** Links between two enterprises, of these kinds; absent for none, "all" for every kind. */
  readonly links?: readonly string[] | "all";
  /** Follow links only from this enterprise (`out`: whom it holds) or only to it (`in`: who holds it). */
  readonly direction?: "out" | "in" | "both";
  /** Through a person linked to both by one of these kinds; absent for none, "all" for every kind. */
  readonly persons?: readonly string[] | "all";
};

/** Enterprises one step away 一度关联企业: linked, or tied by a shared person. Persons have no neighbours. */
export const neighbours = (graph: RelationGraph, ways: Ways): Neighbours => {
  const mask = (kinds: readonly string[] | "all" | undefined) => kindMask(graph, kinds === "all" ? undefined : (kinds ?? []));
  const direct = mask(ways.links);
  const shared = mask(ways.persons);
  const { direction = "both" } = ways;
  return rowsOf(graph.nodes, function* (node) {
    if (graph.person[node] === 1) return;
    for (let place = graph.start[node]!; place < graph.start[node + 1]!; place++) {
      const other = graph.other[place]!;
      const kind = graph.kind[place]!;
      if (graph.person[other] === 0) {
        if (direct[kind] === 1 && (direction === "both" || (direction === "out") === (graph.outward[place] === 1))) yield other;
      } else if (shared[kind] === 1)
        for (let next = graph.start[other]!; next < graph.start[other + 1]!; next++)
          if (shared[graph.kind[next]!] === 1 && graph.person[graph.other[next]!] === 0) yield graph.other[next]!;
    }
  });
};

/** Enterprises whose shortest way is exactly `distance` steps, 1 or more. */
export const atDistance = (near: Neighbours, distance: number): Neighbours => {
  if (!Number.isInteger(distance) || distance < 1) throw new RangeError(`a distance of ${distance} steps`);
  if (distance === 1) return near;
  const nodes = near.start.length - 1;
  const seen = new Int32Array(nodes).fill(-1);
  return rowsOf(nodes, (node) => {
    seen[node] = node;
    let edge = [node];
    for (let step = 0; step < distance; step++) {
      const next: number[] = [];
      for (const from of edge)
        for (let place = near.start[from]!; place < near.start[from + 1]!; place++) {
          const to = near.to[place]!;
          if (seen[to] === node) continue;
          seen[to] = node;
          next.push(to);
        }
      edge = next;
    }
    return edge;
  });
};

/** Of each node the number of its group of nodes that links hold together, and the groups' sizes; links of all kinds, in either direction. */
export const linkedGroups = (graph: RelationGraph): { readonly of: Int32Array; readonly sizes: readonly number[] } => {
  const of = new Int32Array(graph.nodes).fill(-1);
  const sizes: number[] = [];
  for (let node = 0; node < graph.nodes; node++) {
    if (of[node] !== -1) continue;
    const members = [node];
    of[node] = sizes.length;
    for (const member of members)
      for (let place = graph.start[member]!; place < graph.start[member + 1]!; place++) {
        const other = graph.other[place]!;
        if (of[other] !== -1) continue;
        of[other] = sizes.length;
        members.push(other);
      }
    sizes.push(members.length);
  }
  return { of, sizes };
};

/** What is known of the nodes' outcomes, and for whom it may be used. */
export type Outcomes = {
  /** 1 failed, 0 survived, −1 not known (or a person). */
  readonly failed: Int8Array;
  /**
   * Fold of every node whose outcome is being learnt from, −1 of others. What is computed for a node of fold k uses no outcome
   * of fold k, so never its own: without this a model learns from the feature what it will not find there later.
   */
  readonly fold: Int32Array;
  /**
   * Day or year from which each outcome was known, and when each node is observed, in one unit: an outcome is used only for
   * nodes observed later. Absent where every known outcome came before every observation.
   */
  readonly known?: { readonly from: Int32Array; readonly observed: Int32Array };
};

export type FailureShare = {
  /** Others whose outcome may be used. */
  readonly known: Float64Array;
  /** Of these, the failed. */
  readonly failed: Float64Array;
  /** (failed + strength × rate) / (known + strength); rate is the share failed among all outcomes the node may use. NaN where none is known. */
  readonly share: Float64Array;
};

const mayUse = ({ failed, fold, known }: Outcomes, other: number, node: number) =>
  other !== node &&
  failed[other] !== -1 &&
  (fold[node] === -1 || fold[other] !== fold[node]) &&
  (known === undefined || known.from[other]! < known.observed[node]!);

/** Share failed among all outcomes a node may use. Nodes of one fold and one day share a count, from which their own outcome is taken. */
const baseRates = (outcomes: Outcomes) => {
  const { failed, fold, known } = outcomes;
  const counts = new Map<string, { known: number; failed: number }>();
  return (node: number): number => {
    const usable = (other: number) =>
      failed[other] !== -1 &&
      (fold[node] === -1 || fold[other] !== fold[node]) &&
      (known === undefined || known.from[other]! < known.observed[node]!);
    const key = `${fold[node]},${known?.observed[node] ?? ""}`;
    let count = counts.get(key);
    if (count === undefined) {
      count = { known: 0, failed: 0 };
      for (let other = 0; other < failed.length; other++)
        if (usable(other)) {
          count.known++;
          count.failed += failed[other]!;
        }
      counts.set(key, count);
    }
    const own = usable(node) ? 1 : 0;
    return count.known === own ? Number.NaN : (count.failed - own * failed[node]!) / (count.known - own);
  };
};

const shareAmong = (outcomes: Outcomes, strength: number, others: (node: number) => Iterable<number>): FailureShare => {
  const nodes = outcomes.failed.length;
  const rateOf = baseRates(outcomes);
  const known = new Float64Array(nodes);
  const failed = new Float64Array(nodes);
  const share = new Float64Array(nodes).fill(Number.NaN);
  for (let node = 0; node < nodes; node++) {
    for (const other of others(node)) {
      if (!mayUse(outcomes, other, node)) continue;
      known[node]!++;
      failed[node]! += outcomes.failed[other]!;
    }
    if (known[node]! > 0) share[node] = (failed[node]! + strength * rateOf(node)) / (known[node]! + strength);
  }
  return { known, failed, share };
};

function* membersOf(near: Neighbours, node: number) {
  for (let place = near.start[node]!; place < near.start[node + 1]!; place++) yield near.to[place]!;
}

/**
 * Neighbours' failures 关联企业违约: how many of the neighbours have an outcome that may be used (see `Outcomes`), how many of them
 * failed, and the smoothed share. Made for one kind of way (`neighbours`) and one distance (`atDistance`) at a time.
 *
 * Where records are divided into folds by `linkedGroups`, no neighbour is in another fold and nothing is known: that shows
 * how a model fares on enterprises none of whose neighbours has an outcome yet.
 */
export const neighbourFailure = (near: Neighbours, outcomes: Outcomes, strength = 2): FailureShare =>
  shareAmong(outcomes, strength, (node) => membersOf(near, node));

/**
 * Failures of a group 同组违约: the same among the other members of a group, such as an industry or an area. `group` is the node's
 * group, −1 for none. The rate of a group is a feature learnt from outcomes, hence cross-fitted like the neighbours'.
 */
export const groupFailure = (group: Int32Array, outcomes: Outcomes, strength = 20): FailureShare => {
  const members = new Map<number, number[]>();
  group.forEach((name, node) => {
    if (name === -1) return;
    const list = members.get(name);
    if (list) list.push(node);
    else members.set(name, [node]);
  });
  return shareAmong(outcomes, strength, (node) => members.get(group[node]!) ?? []);
};

/**
 * Mean and greatest of a figure over the neighbours that have it, in the figure's unit; NaN where none has. For what is known of
 * neighbours whatever becomes of them (lawsuits, capital), or for the risk a model made without the receiving node gives them.
 */
export const neighbourMean = (near: Neighbours, values: Float64Array): { readonly mean: Float64Array; readonly most: Float64Array } => {
  const nodes = near.start.length - 1;
  const mean = new Float64Array(nodes).fill(Number.NaN);
  const most = new Float64Array(nodes).fill(Number.NaN);
  for (let node = 0; node < nodes; node++) {
    let count = 0;
    let sum = 0;
    let top = -Infinity;
    for (const other of membersOf(near, node)) {
      const value = values[other]!;
      if (Number.isNaN(value)) continue;
      count++;
      sum += value;
      top = Math.max(top, value);
    }
    if (count === 0) continue;
    mean[node] = sum / count;
    most[node] = top;
  }
  return { mean, most };
};

/**
 * Degree 度: links of a node of the given kinds, out, in or both; a pure number.
 *
 * Collection bias: it counts what was recorded, not what there is. Where failed enterprises were looked up in full and survivors
 * only as their neighbours, degree says who was looked up, and a model on it will not hold on enterprises gathered otherwise.
 * A person with one link is the plainest case (see `sharedControllers`). Use it only where every enterprise
 * of training and of use was looked up in the same way and at the same time; show figures with and without it.
 */
export const degree = (
  graph: RelationGraph,
  { kinds, direction = "both" }: { readonly kinds?: readonly string[]; readonly direction?: "out" | "in" | "both" } = {},
): Float64Array => {
  const mask = kindMask(graph, kinds);
  const found = new Float64Array(graph.nodes);
  for (let node = 0; node < graph.nodes; node++)
    for (let place = graph.start[node]!; place < graph.start[node + 1]!; place++)
      if (mask[graph.kind[place]!] === 1 && (direction === "both" || (direction === "out") === (graph.outward[place] === 1)))
        found[node]!++;
  return found;
};

/**
 * Closed circle 闭合圈: of the pairs of a node's neighbours, the share (0 to 1) that are neighbours of each other; NaN with fewer than two.
 * 1 where all hold together, as in a circle of mutual guarantees or one owner's enterprises; 0 where only this one joins them.
 * Source: Watts and Strogatz, "Collective dynamics of small-world networks", Nature 393 (1998), the local clustering coefficient.
 *
 * `near` has to run both ways, as `neighbours` does unless told a direction. Collection bias: who was met only as another's
 * neighbour has few recorded pairs, so read it beside `degree`.
 */
export const closedCircle = (near: Neighbours): Float64Array => {
  const nodes = near.start.length - 1;
  const found = new Float64Array(nodes).fill(Number.NaN);
  const mark = new Int32Array(nodes).fill(-1);
  for (let node = 0; node < nodes; node++) {
    const count = near.start[node + 1]! - near.start[node]!;
    if (count < 2) continue;
    for (const other of membersOf(near, node)) mark[other] = node;
    let closed = 0;
    for (const other of membersOf(near, node)) for (const third of membersOf(near, other)) if (mark[third] === node) closed++;
    found[node] = closed / (count * (count - 1));
  }
  return found;
};

/** What an enterprise's persons hold; counts are of persons or enterprises, NaN where no person is recorded. */
export type Controllers = {
  readonly persons: Float64Array;
  /** Persons that hold no other enterprise of the graph. */
  readonly exclusive: Float64Array;
  /** Persons that hold another enterprise too. */
  readonly shared: Float64Array;
  /** Most enterprises held by one of its persons, itself included; and the mean over its persons. */
  readonly mostHeld: Float64Array;
  readonly meanHeld: Float64Array;
  /** Other enterprises that share two persons or more with it. */
  readonly twins: Float64Array;
  /** Roles (kinds of link) of a person in it, on average: 1 where duties are apart, more where one person is everything. */
  readonly rolesHeld: Float64Array;
};

/**
 * Shared controllers 共同控制人: persons linked to an enterprise by the given kinds (all by default), and what else they hold.
 *
 * Collection bias: `persons`, `exclusive` and the means over persons are as biased as `degree`. A person with a single enterprise
 * gets into a graph only where the enterprise itself was looked up; in SMEsD 99 % of the enterprises with such a person are
 * bankrupt, so that `exclusive` is nearly the label. `withoutExclusivePersons` takes them out before anything is counted.
 */
export const sharedControllers = (graph: RelationGraph, kinds?: readonly string[]): Controllers => {
  const mask = kindMask(graph, kinds);
  const held = Array.from({ length: graph.nodes }, () => new Set<number>());
  for (let node = 0; node < graph.nodes; node++)
    if (graph.person[node] === 1)
      for (let place = graph.start[node]!; place < graph.start[node + 1]!; place++)
        if (mask[graph.kind[place]!] === 1 && graph.person[graph.other[place]!] === 0) held[node]!.add(graph.other[place]!);
  const column = () => new Float64Array(graph.nodes);
  const found = {
    persons: column(),
    exclusive: column(),
    shared: column(),
    mostHeld: column().fill(Number.NaN),
    meanHeld: column().fill(Number.NaN),
    twins: column(),
    rolesHeld: column().fill(Number.NaN),
  };
  for (let node = 0; node < graph.nodes; node++) {
    if (graph.person[node] === 1) continue;
    const roles = new Map<number, number>();
    for (let place = graph.start[node]!; place < graph.start[node + 1]!; place++) {
      const other = graph.other[place]!;
      if (graph.person[other] === 1 && mask[graph.kind[place]!] === 1) roles.set(other, (roles.get(other) ?? 0) + 1);
    }
    if (roles.size === 0) continue;
    const common = new Map<number, number>();
    let sum = 0;
    let most = 0;
    let count = 0;
    for (const [person, times] of roles) {
      const others = held[person]!;
      if (others.size === 1) found.exclusive[node]!++;
      else found.shared[node]!++;
      for (const other of others) if (other !== node) common.set(other, (common.get(other) ?? 0) + 1);
      sum += others.size;
      most = Math.max(most, others.size);
      count += times;
    }
    found.persons[node] = roles.size;
    found.mostHeld[node] = most;
    found.meanHeld[node] = sum / roles.size;
    found.rolesHeld[node] = count / roles.size;
    for (const times of common.values()) if (times >= 2) found.twins[node]!++;
  }
  return found;
};

/**
 * Roles in one hand 一人多职: of the persons linked to an enterprise by kind `first`, the share (0 to 1) also linked to it by kind
 * `second`; NaN where none is linked by the first. Investors who are the executive: nobody else looks over the business.
 */
export const roleOverlap = (graph: RelationGraph, first: string, second: string): Float64Array => {
  const one = graph.kinds.indexOf(first);
  const other = graph.kinds.indexOf(second);
  if (one < 0 || other < 0) throw new RangeError(`no kind ${one < 0 ? first : second}; there are ${graph.kinds.join(", ")}`);
  const found = new Float64Array(graph.nodes).fill(Number.NaN);
  for (let node = 0; node < graph.nodes; node++) {
    if (graph.person[node] === 1) continue;
    const ofFirst = new Set<number>();
    const ofSecond = new Set<number>();
    for (let place = graph.start[node]!; place < graph.start[node + 1]!; place++) {
      if (graph.person[graph.other[place]!] === 0) continue;
      if (graph.kind[place] === one) ofFirst.add(graph.other[place]!);
      if (graph.kind[place] === other) ofSecond.add(graph.other[place]!);
    }
    if (ofFirst.size > 0) found[node] = [...ofFirst].filter((someone) => ofSecond.has(someone)).length / ofFirst.size;
  }
  return found;
};

/**
 * Links without those of persons who hold a single enterprise. It removes the plainest trace of whose persons were looked up in
 * full, not all of it: who has no link left is still told apart (in SMEsD 99 % of those are bankrupt).
 */
export const withoutExclusivePersons = (person: Uint8Array, links: readonly Link[]): readonly Link[] => {
  const held = new Map<number, Set<number>>();
  const add = (someone: number, other: number) => {
    if (person[someone] !== 1 || person[other] === 1) return;
    const set = held.get(someone);
    if (set) set.add(other);
    else held.set(someone, new Set([other]));
  };
  for (const { from, to } of links) {
    add(from, to);
    add(to, from);
  }
  return links.filter(({ from, to }) => [from, to].every((node) => person[node] !== 1 || (held.get(node)?.size ?? 0) > 1));
};

/** How an enterprise's recorded capital is held; shares of 0 to 1, NaN where no stake with an amount is recorded. */
export type Stakes = {
  /** All recorded stakes in it, and its stakes in other enterprises; in the links' unit. */
  readonly total: Float64Array;
  readonly invested: Float64Array;
  /** Largest single stake, and stakes of enterprises, over the total. */
  readonly largest: Float64Array;
  readonly ofEnterprises: Float64Array;
  /** What the persons who invest in it have put into other enterprises; in the links' unit. */
  readonly elsewhere: Float64Array;
};

/** Stakes 出资结构 by links of the given kinds. Their sum over registered capital says how much of the holding was recorded: biased as `degree` is. */
export const stakes = (graph: RelationGraph, kinds: readonly string[]): Stakes => {
  const mask = kindMask(graph, kinds);
  const column = () => new Float64Array(graph.nodes);
  const found = {
    total: column(),
    invested: column(),
    largest: column().fill(Number.NaN),
    ofEnterprises: column().fill(Number.NaN),
    elsewhere: column(),
  };
  const each = function* (node: number, outward: number) {
    for (let place = graph.start[node]!; place < graph.start[node + 1]!; place++)
      if (mask[graph.kind[place]!] === 1 && graph.outward[place] === outward && graph.amount[place]! > 0) yield place;
  };
  for (let node = 0; node < graph.nodes; node++) for (const place of each(node, 1)) found.invested[node]! += graph.amount[place]!;
  for (let node = 0; node < graph.nodes; node++) {
    let most = 0;
    let ofEnterprises = 0;
    for (const place of each(node, 0)) {
      const amount = graph.amount[place]!;
      const holder = graph.other[place]!;
      found.total[node]! += amount;
      most = Math.max(most, amount);
      if (graph.person[holder] === 1) found.elsewhere[node]! += found.invested[holder]! - amount;
      else ofEnterprises += amount;
    }
    if (most === 0) continue;
    found.largest[node] = most / found.total[node]!;
    found.ofEnterprises[node] = ofEnterprises / found.total[node]!;
  }
  return found;
};

/** A judgment 裁判: how the enterprise stood in it and how it ended. */
export type Lawsuit = {
  readonly node: number;
  /** Cause of action 案由, as a number from 0. */
  readonly cause: number;
  readonly role: "plaintiff" | "defendant";
  readonly won: boolean;
  /** 0 basic, 1 intermediate, 2 higher, 3 supreme people's court. */
  readonly court: number;
  /** Whole months from the judgment to the observation of the enterprise. */
  readonly monthsBefore: number;
};

const lawsuitGroups = {
  all: () => true,
  plaintiffWon: ({ role, won }: Lawsuit) => role === "plaintiff" && won,
  plaintiffLost: ({ role, won }: Lawsuit) => role === "plaintiff" && !won,
  defendantWon: ({ role, won }: Lawsuit) => role === "defendant" && won,
  defendantLost: ({ role, won }: Lawsuit) => role === "defendant" && !won,
  higherCourt: ({ court }: Lawsuit) => court > 0,
} as const;

/**
 * Lawsuits 涉诉 of each node: counts of judgments by role and result, court, cause, and cause lost as defendant; shares of 0 to 1, NaN
 * without a judgment; and how they lie in time.
 *
 * - `all`, `plaintiffWon`, …, `higherCourt`, `cause<k>`, `cause<k>DefendantLost`: judgments.
 * - `plaintiffShare`, `lostShare`, `higherCourtShare`: of all judgments.
 * - `span`: months from first to last. `burst`: most judgments within six months. `perYear`: judgments over span + 12 months, a year.
 *   These three are differences of days, the same whenever the enterprise was observed.
 * - `within<m>`: judgments less than m months before the observation, one for each of `recency`; `last`: months since the latest.
 *   Only where all enterprises are observed by one rule: if the failed are observed on the day they failed and the others when
 *   the data was gathered (as in SMEsD), recency tells the outcome. Left out where `recency` is empty, the default.
 */
export const lawsuitFeatures = (
  nodes: number,
  lawsuits: readonly Lawsuit[],
  { causes, recency = [] }: { readonly causes: readonly number[]; readonly recency?: readonly number[] },
): ReadonlyMap<string, Float64Array> => {
  const found = new Map<string, Float64Array>();
  const count = (name: string, belongs: (lawsuit: Lawsuit) => boolean) => {
    const column = new Float64Array(nodes);
    for (const lawsuit of lawsuits) if (belongs(lawsuit)) column[lawsuit.node]!++;
    found.set(name, column);
  };
  for (const [name, belongs] of Object.entries(lawsuitGroups)) count(name, belongs);
  for (const cause of causes) {
    count(`cause${cause}`, (lawsuit) => lawsuit.cause === cause);
    count(`cause${cause}DefendantLost`, (lawsuit) => lawsuit.cause === cause && lawsuitGroups.defendantLost(lawsuit));
  }
  const of = (name: string, node: number) => found.get(name)![node]!;
  const share = (name: string, part: (node: number) => number) =>
    found.set(
      name,
      Float64Array.from({ length: nodes }, (_, node) => (of("all", node) === 0 ? Number.NaN : part(node) / of("all", node))),
    );
  share("plaintiffShare", (node) => of("plaintiffWon", node) + of("plaintiffLost", node));
  share("lostShare", (node) => of("plaintiffLost", node) + of("defendantLost", node));
  share("higherCourtShare", (node) => of("higherCourt", node));

  const months = Array.from({ length: nodes }, (): number[] => []);
  for (const lawsuit of lawsuits) months[lawsuit.node]!.push(lawsuit.monthsBefore);
  for (const list of months) list.sort((a, b) => a - b);
  const inTime = (name: string, value: (sorted: readonly number[]) => number) =>
    found.set(
      name,
      Float64Array.from(months, (list) => (list.length === 0 ? Number.NaN : value(list))),
    );
  inTime("span", (list) => list.at(-1)! - list[0]!);
  inTime("perYear", (list) => (12 * list.length) / (list.at(-1)! - list[0]! + 12));
  inTime("burst", (list) => {
    let most = 0;
    for (let first = 0, last = 0; last < list.length; last++) {
      while (list[last]! - list[first]! >= 6) first++;
      most = Math.max(most, last - first + 1);
    }
    return most;
  });
  if (recency.length > 0) inTime("last", (list) => list[0]!);
  for (const limit of recency) count(`within${limit}`, ({ monthsBefore }) => monthsBefore < limit);
  return found;
};
