/** Nodes and weights of Gauss and Legendre's rule with three points on [-1, 1]: exact for polynomials up to degree 5. */
const RULE = [
  [-Math.sqrt(0.6), 5 / 9],
  [0, 8 / 9],
  [Math.sqrt(0.6), 5 / 9],
] as const;

/**
 * Weights `w` by which `sum of w[i] * f(places[i])` is the integral, from `places[0]` to `end`, of the polynomial that
 * goes through `f` at the places (up to six of them).
 */
export function lagrangeWeights(places: readonly number[], end: number): readonly number[] {
  const [start = 0] = places;
  const half = (end - start) / 2;
  const basis = (of: number, at: number): number =>
    places.reduce((product, place, other) => {
      if (other === of) return product;
      return (product * (at - place)) / ((places[of] ?? Number.NaN) - place);
    }, 1);
  return places.map((_, of) =>
    RULE.reduce((sum, [node, weight]) => sum + half * weight * basis(of, start + half * (1 + node)), 0),
  );
}
