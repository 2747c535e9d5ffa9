import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Sampler, SamplerState, StepDecision, StepContext, StepPosition } from '../contracts/sampler.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/** The way of one run through its levels: those of the grid, those that its sampler puts in their place, or found as it goes. */
export class Route {
  /** The levels that the run visits; of an adaptive sampler those of the grid, from where it began. */
  readonly levels: readonly NoiseLevel[];
  readonly #sampler: Sampler;
  readonly #level: StepContext['level'];
  /** Steps that were taken before the first of these levels, and in all. */
  readonly #before: number;
  #taken: number;
  #from: NoiseLevel;
  #callsFrom: readonly number[] | undefined;

  /** A route from the first level of the grid, after some steps of other samplers. */
  constructor(sampler: Sampler, grid: readonly NoiseLevel[], level: StepContext['level'], before = 0) {
    this.levels = Object.freeze(ownLevels(sampler, grid, level));
    this.#sampler = sampler;
    this.#level = level;
    this.#before = before;
    this.#taken = before;
    this.#from = this.levels[0] as NoiseLevel;
  }

  /** The step to try from a state; `undefined` at the end of the run. */
  next(state: SamplerState): StepPosition | undefined {
    const { stepSize } = this.#sampler;
    if (stepSize === undefined) return this.#planned(this.#taken);
    const [index, from] = [this.#taken, this.#from];
    const to = stepSize.next(state, { from, levels: this.levels, level: this.#level });
    return to && Object.freeze({ index, count: index + 1, from, to });
  }

  /** Whether the sampler finds its levels as it goes, and judges each step. */
  get adaptive(): boolean {
    return this.#sampler.stepSize !== undefined;
  }

  /** Whether a step leads to the last level. */
  isLast({ index, count, to }: StepPosition): boolean {
    return index + 1 === count && to.lambda === this.levels.at(-1)?.lambda;
  }

  /** Goes on after a step that nobody judges: it is taken, `true`. */
  take({ index, to }: StepPosition): true {
    [this.#taken, this.#from] = [index + 1, to];
    return true;
  }

  /** Judges a step that was tried by what was measured of it, and goes on where it is taken. */
  accept(step: StepPosition, tried: SamplerState, measured: readonly number[]): StepDecision {
    const decision = this.#sampler.stepSize?.accept(tried, measured, step) ?? { state: tried, accepted: true };
    if (decision.accepted) this.take(step);
    return decision;
  }

  /** Steps of the run, and network calls from here on; of an adaptive sampler those that are certain. */
  known(state: SamplerState): { readonly count: number; readonly calls: number } {
    if (this.#sampler.stepSize === undefined) {
      this.#callsFrom ??= this.#plannedCalls();
      const count = this.#before + this.levels.length - 1;
      return { count, calls: this.#callsFrom[this.#taken - this.#before] ?? 0 };
    }
    const next = this.next(state);
    return next === undefined ? { count: this.#taken, calls: 0 } : { count: next.count, calls: this.#callsOf(next) };
  }

  /** The levels that are left, the one where the run stands first; of an adaptive sampler those of the grid. */
  get ahead(): readonly NoiseLevel[] {
    const { lambda } = this.#from;
    if (this.#sampler.stepSize === undefined) return this.levels.slice(this.#taken - this.#before);
    return [this.#from, ...this.levels.filter((level) => level.lambda > lambda)];
  }

  /** The rest of the way for another sampler. */
  swapped(sampler: Sampler): Route {
    return new Route(sampler, this.ahead, this.#level, this.#taken);
  }

  #callsOf(step: StepPosition): number {
    return this.#sampler.calls?.(step) ?? 1;
  }

  /** Network calls from each of the levels on. */
  #plannedCalls(): readonly number[] {
    const left = this.levels.map(() => 0);
    for (let at = this.levels.length - 2; at >= 0; at--)
      left[at] = (left[at + 1] ?? 0) + this.#callsOf(this.#planned(this.#before + at) as StepPosition);
    return left;
  }

  #planned(index: number): StepPosition | undefined {
    const at = index - this.#before;
    const [from, to, after] = [this.levels[at], this.levels[at + 1], this.levels[at + 2]];
    return from && to && Object.freeze({ index, count: this.#before + this.levels.length - 1, from, to, after });
  }
}

/** The levels that a sampler chooses in place of the grid's, if their ends are the grid's. */
function ownLevels(sampler: Sampler, grid: readonly NoiseLevel[], level: StepContext['level']): readonly NoiseLevel[] {
  const own = sampler.levels?.(grid, level) ?? grid;
  if (own[0]?.lambda === grid[0]?.lambda && own.at(-1)?.lambda === grid.at(-1)?.lambda) return [...own];
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the levels that the sampler chose do not lead from end to end of the grid',
    got: `${own.length} levels, from lambda ${own[0]?.lambda} to ${own.at(-1)?.lambda}`,
    expected: `from lambda ${grid[0]?.lambda} to ${grid.at(-1)?.lambda}`,
    fix: 'keep the first and the last level of the grid in `levels`',
  });
}
