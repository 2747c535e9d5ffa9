/**
 * Weights `w` by which `sum of w[i] * f(places[i])` is the integral over `s`, from `places[0]` to `end`, of the polynomial
 * in `ln s` that goes through `f` at the places (up to three of them; `end` may be 0).
 */
export function logPlaceWeights(places: readonly number[], end: number): readonly number[] {
  const logs = places.map(Math.log);
  const [start = 0] = places;
  return logs.map((own, of) => {
    const others = logs.filter((_, other) => other !== of);
    const scale = others.reduce((product, other) => product * (own - other), 1);
    return (antiderivative(others, end) - antiderivative(others, start)) / scale;
  });
}

/** Antiderivative over `s` of the product of `ln s - root`: by parts, `s (P - P' + P'')`; 0 at 0. */
function antiderivative(roots: readonly number[], s: number): number {
  if (s === 0) return 0;
  const [first, second] = roots.map((root) => Math.log(s) - root);
  if (first === undefined) return s;
  if (second === undefined) return s * (first - 1);
  return s * (first * second - (first + second) + 2);
}
