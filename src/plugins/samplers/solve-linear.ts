/** The solution of a small system `matrix * x = right`, by elimination with the largest pivot. */
export function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? Number.NaN]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const ahead = rows.slice(column).map((row) => Math.abs(row[column] ?? 0));
    const pivot = column + ahead.indexOf(Math.max(...ahead));
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const top = rows[column] as number[];
    rows.forEach((row, i) => {
      if (i === column) return;
      const factor = (row[column] ?? 0) / (top[column] ?? Number.NaN);
      for (let k = column; k <= size; k++) row[k] = (row[k] ?? 0) - factor * (top[k] ?? 0);
    });
  }
  return rows.map((row, i) => (row[size] ?? Number.NaN) / (row[i] ?? Number.NaN));
}
