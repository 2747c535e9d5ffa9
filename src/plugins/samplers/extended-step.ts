/** Points of the rectangle rule, as the authors' program has them. */
const POINTS = 200;

/** A step of the extended reverse-time SDE, in `x / alpha`. */
export interface ExtendedStep {
  /** Factor of the sample. */
  readonly kept: number;
  /** Factors of the estimates of the clean sample, in the order of their places. */
  readonly weights: readonly number[];
  /** Standard deviation of the fresh noise. */
  readonly fresh: number;
}

/**
 * The step from `s` to a smaller one, with the estimates that are known at up to three places, the first of them `s` (Cui
 * et al. 2023, algorithms 1 to 3). The derivatives of the estimate are divided differences, the second as the authors'
 * program has it.
 */
export function extendedStep(
  [s, next]: readonly [s: number, next: number],
  [, before, earlier]: readonly number[],
): ExtendedStep {
  const kept = Math.exp(logScale(next) - logScale(s));
  const fresh = Math.sqrt(Math.max(0, next ** 2 - (s * kept) ** 2));
  const width = next - s;
  const plain = 1 - kept;
  if (before === undefined) return { kept, weights: [plain], fresh };
  const [ofSlope, ofBend] = integrals(s, next);
  const slope = (width + ofSlope) / (s - before);
  if (earlier === undefined) return { kept, weights: [plain + slope, -slope], fresh };
  const bend = (width ** 2 / 2 + ofBend) / ((s - earlier) / 2);
  const [now, then] = [bend / (s - before), bend / (before - earlier)];
  return { kept, weights: [plain + slope + now, -slope - now - then, then], fresh };
}

/** ln of the noise scale `s (exp(s^0.3) + 10)`, of which only ratios matter: for large s the exponential would overflow. */
function logScale(s: number): number {
  const power = s ** 0.3;
  return Math.log(s) + power + Math.log1p(10 * Math.exp(-power));
}

/** `scale(next)` times the integrals of `1 / scale` and of `(u - s) / scale` from `next` to `s`. */
function integrals(s: number, next: number): readonly [slope: number, bend: number] {
  const width = (s - next) / POINTS;
  let [slope, bend] = [0, 0];
  for (let i = 0; i < POINTS; i++) {
    const u = next + i * width;
    const share = Math.exp(logScale(next) - logScale(u)) * width;
    slope += share;
    bend += (u - s) * share;
  }
  return [slope, bend];
}
