/**
 * The number in [0, 1] that a variable with a beta distribution stays below with probability `p`: the inverse of the
 * regularised incomplete beta function, to a few units in the 15th digit. Newton's method, kept inside a bracket.
 */
export function inverseIncompleteBeta(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  // Where the answer is close to 1, its distance to 1 has the digits.
  if (p > incompleteBeta(0.5, a, b)) return 1 - lowerQuantile(1 - p, b, a);
  return lowerQuantile(p, a, b);
}

/** A quantile of at most 1/2. */
function lowerQuantile(p: number, a: number, b: number): number {
  const lnB = lnBeta(a, b);
  let [low, high] = [0, 1];
  let x = Math.min(0.5, Math.exp((Math.log(p) + Math.log(a) + lnB) / a));
  for (let i = 0; i < 100; i++) {
    const miss = incompleteBeta(x, a, b) - p;
    if (miss > 0) high = x;
    else low = x;
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - lnB);
    const newton = x - miss / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-16 * x) return next;
    x = next;
  }
  return x;
}

/** The regularised incomplete beta function I_x(a, b): the probability of staying below `x` (DLMF 8.17.2). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b)) / a;
  return front * continuedFraction(x, a, b);
}

/** The continued fraction of DLMF 8.17.22, by Lentz's method as Thompson and Barnett (1986) changed it. */
function continuedFraction(x: number, a: number, b: number): number {
  const kept = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / kept(1 + term * d);
      c = kept(1 + term / c);
      change *= d * c;
    }
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return fraction;
}

function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** ln of the gamma function for x > 0: Stirling's series (DLMF 5.11.1) after steps up to 12. */
function lnGamma(x: number): number {
  let [at, product] = [x, 1];
  while (at < 12) {
    product *= at;
    at += 1;
  }
  const series = STIRLING.reduceRight((sum, term) => term + sum / at ** 2, 0) / at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}
