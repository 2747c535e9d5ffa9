/** Rows of numbers, one a sample. */
export type Rows = readonly Float64Array[];

/** A Gaussian that was fitted to some rows. */
interface Fit {
  readonly mean: readonly number[];
  readonly covariance: number[][];
}

/** Rotates pixels onto the principal components of some reference rows, the largest first. */
export function principalComponents(reference: Rows, count: number): (rows: Rows) => Rows {
  const { mean, covariance } = fitted(reference);
  const { values, vectors } = symmetricEigen(covariance);
  const largest = [...values.keys()].toSorted((a, b) => (values[b] ?? 0) - (values[a] ?? 0)).slice(0, count);
  return (rows) =>
    rows.map((row) =>
      Float64Array.from(largest, (k) =>
        mean.reduce((sum, m, i) => sum + ((row[i] ?? 0) - m) * (vectors[i]?.[k] ?? 0), 0),
      ),
    );
}

/**
 * Frechet distance of the Gaussians that are fitted to two sets of features (Heusel et al. 2017, equation 6):
 * `|m - m'|^2 + tr(C + C' - 2 sqrt(C C'))`.
 */
export function frechetDistance(a: Rows, b: Rows): number {
  const [first, second] = [fitted(a), fitted(b)];
  const root = squareRoot(first.covariance);
  const crossed = symmetricEigen(product(product(root, second.covariance), root)).values;
  const apart = first.mean.reduce((sum, m, i) => sum + (m - (second.mean[i] ?? 0)) ** 2, 0);
  const common = crossed.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return apart + trace(first.covariance) + trace(second.covariance) - 2 * common;
}

function fitted(rows: Rows): Fit {
  const width = rows[0]?.length ?? 0;
  const axes = Array.from({ length: width }, (_, i) => i);
  const mean = axes.map((i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length);
  const entry = (i: number, j: number): number =>
    rows.reduce((sum, row) => sum + ((row[i] ?? 0) - (mean[i] ?? 0)) * ((row[j] ?? 0) - (mean[j] ?? 0)), 0);
  return { mean, covariance: axes.map((i) => axes.map((j) => entry(i, j) / (rows.length - 1))) };
}

function squareRoot(matrix: number[][]): number[][] {
  const { values, vectors } = symmetricEigen(matrix);
  const scaled = vectors.map((row) => row.map((value, k) => value * Math.sqrt(Math.max(0, values[k] ?? 0))));
  return product(scaled, vectors[0]?.map((_, k) => vectors.map((row) => row[k] ?? 0)) ?? []);
}

function product(a: number[][], b: number[][]): number[][] {
  return a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] ?? 0), 0)));
}

function trace(matrix: number[][]): number {
  return matrix.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
}

/** Eigenvalues and eigenvectors (columns) of a symmetric matrix by Jacobi's cyclic rotations. */
function symmetricEigen(matrix: number[][]): { readonly values: readonly number[]; readonly vectors: number[][] } {
  const a = matrix.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((_row, j) => (i === j ? 1 : 0)));
  const at = (i: number, j: number): number => a[i]?.[j] ?? 0;
  for (let sweep = 0; sweep < 12; sweep++)
    for (let p = 0; p < a.length; p++)
      for (let q = p + 1; q < a.length; q++) {
        if (Math.abs(at(p, q)) < 1e-14) continue;
        const angle = Math.atan2(2 * at(p, q), at(q, q) - at(p, p)) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (const rows of [a, vectors]) for (const row of rows) turn(row, p, q, c, s);
        const [rowP, rowQ] = [a[p], a[q]];
        if (rowP && rowQ)
          for (let k = 0; k < a.length; k++) {
            const [x, y] = [rowP[k] ?? 0, rowQ[k] ?? 0];
            [rowP[k], rowQ[k]] = [c * x - s * y, s * x + c * y];
          }
      }
  return { values: a.map((row, i) => row[i] ?? 0), vectors };
}

function turn(row: number[], p: number, q: number, c: number, s: number): void {
  const [x, y] = [row[p] ?? 0, row[q] ?? 0];
  [row[p], row[q]] = [c * x - s * y, s * x + c * y];
}
