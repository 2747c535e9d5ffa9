import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Rows of numbers, one a sample. */
export type Rows = readonly Float64Array[];

/** A Gaussian that was fitted to some rows. */
interface Fit {
  /** One row. */
  readonly mean: Matrix;
  readonly covariance: Matrix;
}

/** Rotates pixels onto the principal components of some reference rows, the largest first. */
export function principalComponents(reference: Rows, count: number): (rows: Rows) => Rows {
  const { mean, covariance } = fitted(reference);
  const { realEigenvalues, eigenvectorMatrix } = symmetricEigen(covariance);
  const order = [...realEigenvalues.keys()].toSorted((a, b) => (realEigenvalues[b] ?? 0) - (realEigenvalues[a] ?? 0));
  const axes = eigenvectorMatrix.subMatrixColumn(order.slice(0, count));
  return (rows) =>
    matrixOf(rows)
      .subRowVector(mean.to1DArray())
      .mmul(axes)
      .to2DArray()
      .map((row) => Float64Array.from(row));
}

/**
 * Frechet distance of the Gaussians that are fitted to two sets of features (Heusel et al. 2017, equation 6):
 * `|m - m'|^2 + tr(C + C' - 2 sqrt(C C'))`.
 */
export function frechetDistance(a: Rows, b: Rows): number {
  const [first, second] = [fitted(a), fitted(b)];
  const root = squareRoot(first.covariance);
  const crossed = symmetricEigen(root.mmul(second.covariance).mmul(root)).realEigenvalues;
  const apart = Matrix.sub(first.mean, second.mean).norm() ** 2;
  const common = crossed.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return apart + first.covariance.trace() + second.covariance.trace() - 2 * common;
}

function fitted(rows: Rows): Fit {
  const matrix = matrixOf(rows);
  const mean = matrix.mean('column');
  const centred = matrix.subRowVector(mean);
  const covariance = centred
    .transpose()
    .mmul(centred)
    .div(rows.length - 1);
  return { mean: Matrix.rowVector(mean), covariance };
}

function squareRoot(matrix: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = symmetricEigen(matrix);
  const roots = Matrix.diag(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
  return eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose());
}

const symmetricEigen = (matrix: Matrix): EigenvalueDecomposition =>
  new EigenvalueDecomposition(matrix, { assumeSymmetric: true });

const matrixOf = (rows: Rows): Matrix => new Matrix(rows.map((row) => [...row]));
