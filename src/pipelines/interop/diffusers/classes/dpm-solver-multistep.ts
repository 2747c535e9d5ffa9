import type { Use } from '../../../../core/assembly/recipe.js';
import { refuseScheduler } from '../refuse.js';
import { endsAtZero } from '../lambda-grid.js';
import { multistepParts, readLowerOrderFinal, type MultistepKeys } from '../multistep-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSiblingName } from '../solver-names.js';
import { use } from '../use.js';

const ALGORITHMS = ['dpmsolver++', 'dpmsolver', 'sde-dpmsolver++', 'sde-dpmsolver'] as const;

/** Forms of the DPM-Solver. */
export type Algorithm = (typeof ALGORITHMS)[number];

const KEYS: MultistepKeys = {
  ...{ spaced: true, lu: true, times: true, clipped: true, zeroSnr: true, dynamic: true, cosineCutOff: true },
  ...{ final: 'said', ruleFinal: 'append-sigma-min' },
};

/** `DPMSolverMultistepScheduler`. */
export function readDpmSolverMultistep(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const algorithm = readSiblingName(config, 'algorithm_type', ALGORITHMS, ['deis']);
  const form = algorithm.endsWith('++') ? 'x0' : 'noise';
  if (form === 'noise' && endsAtZero(file, KEYS)) refuseEnd(algorithm);
  return multistepParts(file, multistepSampler(file, algorithm), KEYS, form);
}

/** The sampler of a multistep class: order, form, and what it does in the last steps. */
export function multistepSampler(file: SchedulerFile, algorithm: Algorithm): Use {
  const { config } = file;
  const order = config.integer('solver_order', 2, { min: 1, max: 3 });
  const solver = readSolver(file);
  if (order === 3) return thirdOrder(file, algorithm, solver);
  const steadied = readLowerOrderFinal(file) || config.flag('euler_at_final', false);
  const finalOrder = steadied ? 1 : undefined;
  if (algorithm === 'dpmsolver++') return order === 1 ? 'ddim' : use('dpmpp-2m', { solver, finalOrder });
  if (algorithm === 'dpmsolver')
    return use('dpm-solver', { order, solver, eulerAtFinal: steadied && order > 1 ? true : undefined });
  if (algorithm === 'sde-dpmsolver') return use('sde-dpm-solver', { order, solver, finalOrder });
  return order === 1 ? use('ddim', { eta: 1 }) : use('dpmpp-2m-sde', { solver, finalOrder });
}

/** `solver_type`; `undefined` for the default. */
export function readSolver({ config }: SchedulerFile): 'heun' | undefined {
  const solver = readSiblingName(config, 'solver_type', ['midpoint', 'heun'], ['logrho', 'bh1', 'bh2']);
  return solver === 'heun' ? solver : undefined;
}

function thirdOrder(file: SchedulerFile, algorithm: Algorithm, solver: 'heun' | undefined): Use {
  const { config } = file;
  const settings = {
    solver: solver ?? 'midpoint',
    lowerOrderFinal: readLowerOrderFinal(file) ? true : undefined,
    eulerAtFinal: config.flag('euler_at_final', false) ? true : undefined,
    thirdOrderFactor: file.repeats('third-order-factor') ? 'half' : undefined,
  };
  if (algorithm === 'sde-dpmsolver') refuseOrder();
  if (algorithm === 'sde-dpmsolver++') {
    const sdeThirdOrderSign = file.repeats('sde-third-order-sign') ? 'flipped' : undefined;
    return use('dpmpp-3m-sde', { ...settings, sdeThirdOrderSign });
  }
  const start = file.repeats('first-order-start') ? 'first-order' : undefined;
  return algorithm === 'dpmsolver'
    ? use('dpm-solver', { order: 3, ...settings, start })
    : use('dpmpp-3m', { ...settings, start });
}

function refuseOrder(): never {
  return refuseScheduler({
    problem: 'the noise form on the SDE has no third order',
    got: 'algorithm_type sde-dpmsolver with solver_order 3',
    expected: 'solver_order 1 or 2',
    fix: 'lower the order, or choose sde-dpmsolver++',
  });
}

/** Refuses an end without noise, where the form in noise has no value. */
export function refuseEnd(algorithm: Algorithm): never {
  return refuseScheduler({
    problem: 'the form in noise cannot end without noise',
    got: `algorithm_type ${algorithm} with final_sigmas_type zero`,
    expected: 'final_sigmas_type sigma_min',
    fix: 'set final_sigmas_type to sigma_min, or choose dpmsolver++',
  });
}
