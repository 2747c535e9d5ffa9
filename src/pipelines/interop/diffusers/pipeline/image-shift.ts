import type { Settings } from '../../../../core/assembly/plain-json.js';
import type { AskedTimes } from './pipeline-files.js';

/** What the times of a run depend on. */
interface ShiftOptions {
  /** Pixels of a picture along a patch, and along a picture that says no size. */
  readonly patch: number;
  readonly size: number;
  /** Largest shift, where the scheduler says none. */
  readonly maxShift: number;
  /** Whether the levels are `1 … 1 / steps`, before they are shifted, and not those of the scheduler. */
  readonly isEven?: boolean;
}

/**
 * Arguments of `set_timesteps` of a transformer on the flow path: a shift that grows with the patches of a picture, where the
 * scheduler asks for it (Esser et al. 2024, section 5.3.2; diffusers' `calculate_shift`).
 */
export function dynamicShift({ patch, size, maxShift, isEven = false }: ShiftOptions) {
  return (scheduler: Settings, { steps, height = size, width = size }: AskedTimes): Settings => {
    const patches = Math.floor(height / patch) * Math.floor(width / patch);
    const said = (key: string, absent: number): number => Number(scheduler[key] ?? absent);
    const [few, many] = [said('base_image_seq_len', 256), said('max_image_seq_len', 4096)];
    const [low, high] = [said('base_shift', 0.5), said('max_shift', maxShift)];
    const slope = (high - low) / (many - few);
    const shifted = scheduler['use_dynamic_shifting'] === true ? { mu: patches * slope + low - slope * few } : {};
    if (!isEven || scheduler['use_flow_sigmas'] === true) return shifted;
    const last = 1 / steps;
    const step = steps === 1 ? 0 : (last - 1) / (steps - 1);
    return {
      ...shifted,
      sigmas: Array.from({ length: steps }, (_, at) => (at === steps - 1 && at > 0 ? last : 1 + at * step)),
    };
  };
}
