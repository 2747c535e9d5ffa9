/** The value at `x` of straight lines between points whose `xs` rise; beyond the ends, the value of the end. */
export function interpolated(xs: readonly number[], ys: readonly number[], x: number): number {
  const last = xs.length - 1;
  if (!(x > (xs[0] as number))) return ys[0] as number;
  if (x >= (xs[last] as number)) return ys[last] as number;
  const above = xs.findIndex((at) => at > x);
  const [from, to] = [xs[above - 1] as number, xs[above] as number];
  const [low, high] = [ys[above - 1] as number, ys[above] as number];
  return low + ((x - from) / (to - from)) * (high - low);
}
