/**
 * Cholesky factor L (row-major, lower) of a symmetric positive definite matrix, or the index of the first column that
 * the ones before it determine: where less than `tolerance` of a column's own length is left.
 */
export const cholesky = (matrix: Float64Array, n: number, tolerance = 1e-11): Float64Array | number => {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!;
      if (i !== j) factor[i * n + j] = sum / factor[j * n + j]!;
      else if (sum > tolerance * matrix[i * n + i]!) factor[i * n + i] = Math.sqrt(sum);
      else return i;
    }
  }
  return factor;
};

/** Solves L Lᵀ x = b. */
export const solveCholesky = (factor: Float64Array, n: number, b: ArrayLike<number>): Float64Array => {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i * n + k]! * x[k]!;
    x[i]! /= factor[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= factor[k * n + i]! * x[k]!;
    x[i]! /= factor[i * n + i]!;
  }
  return x;
};

export const inverseOf = (factor: Float64Array, n: number): Float64Array => {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const unit = new Float64Array(n);
    unit[j] = 1;
    const column = solveCholesky(factor, n, unit);
    for (let i = 0; i < n; i++) inverse[i * n + j] = column[i]!;
  }
  return inverse;
};

export const multiply = (a: Float64Array, b: Float64Array, n: number): Float64Array => {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const value = a[i * n + k]!;
      if (value !== 0) for (let j = 0; j < n; j++) product[i * n + j]! += value * b[k * n + j]!;
    }
  return product;
};
