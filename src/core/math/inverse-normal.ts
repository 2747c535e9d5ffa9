/**
 * The number that a standard normal variable stays below with probability `p` in (0, 1): bisection on the error
 * function's series would be slow, so a rational start (Abramowitz & Stegun 26.2.23) is refined by Newton's method.
 */
export function inverseNormal(p: number): number {
  const tail = Math.min(p, 1 - p);
  if (tail <= 0) return p < 0.5 ? -Infinity : Infinity;
  const t = Math.sqrt(-2 * Math.log(tail));
  let x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 4; i++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    if (density === 0) break;
    x += (upperTail(x) - tail) / density;
  }
  return p < 0.5 ? -x : x;
}

/** P(X > x) for x >= 0, by the continued fraction for large x and the series of the error function for small x. */
function upperTail(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > 3) {
    let fraction = x;
    for (let k = 60; k >= 1; k--) fraction = x + k / fraction;
    return density / fraction;
  }
  let [term, sum] = [x, x];
  for (let k = 1; k < 80; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 - density * sum;
}
