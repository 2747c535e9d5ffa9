/**
 * One point of a path `x = alpha * x0 + sigma * noise`, in plain doubles.
 *
 * Laws: `lambda = ln(alpha / sigma)` (half log-SNR; Lu et al. 2022, "DPM-Solver", section 2.1), `Infinity` where
 * `sigma` is 0 and `-Infinity` where `alpha` is 0. `t` is the schedule's own time and grows with noise.
 */
export interface NoiseLevel {
  readonly t: number;
  readonly alpha: number;
  readonly sigma: number;
  readonly lambda: number;
}
