import { readFlowMatchGrid } from '../flow-match-grid.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { use } from '../use.js';

/** `LTXEulerAncestralRFScheduler`: Euler on the flow path to below the next level, then fresh noise up to it. */
export function readLtxEulerAncestral(file: SchedulerFile): SchedulerParts {
  const { config, setTimesteps } = file;
  const positive = { min: 0 };
  const [eta, noiseScale] = [config.number('eta', 1, { min: 0, max: 1 }), config.number('s_noise', 1, positive)];
  const listed = setTimesteps.numbers('sigmas') ?? setTimesteps.numbers('timesteps');
  if (listed !== undefined)
    setTimesteps.refuse(
      'sigmas',
      'no list',
      'fill the slot grid with custom and its sigmas, without the 0 at their end',
    );
  return { ...readFlowMatchGrid(file), sampler: use('flow-euler-ancestral', { eta, noiseScale }) };
}

/** `MiniMaxH3Scheduler`: Euler on a shifted flow path, told the share of signal, with one call fewer than asked for. */
export function readMiniMaxH3(file: SchedulerFile): SchedulerParts {
  const { config, setTimesteps } = file;
  const shift = config.number('shift', 12, { min: Number.MIN_VALUE });
  const calls = file.steps - 1;
  if (calls < 1 || setTimesteps.numbers('sigmas') !== undefined)
    setTimesteps.refuse('sigmas', 'no list, and two steps or more', 'fill the slot grid with custom and its sigmas');
  const sigmas = Array.from({ length: calls }, (_, i) => 1 - i / calls).map((t) => (shift * t) / (1 + (shift - 1) * t));
  return {
    schedule: 'flow',
    grid: use('custom', { sigmas, coordinate: 'sigma' }),
    sampler: 'flow-euler',
    parameterization: use('flow', { time: 'alpha', negated: true }),
    steps: calls,
  };
}
