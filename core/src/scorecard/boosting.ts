import { type CategoricalFeature, type FeatureData, type NumericalFeature, type Target } from "./binning.ts";
import { type Random, shuffle } from "./random.ts";
import { sigmoid } from "./statistics.ts";

/**
 * Gradient-boosted trees 梯度提升树: the challenger that shows what a scorecard's plainness costs. Histograms, trees grown
 * leaf by leaf, second-order gains (Friedman 2001; Chen and Guestrin 2016; Ke et al. 2017), missing values sent to the side
 * that gains more, categories ordered by their gradient at each split. It never decides anything.
 */
export type BoostingOptions = {
  readonly trees?: number;
  readonly learningRate?: number;
  /** Most leaves of a tree. */
  readonly leaves?: number;
  /** Fewest records in a leaf; null for a fiftieth of the records, within 5 to 100. */
  readonly minLeaf?: number | null;
  /** L2 on a leaf's value. */
  readonly l2?: number;
  /** Share of the records, and of the features, that each tree is grown on. */
  readonly rowShare?: number;
  readonly featureShare?: number;
  /** Most histogram bins of a feature, 2 to 255. */
  readonly bins?: number;
};

/** Small trees, slowly: chosen for tables of a hundred to a hundred thousand records. */
export const boostingDefaults: Required<BoostingOptions> = {
  trees: 150,
  learningRate: 0.05,
  leaves: 8,
  minLeaf: null,
  l2: 5,
  rowShare: 0.8,
  featureShare: 0.5,
  bins: 63,
};

/** A leaf adds `value` log-odds. At a split, numbers below `below`, or the categories at the places listed, go left. */
export type TreeNode =
  | { readonly cover: number; readonly value: number }
  | {
      /** Training records that came here: the weight of its side where a feature is taken as unknown. */
      readonly cover: number;
      readonly feature: number;
      readonly below: number | null;
      readonly categories: readonly number[] | null;
      readonly missingLeft: boolean;
      readonly left: number;
      readonly right: number;
    };

/** Trained trees: plain data, the same after JSON. The log-odds of a record are `start` and the leaf of every tree, added up. */
export type Boosted = {
  /** Categories that trees know, of a categorical feature; others are as good as missing. */
  readonly features: readonly { readonly name: string; readonly categories: readonly string[] | null }[];
  /** Log-odds of the event before any tree. */
  readonly start: number;
  /** Nodes of each tree; the first is its root. */
  readonly trees: readonly (readonly TreeNode[])[];
};

/** A feature as small whole numbers: 0 for missing, then its intervals or categories. */
type Coded = {
  readonly codes: Uint8Array;
  readonly size: number;
  /** Of a number: values from `cuts[k]` on have a code above k + 1. */
  readonly cuts: readonly number[] | null;
  readonly categories: readonly string[] | null;
};

const codeNumbers = ({ values }: NumericalFeature, rows: number, most: number): Coded => {
  const present: number[] = [];
  for (let row = 0; row < rows; row++) if (Number.isFinite(values[row])) present.push(values[row]!);
  const sorted = Float64Array.from(present).sort();
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  const cuts: number[] = [];
  if (distinct.length <= most)
    for (let i = 1; i < distinct.length; i++) {
      const middle = distinct[i - 1]! / 2 + distinct[i]! / 2;
      // Between neighbouring doubles there is no other: the upper one is the boundary itself.
      cuts.push(middle > distinct[i - 1]! ? middle : distinct[i]!);
    }
  else
    for (let k = 1; k < most; k++) {
      const at = Math.round((k * sorted.length) / most);
      const value = sorted[at]!;
      if (value === sorted[0]) continue;
      if (cuts.length === 0 || value > cuts.at(-1)!) cuts.push(value);
    }
  const codes = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) if (Number.isFinite(values[row])) codes[row] = 1 + countUpTo(cuts, values[row]!);
  return { codes, size: cuts.length + 2, cuts, categories: null };
};

/** How many of the rising cuts are at or below a value. */
const countUpTo = (cuts: readonly number[], value: number): number => {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cuts[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The commonest categories have codes; the others go with the missing. */
const codeCategories = ({ codes: given, categories }: CategoricalFeature, rows: number, most: number): Coded => {
  const counts = new Float64Array(categories.length);
  for (let row = 0; row < rows; row++) if (given[row]! >= 0) counts[given[row]!]!++;
  const taken = categories
    .map((_, code) => code)
    .filter((code) => counts[code]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, most);
  const place = new Uint8Array(categories.length);
  taken.forEach((code, k) => (place[code] = k + 1));
  const codes = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) if (given[row]! >= 0) codes[row] = place[given[row]!]!;
  return { codes, size: taken.length + 1, cuts: null, categories: taken.map((code) => categories[code]!) };
};

/** Fewer records than this make a category's own gradient noise; it is drawn to nought by so much when categories are ordered. */
const CATEGORY_SMOOTHING = 10;
/** Categories are chosen by the outcome itself, so their leaves are held back more. */
const CATEGORY_L2 = 10;
const LEAST_GAIN = 1e-9;

type Split = {
  readonly gain: number;
  readonly feature: number;
  /** Numbers: codes up to this go left. */
  readonly upTo: number;
  /** Categories: by code, 1 goes left. */
  readonly goesLeft: Uint8Array | null;
  readonly missingLeft: boolean;
};

type Leaf = {
  readonly rows: Int32Array;
  readonly node: number;
  /** Gradient, curvature and count by code, for the features drawn. */
  readonly histogram: Float64Array;
  readonly gradient: number;
  readonly curvature: number;
  split: Split | null;
};

/**
 * Trains on all records given. The target needs both outcomes (`RangeError`): whoever has one outcome only is told so by the
 * scorecard. The same records in the same order and the same generator give the same trees.
 */
export const boost = (features: readonly FeatureData[], target: Target, options: BoostingOptions, random: Random): Boosted => {
  const settings = { ...boostingDefaults, ...options };
  const { trees, learningRate, leaves, l2, rowShare, featureShare, bins } = settings;
  const n = target.length;
  const minLeaf = settings.minLeaf ?? Math.min(100, Math.max(5, Math.round(n / 50)));
  if (!(bins >= 2 && bins <= 254)) throw new RangeError(`${bins} histogram bins`);
  let events = 0;
  for (let row = 0; row < n; row++) events += target[row]!;
  if (events === 0 || events === n) throw new RangeError("both outcomes are needed");

  const coded = features.map((feature) =>
    feature.kind === "numerical" ? codeNumbers(feature, n, bins) : codeCategories(feature, n, bins),
  );
  const offsets: number[] = [];
  let total = 0;
  for (const { size } of coded) {
    offsets.push(total);
    total += size;
  }
  const start = Math.log(events / (n - events));
  const eta = new Float64Array(n).fill(start);
  const gradient = new Float64Array(n);
  const curvature = new Float64Array(n);
  const all = Int32Array.from({ length: n }, (_, row) => row);
  const useable = Int32Array.from(coded.flatMap(({ size }, j) => (size > 2 || (size === 2 && !isConstant(coded[j]!)) ? [j] : [])));
  const grown: TreeNode[][] = [];

  for (let tree = 0; tree < trees && useable.length > 0; tree++) {
    for (let row = 0; row < n; row++) {
      const probability = sigmoid(eta[row]!);
      gradient[row] = target[row]! - probability;
      curvature[row] = probability * (1 - probability);
    }
    const drawnRows =
      rowShare < 1
        ? shuffle(all.slice(), random)
            .slice(0, Math.max(2, Math.round(rowShare * n)))
            .sort()
        : all;
    const drawn =
      featureShare < 1
        ? shuffle(useable.slice(), random)
            .slice(0, Math.max(1, Math.round(featureShare * useable.length)))
            .sort()
        : useable;

    const fill = (rows: Int32Array): Float64Array => {
      const histogram = new Float64Array(3 * total);
      for (const j of drawn) {
        const { codes } = coded[j]!;
        const offset = offsets[j]!;
        for (const row of rows) {
          const at = 3 * (offset + codes[row]!);
          histogram[at]! += gradient[row]!;
          histogram[at + 1]! += curvature[row]!;
          histogram[at + 2]!++;
        }
      }
      return histogram;
    };

    /** The best split of a leaf over the features drawn, or none that gains. */
    const bestSplit = ({ rows, histogram, gradient: ofLeaf, curvature: weight }: Leaf): Split | null => {
      let best: Split | null = null;
      let most = LEAST_GAIN;
      const size = rows.length;
      for (const j of drawn) {
        const { size: codes, categories } = coded[j]!;
        const base = 3 * offsets[j]!;
        const held = l2 + (categories === null ? 0 : CATEGORY_L2);
        const unsplit = (ofLeaf * ofLeaf) / (weight + held);
        const missing = [histogram[base]!, histogram[base + 1]!, histogram[base + 2]!] as const;
        const order: number[] = [];
        for (let code = 1; code < codes; code++) if (categories === null || histogram[base + 3 * code + 2]! > 0) order.push(code);
        if (categories !== null) {
          const slope = (code: number) => histogram[base + 3 * code]! / (histogram[base + 3 * code + 1]! + CATEGORY_SMOOTHING);
          order.sort((a, b) => slope(a) - slope(b) || a - b);
        }
        let g = 0;
        let h = 0;
        let count = 0;
        for (let place = 0; place < order.length; place++) {
          const at = base + 3 * order[place]!;
          // An empty interval would give the same split again, nearer to the next value: one boundary a gap is enough.
          if (histogram[at + 2] === 0) continue;
          g += histogram[at]!;
          h += histogram[at + 1]!;
          count += histogram[at + 2]!;
          for (const missingLeft of missing[2] > 0 ? [true, false] : [count >= size - count]) {
            const leftG = missingLeft ? g + missing[0] : g;
            const leftH = missingLeft ? h + missing[1] : h;
            const leftCount = missingLeft ? count + missing[2] : count;
            if (leftCount < minLeaf || size - leftCount < minLeaf) continue;
            const rightG = ofLeaf - leftG;
            const gain = (leftG * leftG) / (leftH + held) + (rightG * rightG) / (weight - leftH + held) - unsplit;
            if (gain <= most) continue;
            most = gain;
            let goesLeft: Uint8Array | null = null;
            if (categories !== null) {
              goesLeft = new Uint8Array(codes);
              for (let k = 0; k <= place; k++) goesLeft[order[k]!] = 1;
            }
            best = { gain, feature: j, upTo: order[place]!, goesLeft, missingLeft };
          }
        }
      }
      return best;
    };
    const toLeft = ({ feature, upTo, goesLeft, missingLeft }: Split, row: number): boolean => {
      const code = coded[feature]!.codes[row]!;
      return code === 0 ? missingLeft : goesLeft === null ? code <= upTo : goesLeft[code] === 1;
    };

    const splits: (Split | null)[] = [];
    const children: [number, number][] = [];
    const covers: number[] = [];
    const values: number[] = [];
    const plant = (rows: Int32Array, histogram: Float64Array): Leaf => {
      let g = 0;
      let h = 0;
      for (const row of rows) {
        g += gradient[row]!;
        h += curvature[row]!;
      }
      const node = splits.push(null) - 1;
      children.push([-1, -1]);
      covers.push(rows.length);
      values.push((learningRate * g) / (h + l2));
      const leaf: Leaf = { rows, node, histogram, gradient: g, curvature: h, split: null };
      if (rows.length >= 2 * minLeaf) leaf.split = bestSplit(leaf);
      return leaf;
    };
    const open: Leaf[] = [plant(drawnRows, fill(drawnRows))];
    for (let count = 1; count < leaves; count++) {
      const next = open.reduce<Leaf | null>(
        (best, leaf) => (leaf.split && (!best || leaf.split.gain > best.split!.gain) ? leaf : best),
        null,
      );
      if (next === null) break;
      const split = next.split!;
      const left = next.rows.filter((row) => toLeft(split, row));
      const right = next.rows.filter((row) => !toLeft(split, row));
      // Only the smaller side is counted; the larger is what is left of the parent.
      const [small, large] = left.length <= right.length ? [left, right] : [right, left];
      const ofSmall = fill(small);
      const ofLarge = next.histogram.map((value, at) => value - ofSmall[at]!);
      const planted = [plant(small, ofSmall), plant(large, ofLarge)] as const;
      const [l, r] = small === left ? planted : [planted[1], planted[0]];
      splits[next.node] = split;
      children[next.node] = [l.node, r.node];
      open.splice(open.indexOf(next), 1, l, r);
    }
    if (splits[0] === null) continue;

    grown.push(
      splits.map((split, node): TreeNode => {
        if (split === null) return { cover: covers[node]!, value: values[node]! };
        const { cuts, categories } = coded[split.feature]!;
        const [left, right] = children[node]!;
        return {
          cover: covers[node]!,
          feature: split.feature,
          below: cuts === null ? null : (cuts[split.upTo - 1] ?? Number.MAX_VALUE),
          categories: categories === null ? null : categories.flatMap((_, k) => (split.goesLeft![k + 1] === 1 ? [k] : [])),
          missingLeft: split.missingLeft,
          left,
          right,
        };
      }),
    );
    for (let row = 0; row < n; row++) {
      let node = 0;
      for (let split = splits[node]; split; split = splits[node]) node = children[node]![toLeft(split, row) ? 0 : 1];
      eta[row]! += values[node]!;
    }
  }
  return { features: features.map(({ name }, j) => ({ name, categories: coded[j]!.categories })), start, trees: grown };
};

const isConstant = ({ codes }: Coded): boolean => codes.every((code) => code === codes[0]);

const goesLeft = (node: Extract<TreeNode, { left: number }>, value: number): boolean =>
  Number.isNaN(value) ? node.missingLeft : node.below !== null ? value < node.below : node.categories!.includes(value);

/** What trees read: the number itself, the place of a known category, or NaN for whatever is missing. */
const columnsOf = (model: Boosted, features: readonly FeatureData[], rows: number): Float64Array[] =>
  model.features.map(({ name, categories }) => {
    const data = features.find((feature) => feature.name === name);
    if (!data || (data.kind === "categorical") !== (categories !== null)) throw new RangeError(`no such feature ${name}`);
    if (data.kind === "numerical")
      return Float64Array.from({ length: rows }, (_, row) => (Number.isFinite(data.values[row]) ? data.values[row]! : Number.NaN));
    const places = data.categories.map((category) => categories!.indexOf(category));
    return Float64Array.from({ length: rows }, (_, row) => {
      const place = data.codes[row]! < 0 ? -1 : places[data.codes[row]!]!;
      return place < 0 ? Number.NaN : place;
    });
  });

/** Log-odds of the event for every row. */
export const boostedLogOdds = (model: Boosted, features: readonly FeatureData[], rows: number): Float64Array => {
  const columns = columnsOf(model, features, rows);
  const found = new Float64Array(rows).fill(model.start);
  for (const tree of model.trees)
    for (let row = 0; row < rows; row++) {
      let node = tree[0]!;
      while ("left" in node) node = tree[goesLeft(node, columns[node.feature]![row]!) ? node.left : node.right]!;
      found[row]! += node.value;
    }
  return found;
};

/** What the way to a node says of one feature: the share of records that would pass without it, and whether this one does. */
type Step = { readonly feature: number; readonly share: number; readonly passes: number; weight: number };

const extended = (way: readonly Step[], share: number, passes: number, feature: number): Step[] => {
  const length = way.length;
  const longer = way.map((step) => ({ ...step }));
  longer.push({ feature, share, passes, weight: length === 0 ? 1 : 0 });
  for (let i = length - 1; i >= 0; i--) {
    longer[i + 1]!.weight += (passes * longer[i]!.weight * (i + 1)) / (length + 1);
    longer[i]!.weight = (share * longer[i]!.weight * (length - i)) / (length + 1);
  }
  return longer;
};

const without = (way: readonly Step[], at: number): Step[] => {
  const last = way.length - 1;
  const { share, passes } = way[at]!;
  let next = way[last]!.weight;
  const weights = way.map((step) => step.weight);
  for (let i = last - 1; i >= 0; i--) {
    if (passes !== 0) {
      const kept = weights[i]!;
      weights[i] = (next * (last + 1)) / ((i + 1) * passes);
      next = kept - (weights[i]! * share * (last - i)) / (last + 1);
    } else weights[i] = (weights[i]! * (last + 1)) / (share * (last - i));
  }
  return way.slice(0, last).map((_, i) => ({ ...way[i < at ? i : i + 1]!, weight: weights[i]! }));
};

const meanOf = (tree: readonly TreeNode[], at = 0): number => {
  const node = tree[at]!;
  if (!("left" in node)) return node.value;
  const of = (child: number) => (tree[child]!.cover / node.cover) * meanOf(tree, child);
  return of(node.left) + of(node.right);
};

/**
 * Exact Shapley values of each record's log-odds: TreeSHAP (Lundberg, Erion and Lee 2018, arXiv 1802.03888, algorithm 2), where
 * what is not known of a feature is filled by the shares of training records on either side. For every row
 * `base + Σ contributions = log-odds`. Contributions are row-major over the model's features.
 */
export const boostedContributions = (
  model: Boosted,
  features: readonly FeatureData[],
  rows: number,
): { readonly base: number; readonly contributions: Float64Array } => {
  const columns = columnsOf(model, features, rows);
  const width = model.features.length;
  const contributions = new Float64Array(rows * width);
  for (const tree of model.trees)
    for (let row = 0; row < rows; row++) {
      const visit = (at: number, way: readonly Step[], share: number, passes: number, feature: number): void => {
        const here = extended(way, share, passes, feature);
        const node = tree[at]!;
        if (!("left" in node)) {
          for (let i = 1; i < here.length; i++) {
            const step = here[i]!;
            const weight = without(here, i).reduce((sum, each) => sum + each.weight, 0);
            contributions[row * width + step.feature]! += weight * (step.passes - step.share) * node.value;
          }
          return;
        }
        const [hot, cold] = goesLeft(node, columns[node.feature]![row]!) ? [node.left, node.right] : [node.right, node.left];
        const before = here.findIndex((step, i) => i > 0 && step.feature === node.feature);
        const same = before < 0 ? null : here[before]!;
        const open = same ? without(here, before) : here;
        visit(hot, open, ((same?.share ?? 1) * tree[hot]!.cover) / node.cover, same?.passes ?? 1, node.feature);
        visit(cold, open, ((same?.share ?? 1) * tree[cold]!.cover) / node.cover, 0, node.feature);
      };
      visit(0, [], 1, 1, -1);
    }
  return { base: model.trees.reduce((sum, tree) => sum + meanOf(tree), model.start), contributions };
};
