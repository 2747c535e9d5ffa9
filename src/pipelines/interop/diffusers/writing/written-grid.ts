import type { Settings } from '../../../../core/assembly/plain-json.js';
import { named, refuseSlot, type Fragment, type NamedUse } from './fragment.js';

const RULES: Readonly<Record<string, string>> = {
  karras: 'use_karras_sigmas',
  exponential: 'use_exponential_sigmas',
  beta: 'use_beta_sigmas',
  'lu-lambda': 'use_lu_lambdas',
};

/** Keys for the grid: how times are spaced, or the rule for sigmas, and where it ends. */
export function writtenGrid({ grid }: Fragment, className: string): Settings {
  return keysOf(grid.name === 'flip' ? named(grid.config['of'] as NamedUse) : grid, className);
}

function keysOf(grid: NamedUse, className: string): Settings {
  const { name, config } = grid;
  const final = endOf(config['final']);
  if (/^(EDM|Cosine)/.test(className)) return { sigma_schedule: name, rho: config['rho'], ...final };
  if (name === 'consistency') return { num_train_timesteps: config['trainLevels'], rho: config['rho'] };
  if (name === 'lcm') return { original_inference_steps: config['originalSteps'] };
  if (/^(FlowMatch|IPNDM|ScoreSde)/.test(className)) return flowKeys(grid);
  const rule = RULES[name];
  if (rule !== undefined && config['ends'] === undefined && name === 'exponential' && config['final'] === 'sigma-min')
    return { [rule]: true, ...final };
  if (rule !== undefined)
    return {
      [rule]: true,
      ...spacingOf(config['ends'] ?? 'linspace', config['offset']),
      ...{ sigma_min: config['sigmaMin'], sigma_max: config['sigmaMax'] },
      ...final,
    };
  if (!['linspace', 'leading', 'trailing'].includes(name)) refuseSlot('grid', grid, 'a spacing or a rule for sigmas');
  return { ...spacingOf(name, config['offset']), lambda_min_clipped: config['lambdaMin'], ...final };
}

function endOf(final: unknown): Settings {
  return final === undefined || final === 'zero' ? {} : { final_sigmas_type: 'sigma_min' };
}

function spacingOf(timestep_spacing: unknown, steps_offset: unknown): Settings {
  return { timestep_spacing, steps_offset };
}

function flowKeys({ name, config }: NamedUse): Settings {
  const rule = RULES[name];
  const terminal = { shift_terminal: config['shiftTerminal'] ?? config['sigmaMin'] };
  return rule === undefined || config['coordinate'] !== 'sigma' ? terminal : { [rule]: true, ...terminal };
}
