/** Uniform numbers in [0, 1). Handed in by the caller, so that every figure can be drawn again from its seed. */
export type Random = () => number;

/**
 * A generator from a seed: xoshiro128** (Blackman and Vigna 2018) with its state filled by splitmix32. The same seed
 * gives the same numbers on every machine. Not for secrets.
 */
export const seeded = (seed: number): Random => {
  let mix = seed | 0;
  const next = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let d = next();
  return () => {
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result / 4294967296;
  };
};

/** Shuffles in place (Fisher–Yates) and gives the same array back. */
export const shuffle = <T extends Int32Array | Uint8Array>(array: T, random: Random): T => {
  for (let i = array.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = array[i]!;
    array[i] = array[j]!;
    array[j] = kept;
  }
  return array;
};
