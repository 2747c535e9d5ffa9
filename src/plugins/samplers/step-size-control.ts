import { z } from 'zod';
import { nonNegative, positive, real } from '../../core/assembly/config-numbers.js';

/** Far above what makes a control stable. */
const MOST_COEFFICIENT = 10;

/** What the control of step sizes may be told: the coefficients of a PID controller, and when a step is good enough. */
export const pidConfig = z.strictObject({
  pCoeff: real(MOST_COEFFICIENT).default(0).describe('proportional coefficient of the step size control'),
  iCoeff: nonNegative(MOST_COEFFICIENT).default(1).describe('integral coefficient'),
  dCoeff: real(MOST_COEFFICIENT).default(0).describe('derivative coefficient'),
  acceptSafety: positive(MOST_COEFFICIENT)
    .default(0.81)
    .describe('least factor of the next width at which a step is taken'),
});

/** What the control remembers: the next width, and the inverse errors of the last two steps that were taken. */
export interface PidState {
  readonly h: number;
  readonly inverse1: number | undefined;
  readonly inverse2: number | undefined;
}

/** What the control says of a step. */
export interface Control {
  readonly accepts: boolean;
  /** What it remembers next, by whether the step is taken. */
  readonly next: (taken: boolean) => PidState;
}

/** Keeps the inverse of an error finite. */
const LEAST_ERROR = 1e-8;

/**
 * PID control of step sizes with a smooth limiter (Soderlind 2003, "Digital filters in adaptive time-stepping"; the
 * coefficients as k-diffusion and torchsde have them). The width grows or shrinks by `1 + atan(product - 1)`, between
 * 0.2 and 2.6.
 */
export function controlled(
  { h, inverse1, inverse2 }: PidState,
  error: number,
  { pCoeff, iCoeff, dCoeff, acceptSafety, order }: z.output<typeof pidConfig> & { readonly order: number },
): Control {
  const inverse = 1 / (error + LEAST_ERROR);
  const [before, earlier] = [inverse1 ?? inverse, inverse2 ?? inverse];
  const powers = [(pCoeff + iCoeff + dCoeff) / order, -(pCoeff + 2 * dCoeff) / order, dCoeff / order] as const;
  const factor = 1 + Math.atan(inverse ** powers[0] * before ** powers[1] * earlier ** powers[2] - 1);
  return {
    accepts: factor >= acceptSafety,
    next: (taken) => ({
      h: h * factor,
      inverse1: taken ? inverse : before,
      inverse2: taken ? before : earlier,
    }),
  };
}
