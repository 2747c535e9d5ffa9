import type { Branch, Guidance, GuidanceContext, GuidanceState } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';

/** When and how earlier readings stand for new ones. */
export interface Reuse {
  /** Readings are reused while the input has changed less than this since they were made, as a share of its size. */
  readonly threshold: number;
  /** 0 holds what was read, 1 goes on along the line through the last two. */
  readonly order: 0 | 1;
}

/**
 * A guidance that answers from the readings that it remembers where the input has changed little since they were made:
 * then it asks for no branch, and the network is not called. Each branch has its own memory. What is held is the velocity
 * `noise - denoised`; estimate and noise follow from it and from the `x` of now. How far the input has changed is taken from
 * the levels, for data of unit variance: it is the same for all samples of a batch, and nothing is read back for it.
 */
export function reusing(inner: Guidance, { threshold, order }: Reuse): Guidance {
  const asked = (...[level, live, memory]: Parameters<Guidance['branches']>): readonly Branch[] =>
    inner.branches(level, live, memory && innerState(memory));
  return {
    ...inner,
    branches: (level, live, memory) => {
      const branches = asked(level, live, memory);
      if (memory === undefined || !isNear(memory, level, threshold)) return branches;
      return branches.every(({ name }) => memory[velocityKey(name)] !== undefined) ? [] : branches;
    },
    init: () => kept(inner.init(), {}),
    combine(state, ctx) {
      const isRead = Object.keys(ctx.readings).length > 0;
      const readings = isRead ? ctx.readings : recalledReadings(state, ctx, order);
      const [next, result] = inner.combine(innerState(state), { ...ctx, readings });
      return [kept(next, isRead ? memoryOf(state, ctx) : outerState(state)), result];
    },
  };
}

const INNER = 'of:';
const velocityKey = (name: string): string => `velocity:${name}`;
const earlierKey = (name: string): string => `earlier:${name}`;
const varianceKey = (name: string): string => `variance:${name}`;

/** Whether the input at a level is near that at the level of the last readings. */
function isNear({ alpha, sigma }: GuidanceState, level: NoiseLevel, threshold: number): boolean {
  if (typeof alpha !== 'number' || typeof sigma !== 'number') return false;
  return Math.hypot(level.alpha - alpha, level.sigma - sigma) < threshold * Math.hypot(alpha, sigma);
}

/** The share of noise: the coordinate in which velocities are extrapolated. */
function shareOf({ alpha, sigma }: { readonly alpha: number; readonly sigma: number }): number {
  return sigma / (alpha + sigma);
}

/** What is remembered of the readings of a call, and of those before. */
function memoryOf(state: GuidanceState, { combine, readings, level }: GuidanceContext): GuidanceState {
  const { alpha, sigma } = level;
  const [before, share] = [state['share'], shareOf(level)];
  const memory: Record<string, Vector | number | undefined> = { alpha, sigma, share };
  // Several calls at one level are places of one point: no line goes through them.
  if (before !== share) memory['earlierShare'] = before;
  for (const [name, { denoised, noise, variance }] of Object.entries(readings)) {
    memory[velocityKey(name)] = combine([1, noise], [-1, denoised]);
    if (before !== share) memory[earlierKey(name)] = state[velocityKey(name)];
    if (variance !== undefined) memory[varianceKey(name)] = variance;
  }
  return memory;
}

/** The readings of the `x` of now that the remembered velocities mean. */
function recalledReadings(
  state: GuidanceState,
  { combine, level, x }: GuidanceContext,
  order: 0 | 1,
): Readonly<Record<string, Denoised>> {
  const { alpha, sigma } = level;
  const [share, earlierShare] = [state['share'], state['earlierShare']];
  const known = order === 1 && typeof share === 'number' && typeof earlierShare === 'number';
  const ahead = known ? (shareOf(level) - share) / (share - earlierShare) : 0;
  const names = Object.keys(state).filter((key) => key.startsWith(velocityKey('')));
  return Object.fromEntries(
    names.map((key) => {
      const name = key.slice(velocityKey('').length);
      const [now, before, variance] = [state[key], state[earlierKey(name)], state[varianceKey(name)]];
      const held = now as Vector;
      const velocity = ahead !== 0 && typeof before === 'object' ? combine([1 + ahead, held], [-ahead, before]) : held;
      const denoised = combine([1 / (alpha + sigma), x], [-sigma / (alpha + sigma), velocity]);
      const noise = combine([1, denoised], [1, velocity]);
      return [name, typeof variance === 'object' ? { denoised, noise, variance } : { denoised, noise }];
    }),
  );
}

function kept(inner: GuidanceState, outer: GuidanceState): GuidanceState {
  return { ...Object.fromEntries(Object.entries(inner).map(([key, value]) => [INNER + key, value])), ...outer };
}

function innerState(state: GuidanceState): GuidanceState {
  const own = Object.entries(state).filter(([key]) => key.startsWith(INNER));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(INNER.length), value]));
}

function outerState(state: GuidanceState): GuidanceState {
  return Object.fromEntries(Object.entries(state).filter(([key]) => !key.startsWith(INNER)));
}
