/**
 * The rows that scikit-learn's `train_test_split(n, test_size, random_state)` holds out, so that figures published on such
 * a split are met on the same rows. NumPy keeps this stream as it was (NEP 19): the Mersenne Twister MT19937 (Matsumoto
 * and Nishimura 1998), seeded by Knuth's recurrence, and Fisher and Yates' shuffle by masked rejection.
 */

const N = 624;
const M = 397;

/** 32-bit numbers of the Mersenne Twister, as `numpy.random.RandomState(seed)` draws them. */
const mersenneTwister = (seed: number): (() => number) => {
  const state = new Uint32Array(N);
  state[0] = seed;
  for (let i = 1; i < N; i++) {
    const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(1_812_433_253, previous) + i;
  }
  let at = N;
  return () => {
    if (at === N) {
      for (let i = 0; i < N; i++) {
        const y = (state[i]! & 0x8000_0000) | (state[(i + 1) % N]! & 0x7fff_ffff);
        state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0);
      }
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    return (y ^ (y >>> 18)) >>> 0;
  };
};

/** `numpy.random.RandomState(seed).permutation(n)`, for n below 2³². */
export const numpyPermutation = (n: number, seed: number): Uint32Array => {
  const next = mersenneTwister(seed);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j = (next() & mask) >>> 0;
    while (j > i) j = (next() & mask) >>> 0;
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
};

/** Rows of `train_test_split(range(n), test_size=share, random_state=seed)`, in its order; nothing is stratified. */
export const numpySplit = (n: number, share: number, seed: number): { readonly train: Uint32Array; readonly test: Uint32Array } => {
  const order = numpyPermutation(n, seed);
  const held = Math.ceil(share * n);
  return { train: order.subarray(held), test: order.subarray(0, held) };
};
