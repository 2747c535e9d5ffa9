import type { Use } from '../../../../core/assembly/recipe.js';
import { readPrediction, type PredictionType } from '../prediction.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSigmaSpaceGrid, type SigmaSpaceKeys } from '../sigma-space-grid.js';
import { startingAtSigma } from '../sigma-start.js';
import { use } from '../use.js';
import { COMMON_SCHEDULES, readVpSchedule } from '../vp-schedule.js';

const [TWO, THREE] = [
  ['epsilon', 'v_prediction'],
  ['epsilon', 'v_prediction', 'sample'],
] as const satisfies readonly (readonly PredictionType[])[];
/** The betas of Stable Diffusion, which some classes have as their default. */
const STABLE = { betaStart: 0.00085, betaEnd: 0.012 };

/** `EulerAncestralDiscreteScheduler`. */
export function readEulerAncestral(file: SchedulerFile): SchedulerParts {
  return {
    schedule: startingAtSigma(file, readVpSchedule(file.config, { zeroSnr: 'tiny' })),
    grid: readSigmaSpaceGrid(file),
    sampler: use('euler-ancestral'),
    parameterization: readPrediction(file.config, TWO),
  };
}

/** `HeunDiscreteScheduler`. */
export function readHeun(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const range = config.flag('clip_sample', false) ? config.number('clip_sample_range', 1, { min: 0 }) : undefined;
  return {
    schedule: startingAtSigma(file, readVpSchedule(config, { ...STABLE, known: [...COMMON_SCHEDULES, 'exp'] })),
    grid: readSigmaSpaceGrid(file, { rules: true, times: true }),
    sampler: use('heun'),
    parameterization: readPrediction(config, THREE),
    ...(range === undefined ? {} : { clip: { range } }),
  };
}

/** `KDPM2DiscreteScheduler`. */
export function readKdpm2(file: SchedulerFile): SchedulerParts {
  return ruled(file, use('dpm2'), TWO, { ...STABLE, wholeKarrasTimes: true });
}

/** `KDPM2AncestralDiscreteScheduler`. */
export function readKdpm2Ancestral(file: SchedulerFile): SchedulerParts {
  return ruled(file, use('dpm2-ancestral'), TWO, { ...STABLE, wholeKarrasTimes: true });
}

/** `LMSDiscreteScheduler`. */
export function readLms(file: SchedulerFile): SchedulerParts {
  const order = file.step.integer('order', 4, { min: 1, max: 4 });
  return ruled(file, use('lms', { order: order === 4 ? undefined : order }), THREE, { ownKarrasRange: true });
}

/** `DPMSolverSDEScheduler`. The seed of its noise is that of the request. */
export function readDpmSolverSde(file: SchedulerFile): SchedulerParts {
  const noiseScale = file.step.number('s_noise', 1, { min: 0 });
  return ruled(file, use('dpmpp-sde', { noiseScale: noiseScale === 1 ? undefined : noiseScale }), TWO, {
    ...STABLE,
    ownKarrasRange: true,
  });
}

function ruled(
  file: SchedulerFile,
  sampler: Use,
  predictions: readonly PredictionType[],
  { betaStart, betaEnd, ...keys }: SigmaSpaceKeys & { readonly betaStart?: number; readonly betaEnd?: number } = {},
): SchedulerParts {
  return {
    schedule: startingAtSigma(
      file,
      readVpSchedule(file.config, {
        ...(betaStart === undefined ? {} : { betaStart }),
        ...(betaEnd === undefined ? {} : { betaEnd }),
      }),
    ),
    grid: readSigmaSpaceGrid(file, { rules: true, ...keys }),
    sampler,
    parameterization: readPrediction(file.config, predictions),
  };
}
