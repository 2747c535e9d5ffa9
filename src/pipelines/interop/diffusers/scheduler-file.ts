import { MOST } from '../../../core/assembly/config-numbers.js';
import type { Use } from '../../../core/assembly/recipe.js';
import type { Settings } from '../../../core/assembly/plain-json.js';
import type { DiffusersQuirk } from './quirks.js';
import { refuseScheduler, said } from './refuse.js';
import { SchedulerFields } from './scheduler-fields.js';

/** The plugins that a scheduler is, as slots of a recipe. */
export interface SchedulerPlugins {
  readonly schedule: Use;
  readonly grid: Use;
  readonly sampler: Use;
  readonly parameterization: Use;
}

/** How estimates are kept in range, as a recipe's `sample` settings say it. */
export type SchedulerClip =
  | { readonly range: number; readonly keepNoise?: boolean }
  | { readonly quantile: number; readonly max: number; readonly keepNoise?: boolean };

/** What a class makes of its config. */
export interface SchedulerParts extends SchedulerPlugins {
  readonly clip?: SchedulerClip | undefined;
  /** Steps of a run where they are not those of `SchedulerFile`. */
  readonly steps?: number;
}

/** What the reading of a scheduler depends on beside its config. */
export interface SchedulerOptions {
  /**
   * Number of steps that will be asked for; 50 (fewer for models of fewer training steps), or as many as there are `timesteps` or `sigmas`. Some classes do things
   * otherwise by the number of steps.
   */
  readonly steps?: number;
  /** What diffusers does otherwise and shall be repeated: all of it, or these. Nothing where absent. */
  readonly compatible?: 'diffusers' | readonly DiffusersQuirk[];
  /** Other arguments of `set_timesteps` there: `timesteps`, `sigmas`, `mu`, `strength`. */
  readonly setTimesteps?: Settings;
  /** Arguments of `step` there: `eta`, `s_churn`, `s_noise`, `order`, `use_clipped_model_output`. */
  readonly step?: Settings;
}

/** A scheduler's config and what it is read for. */
export class SchedulerFile {
  readonly config: SchedulerFields;
  readonly setTimesteps: SchedulerFields;
  readonly step: SchedulerFields;
  /** Steps of a run: as asked, as many as there are levels of one's own, or 50. */
  readonly steps: number;
  /** Steps that were asked for. */
  readonly asked: number | undefined;
  readonly #compatible: SchedulerOptions['compatible'];
  readonly #shown = new Set<DiffusersQuirk>();

  constructor(config: Settings, { steps, compatible = [], setTimesteps = {}, step = {} }: SchedulerOptions) {
    this.config = new SchedulerFields(config);
    this.setTimesteps = new SchedulerFields(setTimesteps, 'set_timesteps ');
    this.step = new SchedulerFields(step, 'step ');
    this.asked = steps;
    this.steps = checkedSteps(
      steps ?? lengthOf(setTimesteps['timesteps'] ?? setTimesteps['sigmas']) ?? defaultSteps(config),
    );
    this.#compatible = compatible;
  }

  /** Quirks that this config shows in diffusers. */
  get shown(): readonly DiffusersQuirk[] {
    return [...this.#shown];
  }

  /** Keys that have no effect. */
  get ignored(): readonly string[] {
    return [...this.config.ignored, ...this.setTimesteps.ignored, ...this.step.ignored];
  }

  /** Says that this config shows a quirk in diffusers; true where it is to be repeated. */
  repeats(quirk: DiffusersQuirk): boolean {
    // A run of one step that stays where it is would go nowhere.
    if (quirk === 'no-op-last-step' && this.steps === 1) return false;
    this.#shown.add(quirk);
    return this.#compatible === 'diffusers' || (this.#compatible?.includes(quirk) ?? false);
  }
}

/** 50, or as many as a model of fewer training steps can take one by one. */
function defaultSteps(config: Settings): number {
  const trained = config['_class_name'] === 'CMStochasticIterativeScheduler' ? 40 : 1000;
  const [train = trained, original = 50] = [config['num_train_timesteps'], config['original_inference_steps']].map(
    (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined),
  );
  return Math.max(1, Math.min(50, (lengthOf(config['trained_betas']) ?? train) - 1, original));
}

function lengthOf(list: unknown): number | undefined {
  return Array.isArray(list) ? list.length : undefined;
}

function checkedSteps(steps: number): number {
  if (Number.isSafeInteger(steps) && steps > 0 && steps <= MOST.steps) return steps;
  return refuseScheduler({
    problem: '`steps` is not a number of steps',
    got: said(steps),
    expected: `a whole number from 1 to ${MOST.steps}`,
    fix: 'give `steps`, the number of steps that the run will have',
  });
}
