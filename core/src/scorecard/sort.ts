const DIGITS = 6;
const RADIX = 2048;

/**
 * Sorts numbers upwards in place. Above some tens of thousands a radix sort over the bits (six digits of eleven bits,
 * digits in which all keys agree skipped) takes half the time of the engine's own sort. No NaN.
 */
export const sortNumbers = (values: Float64Array): Float64Array => {
  const n = values.length;
  if (n < 20_000) return values.sort();
  let keys: Uint32Array = new Uint32Array(values.buffer, values.byteOffset, 2 * n);
  const own = keys;
  let spare: Uint32Array = new Uint32Array(2 * n);
  const counts = new Uint32Array(DIGITS * RADIX);
  for (let i = 0; i < 2 * n; i += 2) {
    let low = keys[i]!;
    let high = keys[i + 1]!;
    // Order-preserving bits: flip all of a negative number, the sign alone of a positive one.
    if (high & 0x80000000) {
      high = ~high >>> 0;
      low = ~low >>> 0;
    } else high = (high | 0x80000000) >>> 0;
    keys[i] = low;
    keys[i + 1] = high;
    counts[low & 2047]!++;
    counts[2048 + ((low >>> 11) & 2047)]!++;
    counts[4096 + ((low >>> 22) | ((high & 1) << 10))]!++;
    counts[6144 + ((high >>> 1) & 2047)]!++;
    counts[8192 + ((high >>> 12) & 2047)]!++;
    counts[10240 + (high >>> 23)]!++;
  }
  for (let digit = 0; digit < DIGITS; digit++) {
    const base = digit * RADIX;
    let sum = 0;
    let single = false;
    for (let k = base; k < base + RADIX; k++) {
      const count = counts[k]!;
      if (count === n) single = true;
      counts[k] = sum;
      sum += count;
    }
    if (single) continue;
    for (let i = 0; i < 2 * n; i += 2) {
      const low = keys[i]!;
      const high = keys[i + 1]!;
      const key =
        digit === 0
          ? low & 2047
          : digit === 1
            ? (low >>> 11) & 2047
            : digit === 2
              ? (low >>> 22) | ((high & 1) << 10)
              : digit === 3
                ? (high >>> 1) & 2047
                : digit === 4
                  ? (high >>> 12) & 2047
                  : high >>> 23;
      const at = counts[base + key]!++ << 1;
      spare[at] = low;
      spare[at + 1] = high;
    }
    const turned = keys;
    keys = spare;
    spare = turned;
  }
  for (let i = 0; i < 2 * n; i += 2) {
    const low = keys[i]!;
    const high = keys[i + 1]!;
    if (high & 0x80000000) {
      own[i] = low;
      own[i + 1] = (high & 0x7fffffff) >>> 0;
    } else {
      own[i] = ~low >>> 0;
      own[i + 1] = ~high >>> 0;
    }
  }
  return values;
};
