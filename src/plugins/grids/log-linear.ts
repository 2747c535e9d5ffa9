/** `count` numbers between the first and the last of a falling table, straight lines of their logarithms between its entries. */
export function logLinear(table: readonly number[], count: number): number[] {
  const last = table.length - 1;
  return Array.from({ length: count }, (_, i) => {
    const place = (i * last) / Math.max(1, count - 1);
    const below = Math.min(Math.floor(place), last - 1);
    const [from, to] = [table[below] as number, table[below + 1] as number];
    return Math.exp(Math.log(from) + (place - below) * Math.log(to / from));
  });
}
