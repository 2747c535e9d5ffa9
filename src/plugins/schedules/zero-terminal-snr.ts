/**
 * A table of alpha² whose last level is pure noise: alpha is shifted to 0 at the end and scaled so that its first value
 * stays (Lin et al. 2024, "Common diffusion noise schedules and sample steps are flawed", algorithm 1).
 *
 * @param terminal alpha² of the last level: 0, or a small number, which may lie above the value before it
 */
export function withZeroTerminalSnr(alphasCumprod: readonly number[], terminal: number): number[] {
  const alphas = alphasCumprod.map(Math.sqrt);
  const [first, last] = [alphas[0] ?? 1, alphas.at(-1) ?? 0];
  const final = alphas.length - 1;
  const rescaled = (i: number): number => ((((alphas[i] ?? 0) - last) * first) / (first - last)) ** 2;
  return alphas.map((_, i) => (i === final ? terminal : rescaled(i)));
}
