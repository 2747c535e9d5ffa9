import type { Figure } from '../figures.js';

/** A named table: its rows are figures. */
export interface Table {
  readonly name: string;
  readonly rows: readonly Figure[];
}

/** A row of figures, one column for each number of network calls. */
export function row(calls: readonly number[], values: readonly (number | undefined)[]): Figure {
  return Object.fromEntries(calls.map((count, i) => [`${count} calls`, inShort(values[i])]));
}

/** Two digits, or a dash where there is no figure. */
export function inShort(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 0.01 && value < 1000 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

/** In the order of the figures of a column, the best first. */
export function byColumn(rows: readonly Figure[], column: string): readonly Figure[] {
  const key = (figure: Figure): number => {
    const value = Number(figure[column]);
    return Number.isNaN(value) ? Infinity : value;
  };
  return rows.toSorted((a, b) => (key(a) === key(b) ? 0 : key(a) - key(b)));
}
