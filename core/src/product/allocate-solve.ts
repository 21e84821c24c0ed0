/**
 * Sharing a scarce quantity among items whose value is a handful of rays: the mathematics under the allocation of a loan portfolio,
 * which knows nothing of loans.
 *
 *     maximise   Σᵢ gᵢ(yᵢ)      subject to   Σ_{i ∈ row} yᵢ ≤ limit(row)   for every row
 *     gᵢ(0) = 0,   gᵢ(y) = max { ratio · y : piece of item i with from ≤ y ≤ to },   else y is not possible
 *
 * The gᵢ are neither concave nor connected (nothing, or at least a minimum), so this is a mixed-integer program. It is solved by branch and
 * bound on the intervals of the yᵢ: in a node every gᵢ is replaced by its least concave majorant over its interval, which leaves a
 * linear program; its multipliers λ ≥ 0 give the bound of the node by weak duality,
 *
 *     Σ_row λ·limit + Σᵢ max over possible y of (gᵢ(y) − λᵢ·y),   λᵢ the sum of λ over the rows of i,
 *
 * which anyone can compute again from λ alone, whatever found it. The tree of intervals with λ at its leaves is the certificate.
 *
 * Sources: Geoffrion, Lagrangean relaxation for integer programming (1974); Falk and Soland, An algorithm for separable nonconvex
 * programming problems (1969); Fourer, A simplex algorithm for piecewise-linear programming (1985).
 */

/** Possible amounts of one item, and what each is worth: `ratio` a unit for every y with from ≤ y ≤ to. */
export type Pieces = { readonly from: Float64Array; readonly to: Float64Array; readonly ratio: Float64Array };
/** What the items named may take together. */
export type Row = { readonly limit: number; readonly members: readonly number[] };

/**
 * The proof that nothing is worth more than the bound. A leaf bounds its part by multipliers, one a row, or shows that the least
 * possible amounts already break a row. A branch says that item `item` takes at most `atMost` or at least `atLeast`, and that it
 * cannot take anything between.
 */
export type Certificate =
  | { readonly kind: "bound"; readonly multipliers: readonly number[] }
  | { readonly kind: "impossible"; readonly row: number }
  | {
      readonly kind: "branch";
      readonly item: number;
      readonly atMost: number;
      readonly atLeast: number;
      readonly low: Certificate;
      readonly high: Certificate;
    };

export type Shared = {
  /** What each item takes, and the piece that it lies on (−1: nothing). */
  readonly taken: Float64Array;
  readonly piece: Int32Array;
  readonly value: number;
  /** No solution is worth more. */
  readonly bound: number;
  /** Value of the root's relaxation: the bound before any branching. */
  readonly rootBound: number;
  /** Multipliers of the root: what one more unit of each row is worth. */
  readonly prices: readonly number[];
  readonly nodes: number;
  /** Whether the search ended by itself, with bound − value ≤ tolerance. */
  readonly complete: boolean;
  readonly certificate: Certificate;
};

/** The least concave majorant over an interval: corners with rising y; each corner is itself a possible point. */
type Hull = { readonly y: Float64Array; readonly f: Float64Array };

const hullOf = ({ from, to, ratio }: Pieces, low: number, high: number): Hull => {
  const points: [number, number][] = low <= 0 ? [[0, 0]] : [];
  for (let k = 0; k < from.length; k++) {
    const start = Math.max(from[k]!, low);
    const end = Math.min(to[k]!, high);
    if (start > end) continue;
    points.push([start, ratio[k]! * start]);
    if (end > start) points.push([end, ratio[k]! * end]);
  }
  points.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const corners: [number, number][] = [];
  for (const point of points) {
    if (corners.at(-1)?.[0] === point[0]) continue; // the same y, worth less
    for (;;) {
      const last = corners.at(-1);
      const before = corners.at(-2);
      if (!last || !before || (last[1] - before[1]) * (point[0] - last[0]) > (point[1] - last[1]) * (last[0] - before[0])) break;
      corners.pop();
    }
    corners.push(point);
  }
  return { y: Float64Array.from(corners, ([y]) => y), f: Float64Array.from(corners, ([, f]) => f) };
};

const slopeOf = ({ y, f }: Hull, segment: number): number => (f[segment + 1]! - f[segment]!) / (y[segment + 1]! - y[segment]!);

/** The leftmost corner at which f − price · y is greatest. */
const cornerAt = (hull: Hull, price: number): number => {
  let low = 0;
  let high = hull.y.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slopeOf(hull, middle) > price) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The segment of the hull that holds y. */
const segmentAt = ({ y: corners }: Hull, y: number): number => {
  let low = 0;
  let high = corners.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (corners[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** The piece that makes most of y, or −1 where y is not possible (or is nothing). */
const bestPiece = ({ from, to, ratio }: Pieces, y: number): number => {
  let best = -1;
  for (let k = 0; k < from.length; k++) if (from[k]! <= y && y <= to[k]! && (best < 0 || ratio[k]! > ratio[best]!)) best = k;
  return best;
};

const valueAt = (pieces: Pieces, y: number): number => {
  if (y === 0) return 0;
  const piece = bestPiece(pieces, y);
  return piece < 0 ? Number.NEGATIVE_INFINITY : pieces.ratio[piece]! * y;
};

/** The best possible y of an item that is at most `most`. Never less than nothing, so 0 is always an answer. */
const bestUpTo = ({ from, to, ratio }: Pieces, most: number): { readonly y: number; readonly value: number } => {
  let y = 0;
  let value = 0;
  for (let k = 0; k < from.length; k++) {
    if (from[k]! > most) continue;
    const end = Math.min(to[k]!, most);
    if (ratio[k]! * end > value) {
      y = end;
      value = ratio[k]! * end;
    }
  }
  return { y, value };
};

/** Slopes are of the order of 0.01 and come from differences of values of 10⁷: what is nearer than this is equal. */
const SLOPE_ZERO = 1e-11;

/**
 * The relaxed program: maximise Σ fᵢ(yᵢ) over the rows, the fᵢ concave and piecewise linear, by a simplex method whose
 * variables rest at corners. At most one variable a row lies inside a segment. An item's amount only ever adds to a row, so the
 * least amounts are a start wherever there is one. `null`: even those break a row (the row is said).
 */
const relax = (
  hulls: readonly Hull[],
  rows: readonly Row[],
  rowsOf: readonly (readonly number[])[],
  hint: readonly number[] | null,
): { readonly impossible: number } | { readonly y: Float64Array; readonly multipliers: number[]; readonly inside: number[] } => {
  const m = rows.length;
  const n = hulls.length;
  const slack = new Float64Array(m);
  const corner = new Int32Array(n);
  const fits = (): number => {
    let broken = -1;
    for (const [r, row] of rows.entries()) {
      let sum = 0;
      for (const i of row.members) sum += hulls[i]!.y[corner[i]!]!;
      slack[r] = row.limit - sum;
      if (slack[r]! < -1e-9 * Math.max(1, row.limit)) broken = r;
      else if (slack[r]! < 0) slack[r] = 0;
    }
    return broken;
  };
  const priceOf = (i: number, multipliers: ArrayLike<number>): number => {
    let price = 0;
    for (const r of rowsOf[i]!) price += multipliers[r]!;
    return price;
  };
  if (hint) for (let i = 0; i < n; i++) corner[i] = cornerAt(hulls[i]!, Math.max(0, priceOf(i, hint)));
  if (!hint || fits() >= 0) {
    corner.fill(0);
    const broken = fits();
    if (broken >= 0) return { impossible: broken };
  }
  const y = Float64Array.from(hulls, (hull, i) => hull.y[corner[i]!]!);
  // Basic variables: an item by its number, the slack of row r by −1 − r. `segment` is where a basic item lies.
  const basis = Int32Array.from({ length: m }, (_, r) => -1 - r);
  const isBasic = new Uint8Array(n);
  const slackBasic = new Uint8Array(m).fill(1);
  const segment = new Int32Array(n);
  const multipliers = new Float64Array(m);
  // The inverse of the basis, row by row: its entries are small whole numbers or nearly so, hence no decomposition is kept.
  const inverse = new Float64Array(m * m);
  for (let r = 0; r < m; r++) inverse[r * m + r] = 1;
  const rate = new Float64Array(m);
  const MOST = 200 + 20 * (n + m);
  for (let turn = 0; turn < MOST; turn++) {
    const careful = turn > MOST / 2; // then the first variable that helps, which cannot turn in circles (Bland)
    multipliers.fill(0);
    for (let b = 0; b < m; b++) {
      const variable = basis[b]!;
      if (variable < 0) continue;
      const slope = slopeOf(hulls[variable]!, segment[variable]!);
      for (let r = 0; r < m; r++) multipliers[r]! += slope * inverse[b * m + r]!;
    }
    let entering: number | null = null;
    let direction = 1;
    let gain = 0;
    for (let r = 0; r < m && !(careful && entering !== null); r++)
      if (!slackBasic[r] && -multipliers[r]! > Math.max(gain, SLOPE_ZERO)) {
        gain = -multipliers[r]!;
        entering = -1 - r;
        direction = 1;
      }
    for (let i = 0; i < n && !(careful && entering !== null); i++) {
      if (isBasic[i]) continue;
      const hull = hulls[i]!;
      const at = corner[i]!;
      const price = priceOf(i, multipliers);
      const up = at < hull.y.length - 1 ? slopeOf(hull, at) - price : 0;
      const down = at > 0 ? price - slopeOf(hull, at - 1) : 0;
      const best = Math.max(up, down);
      if (best > Math.max(gain, SLOPE_ZERO)) {
        gain = best;
        entering = i;
        direction = up >= down ? 1 : -1;
      }
    }
    if (entering === null) break;
    for (let b = 0; b < m; b++) {
      let sum = 0;
      if (entering < 0) sum = inverse[b * m + (-1 - entering)]!;
      else for (const r of rowsOf[entering]!) sum += inverse[b * m + r]!;
      rate[b] = sum;
    }
    // How far the entering variable goes. Corners are passed, its own and those of basic items, as long as going on still gains;
    // it stops where the gain ends, where a hull ends, or where a row is full.
    let step = 0;
    let leaving = -1;
    let goal = -1; // the corner at which the entering item itself stops
    let own = entering < 0 ? -1 : direction > 0 ? corner[entering]! : corner[entering]! - 1; // its segment
    for (;;) {
      let next = Number.POSITIVE_INFINITY;
      let who = -2;
      if (entering >= 0) {
        next = Math.abs(hulls[entering]!.y[own + (direction > 0 ? 1 : 0)]! - y[entering]!);
        who = -1;
      }
      for (let b = 0; b < m; b++) {
        const change = -direction * rate[b]!;
        if (Math.abs(change) < 1e-9) continue;
        const variable = basis[b]!;
        if (variable < 0 && change > 0) continue;
        const room =
          variable < 0
            ? slack[-1 - variable]! / -change
            : (hulls[variable]!.y[segment[variable]! + (change > 0 ? 1 : 0)]! - y[variable]!) / change;
        if (room < next || (careful && room === next && who >= 0 && variable < basis[who]!)) {
          next = room;
          who = b;
        }
      }
      step = Math.max(step, next);
      if (who === -2) break;
      const variable = who < 0 ? entering : basis[who]!;
      if (variable < 0) {
        leaving = who;
        break;
      }
      const hull = hulls[variable]!;
      const rises = who < 0 ? direction > 0 : -direction * rate[who]! > 0;
      const here = who < 0 ? own : segment[variable]!;
      const beyond = here + (rises ? 1 : -1);
      if (beyond >= 0 && beyond < hull.y.length - 1) {
        const lost = Math.abs(slopeOf(hull, here) - slopeOf(hull, beyond)) * (who < 0 ? 1 : Math.abs(rate[who]!));
        if (gain - lost > SLOPE_ZERO) {
          gain -= lost;
          if (who < 0) own = beyond;
          else segment[variable] = beyond;
          continue;
        }
      }
      if (who < 0) goal = here + (rises ? 1 : 0);
      else leaving = who;
      break;
    }
    const leavesAt = leaving < 0 || basis[leaving]! < 0 ? -1 : segment[basis[leaving]!]! + (-direction * rate[leaving]! > 0 ? 1 : 0);
    if (!Number.isFinite(step)) break;
    for (let b = 0; b < m; b++) {
      const variable = basis[b]!;
      const moved = -direction * step * rate[b]!;
      if (variable < 0) slack[-1 - variable]! += moved;
      else y[variable]! += moved;
    }
    if (entering >= 0) y[entering]! += direction * step;
    else slack[-1 - entering]! += step;
    if (leaving < 0) {
      corner[entering] = goal;
      y[entering] = hulls[entering]!.y[goal]!;
      continue;
    }
    const left = basis[leaving]!;
    if (left < 0) {
      slack[-1 - left] = 0;
      slackBasic[-1 - left] = 0;
    } else {
      isBasic[left] = 0;
      corner[left] = leavesAt;
      y[left] = hulls[left]!.y[leavesAt]!;
    }
    basis[leaving] = entering;
    const pivot = rate[leaving]!;
    for (let r = 0; r < m; r++) inverse[leaving * m + r]! /= pivot;
    for (let b = 0; b < m; b++) {
      if (b === leaving || rate[b] === 0) continue;
      for (let r = 0; r < m; r++) inverse[b * m + r]! -= rate[b]! * inverse[leaving * m + r]!;
    }
    if (entering < 0) slackBasic[-1 - entering] = 1;
    else {
      isBasic[entering] = 1;
      segment[entering] = own;
    }
  }
  // What arithmetic left beside a corner is at the corner.
  for (const variable of basis) {
    if (variable < 0) continue;
    const { y: corners } = hulls[variable]!;
    for (const at of [segment[variable]!, segment[variable]! + 1])
      if (Math.abs(corners[at]! - y[variable]!) <= 1e-10 * Math.max(1, corners[at]!)) y[variable] = corners[at]!;
  }
  return {
    y,
    multipliers: Array.from(multipliers, (value) => Math.max(0, value)),
    inside: Array.from(basis).filter((variable) => variable >= 0),
  };
};

type Node = {
  readonly bound: number;
  readonly multipliers: readonly number[];
  readonly item: number;
  readonly low: number;
  readonly high: number;
  readonly parent: Node | null;
  readonly y: number;
  readonly branchItem: number;
  /** Filled in once the node is settled. */
  certificate: Certificate | null;
  children: readonly [Node, Node] | null;
  cut: readonly [number, number];
};

/** The search ends where bound − value is at most `tolerance`, or `relative` times the root's bound if that is more. */
export type ShareOptions = { readonly tolerance: number; readonly relative: number; readonly mostNodes: number };

/**
 * The best sharing, or the best found with a bound on what could be missed where the nodes are used up. Nothing depends on a clock:
 * the same input gives the same answer. Items are taken to be worth nothing at 0, so there always is an answer.
 */
export const share = (items: readonly Pieces[], rows: readonly Row[], options: ShareOptions): Shared => {
  const n = items.length;
  const rowsOf: number[][] = items.map(() => []);
  for (const [r, row] of rows.entries()) for (const i of row.members) rowsOf[i]!.push(r);
  const whole = items.map((item) => hullOf(item, 0, Number.POSITIVE_INFINITY));

  const boundOf = (hulls: readonly Hull[], multipliers: readonly number[]): number => {
    let bound = 0;
    for (const [r, row] of rows.entries()) bound += multipliers[r]! * row.limit;
    for (let i = 0; i < n; i++) {
      const hull = hulls[i]!;
      let price = 0;
      for (const r of rowsOf[i]!) price += multipliers[r]!;
      const at = cornerAt(hull, price);
      bound += hull.f[at]! - price * hull.y[at]!;
    }
    return bound;
  };

  let best = new Float64Array(n);
  let bestValue = 0;
  const room = new Float64Array(rows.length);
  const measure = (y: Float64Array) => {
    for (const [r, row] of rows.entries()) {
      let sum = 0;
      for (const i of row.members) sum += y[i]!;
      room[r] = row.limit - sum;
    }
  };
  const roomOf = (i: number): number => {
    let least = Number.POSITIVE_INFINITY;
    for (const r of rowsOf[i]!) least = Math.min(least, room[r]!);
    return least;
  };
  const move = (y: Float64Array, i: number, to: number) => {
    for (const r of rowsOf[i]!) room[r]! += y[i]! - to;
    y[i] = to;
  };
  /** Uses up what room is left, the most worthwhile first, and remembers the solution where it is the best so far. */
  const fillAndKeep = (y: Float64Array<ArrayBuffer>) => {
    for (let turn = 0; turn < 8; turn++) {
      let chosen = -1;
      let to = 0;
      let gained = 1e-9;
      for (let i = 0; i < n; i++) {
        const left = roomOf(i);
        if (!(left > 0)) continue;
        const found = bestUpTo(items[i]!, y[i]! + left);
        const more = found.value - valueAt(items[i]!, y[i]!);
        if (more > gained) {
          chosen = i;
          to = found.y;
          gained = more;
        }
      }
      if (chosen < 0) break;
      move(y, chosen, to);
    }
    let value = 0;
    for (let i = 0; i < n; i++) value += valueAt(items[i]!, y[i]!);
    if (value > bestValue) {
      best = y;
      bestValue = value;
    }
  };
  /** From a relaxed solution to possible ones: each item inside a segment goes down to what is possible, or up with others giving way. */
  const round = (hulls: readonly Hull[], relaxed: Float64Array, inside: readonly number[], multipliers: readonly number[]) => {
    const down = Float64Array.from(relaxed);
    measure(down);
    for (const i of inside) move(down, i, bestUpTo(items[i]!, down[i]!).y);
    fillAndKeep(down);
    for (const i of inside) {
      const up = Float64Array.from(relaxed);
      measure(up);
      for (const other of inside) if (other !== i) move(up, other, bestUpTo(items[other]!, up[other]!).y);
      const hull = hulls[i]!;
      move(up, i, hull.y[Math.min(segmentAt(hull, up[i]!) + 1, hull.y.length - 1)]!);
      for (let r = 0; r < rows.length; r++) {
        // Each turn takes one amount down, and no item has more of them than pieces: it ends.
        while (room[r]! < -1e-10 * Math.max(1, rows[r]!.limit)) {
          // Whoever gives way at the least loss, counting what its room is worth to others.
          let chosen = -1;
          let to = 0;
          let least = Number.POSITIVE_INFINITY;
          for (const j of rows[r]!.members) {
            if (j === i || up[j] === 0) continue;
            const found = bestUpTo(items[j]!, Math.max(0, up[j]! + room[r]!));
            let price = 0;
            for (const each of rowsOf[j]!) price += multipliers[each]!;
            if (found.y >= up[j]!) continue;
            const loss = valueAt(items[j]!, up[j]!) - found.value - price * (up[j]! - found.y - -room[r]!);
            if (loss < least) {
              chosen = j;
              to = found.y;
              least = loss;
            }
          }
          if (chosen < 0) break;
          move(up, chosen, to);
        }
      }
      if (room.every((left, r) => left >= -1e-9 * Math.max(1, rows[r]!.limit))) fillAndKeep(up);
    }
  };

  /** The hulls of a node: those of the whole, but for items whose interval was cut on the way to it. */
  const hullsAt = (node: Node | null): Hull[] => {
    const hulls = whole.slice();
    const seen = new Set<number>();
    for (let at = node; at; at = at.parent) {
      if (at.item < 0 || seen.has(at.item)) continue;
      seen.add(at.item);
      hulls[at.item] = hullOf(items[at.item]!, at.low, at.high);
    }
    return hulls;
  };
  const intervalOf = (node: Node, item: number): readonly [number, number] => {
    for (let at: Node | null = node; at; at = at.parent) if (at.item === item) return [at.low, at.high];
    return [0, Number.POSITIVE_INFINITY];
  };

  const settle = (parent: Node | null, item: number, low: number, high: number): Node => {
    const bare = { item, low, high, parent, certificate: null, children: null, cut: [0, 0] as const };
    const draft: Node = { ...bare, bound: 0, multipliers: [], y: 0, branchItem: -1 };
    const hulls = hullsAt(draft);
    const relaxed = relax(hulls, rows, rowsOf, parent?.multipliers ?? null);
    if ("impossible" in relaxed)
      return { ...draft, bound: Number.NEGATIVE_INFINITY, certificate: { kind: "impossible", row: relaxed.impossible } };
    const { y, inside } = relaxed;
    const own = boundOf(hulls, relaxed.multipliers);
    // Whatever the search for multipliers came to, those of the parent bound the child too.
    const inherited = parent ? boundOf(hulls, parent.multipliers) : Number.POSITIVE_INFINITY;
    const bound = Math.min(own, inherited);
    const multipliers = own <= inherited ? relaxed.multipliers : parent!.multipliers;
    round(hulls, y, inside, multipliers);
    let branchItem = -1;
    let worst = 0;
    for (const i of inside) {
      const hull = hulls[i]!;
      const at = segmentAt(hull, y[i]!);
      if (hull.y[at] === y[i] || hull.y[at + 1] === y[i]) continue;
      const missing = hull.f[at]! + slopeOf(hull, at) * (y[i]! - hull.y[at]!) - bestUpTo(items[i]!, y[i]!).value;
      if (missing > worst) {
        worst = missing;
        branchItem = i;
      }
    }
    return { ...bare, bound, multipliers, y: branchItem < 0 ? 0 : y[branchItem]!, branchItem };
  };

  // A heap of open nodes, the greatest bound on top; of equal ones, that which came first.
  const heap: { readonly node: Node; readonly order: number }[] = [];
  let order = 0;
  const before = (a: { node: Node; order: number }, b: { node: Node; order: number }) =>
    a.node.bound > b.node.bound || (a.node.bound === b.node.bound && a.order < b.order);
  const push = (node: Node) => {
    heap.push({ node, order: order++ });
    let at = heap.length - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(heap[at]!, heap[up]!)) break;
      [heap[at], heap[up]] = [heap[up]!, heap[at]!];
      at = up;
    }
  };
  const pop = (): Node => {
    const top = heap[0]!.node;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      let at = 0;
      for (;;) {
        let next = at;
        for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && before(heap[child]!, heap[next]!)) next = child;
        if (next === at) break;
        [heap[at], heap[next]] = [heap[next]!, heap[at]!];
        at = next;
      }
    }
    return top;
  };

  const root = settle(null, -1, 0, 0);
  const tolerance = Math.max(options.tolerance, options.relative * root.bound);
  let nodes = 1;
  let closed = Number.NEGATIVE_INFINITY; // the greatest bound among leaves that are done with
  push(root);
  while (heap.length > 0 && nodes < options.mostNodes) {
    const node = pop();
    if (node.bound <= bestValue + tolerance || node.branchItem < 0) {
      closed = Math.max(closed, node.bound);
      if (node.bound <= bestValue + tolerance) break; // the others are no better
      continue;
    }
    const { branchItem: item, y } = node;
    const [low, high] = intervalOf(node, item);
    const { from, to } = items[item]!;
    // What is possible next to y on either side; the same where y itself is.
    let atMost = 0;
    let atLeast = Number.POSITIVE_INFINITY;
    for (let k = 0; k < from.length; k++) {
      if (from[k]! <= y) atMost = Math.max(atMost, Math.min(to[k]!, y));
      if (to[k]! >= y) atLeast = Math.min(atLeast, Math.max(from[k]!, y));
    }
    node.cut = [atMost, atLeast];
    const children = [settle(node, item, low, atMost), settle(node, item, atLeast, high)] as const;
    node.children = children;
    nodes += 2;
    for (const child of children) if (!child.certificate) push(child);
  }
  const open = heap.reduce((most, { node }) => Math.max(most, node.bound), Number.NEGATIVE_INFINITY);
  const bound = Math.max(bestValue, closed, open);

  const certificateOf = (node: Node): Certificate =>
    node.certificate ??
    (node.children
      ? {
          kind: "branch",
          item: node.children[0].item,
          atMost: node.cut[0],
          atLeast: node.cut[1],
          low: certificateOf(node.children[0]),
          high: certificateOf(node.children[1]),
        }
      : { kind: "bound", multipliers: node.multipliers });
  return {
    taken: best,
    piece: Int32Array.from(best, (y, i) => (y === 0 ? -1 : bestPiece(items[i]!, y))),
    value: bestValue,
    bound,
    rootBound: root.bound,
    prices: root.multipliers,
    nodes,
    complete: bound - bestValue <= tolerance,
    certificate: certificateOf(root),
  };
};

/**
 * Checks a certificate from nothing but the pieces and the rows: the branches leave no possible amount out, and the returned number
 * is an upper bound for every leaf. Shares no code with the search. `null`: the certificate proves nothing.
 */
export const certifiedBound = (items: readonly Pieces[], rows: readonly Row[], certificate: Certificate): number | null => {
  const low = new Float64Array(items.length);
  const high = new Float64Array(items.length).fill(Number.POSITIVE_INFINITY);
  const rowsOf: number[][] = items.map(() => []);
  for (const [r, row] of rows.entries()) for (const i of row.members) rowsOf[i]!.push(r);
  const boundOf = (at: Certificate): number | null => {
    if (at.kind === "branch") {
      const { item, atMost, atLeast } = at;
      const pieces = items[item];
      if (!pieces || !(atMost <= atLeast)) return null;
      // Nothing possible lies strictly between.
      if (atMost < 0 && atLeast > 0) return null;
      for (let k = 0; k < pieces.from.length; k++) if (atMost < atLeast && pieces.from[k]! < atLeast && pieces.to[k]! > atMost) return null;
      const [wasLow, wasHigh] = [low[item]!, high[item]!];
      high[item] = Math.min(wasHigh, atMost);
      const below = boundOf(at.low);
      high[item] = wasHigh;
      low[item] = Math.max(wasLow, atLeast);
      const above = boundOf(at.high);
      low[item] = wasLow;
      return below === null || above === null ? null : Math.max(below, above);
    }
    const possible = (i: number, worth: (y: number, ratio: number) => number): number => {
      let most = low[i]! <= 0 ? worth(0, 0) : Number.NEGATIVE_INFINITY;
      const { from, to, ratio } = items[i]!;
      for (let k = 0; k < from.length; k++) {
        const start = Math.max(from[k]!, low[i]!);
        const end = Math.min(to[k]!, high[i]!);
        if (start <= end) most = Math.max(most, worth(start, ratio[k]!), worth(end, ratio[k]!));
      }
      return most;
    };
    if (at.kind === "impossible") {
      const row = rows[at.row];
      if (!row) return null;
      const least = row.members.reduce((sum, i) => sum - possible(i, (y) => -y), 0);
      return least > row.limit ? Number.NEGATIVE_INFINITY : null;
    }
    const { multipliers } = at;
    if (multipliers.length !== rows.length || !multipliers.every((each) => each >= 0)) return null;
    let bound = rows.reduce((sum, row, r) => sum + multipliers[r]! * row.limit, 0);
    for (let i = 0; i < items.length; i++) {
      const price = rowsOf[i]!.reduce((sum, r) => sum + multipliers[r]!, 0);
      bound += possible(i, (y, ratio) => (ratio - price) * y);
    }
    return bound;
  };
  return boundOf(certificate);
};
