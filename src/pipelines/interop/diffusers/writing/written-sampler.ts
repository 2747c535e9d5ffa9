import type { Settings } from '../../../../core/assembly/plain-json.js';
import { refuseSlot, type Fragment } from './fragment.js';

/** The class that a sampler is, its keys, and what its `step` has to be told. */
export interface WrittenSampler {
  readonly className: string;
  readonly keys: Settings;
  readonly step: Settings;
}

type Writer = (config: Settings, fragment: Fragment) => readonly [className: string, keys?: Settings, step?: Settings];

const onEdm = ({ schedule }: Fragment): boolean => schedule.name === 'edm';
const multistep = (fragment: Fragment): string =>
  onEdm(fragment) ? 'EDMDPMSolverMultistepScheduler' : inverse(fragment, 'DPMSolverMultistep');
const inverse = ({ grid }: Fragment, name: string): string =>
  `${name}${grid.name === 'flip' ? 'Inverse' : ''}Scheduler`;
const twoStep = ({ solver, finalOrder }: Settings): Settings => ({
  ...{ solver_order: 2, solver_type: solver, lower_order_final: false },
  euler_at_final: finalOrder === 1,
});
const threeStep = ({ solver, lowerOrderFinal = false, eulerAtFinal = false, order = 3 }: Settings): Settings => ({
  ...{ solver_order: order, solver_type: solver, lower_order_final: lowerOrderFinal, euler_at_final: eulerAtFinal },
});
const churn = ({ sChurn, sMin, sMax, noiseScale }: Settings): Settings => ({
  ...{ s_churn: sChurn, s_tmin: sMin, s_tmax: sMax, s_noise: noiseScale },
});

const WRITERS: Readonly<Record<string, Writer>> = {
  ddim: firstOrder,
  ddpm: ({ variance = 'fixed-small' }) => ['DDPMScheduler', { variance_type: VARIANCES[String(variance)] }],
  'ddim-inverse': () => ['DDIMInverseScheduler'],
  pndm: ({ rungeKutta = true }) => ['PNDMScheduler', { skip_prk_steps: rungeKutta === false }],
  ipndm: () => ['IPNDMScheduler'],
  euler: (config, fragment) => [onEdm(fragment) ? 'EDMEulerScheduler' : 'EulerDiscreteScheduler', {}, churn(config)],
  'euler-ancestral': () => ['EulerAncestralDiscreteScheduler'],
  heun: () => ['HeunDiscreteScheduler'],
  dpm2: () => ['KDPM2DiscreteScheduler'],
  'dpm2-ancestral': () => ['KDPM2AncestralDiscreteScheduler'],
  lms: ({ order }) => ['LMSDiscreteScheduler', {}, { order }],
  'dpmpp-sde': ({ noiseScale }) => ['DPMSolverSDEScheduler', {}, { s_noise: noiseScale }],
  'dpmpp-2m': (config, fragment) => [multistep(fragment), twoStep(config)],
  'dpmpp-3m': (config, fragment) => [multistep(fragment), threeStep(config)],
  'dpm-solver': (config, fragment) => [
    inverse(fragment, 'DPMSolverMultistep'),
    { ...threeStep(config), algorithm_type: 'dpmsolver' },
  ],
  'dpmpp-2m-sde': (config, fragment) =>
    fragment.parameterization.config['time'] === 'arctan'
      ? ['CosineDPMSolverMultistepScheduler', twoStep(config)]
      : [multistep(fragment), { ...twoStep(config), algorithm_type: 'sde-dpmsolver++' }],
  'dpmpp-3m-sde': (config, fragment) => [
    multistep(fragment),
    { ...threeStep(config), algorithm_type: 'sde-dpmsolver++' },
  ],
  'sde-dpm-solver': (config, fragment) => [
    multistep(fragment),
    { ...twoStep(config), solver_order: config['order'], algorithm_type: 'sde-dpmsolver' },
  ],
  'dpmpp-singlestep': ({ order, form = 'denoised', solver, lowerOrderFinal = false }) => [
    'DPMSolverSinglestepScheduler',
    {
      solver_order: order,
      solver_type: solver,
      lower_order_final: lowerOrderFinal,
      algorithm_type: FORMS[String(form)],
    },
  ],
  deis: ({ order, lowerOrderFinal = false }) => [
    'DEISMultistepScheduler',
    { solver_order: order, lower_order_final: lowerOrderFinal },
  ],
  unipc: ({ order, variant, form, lowerOrderFinal = false, disableCorrector }) => [
    'UniPCMultistepScheduler',
    {
      ...{ solver_order: order, solver_type: variant, lower_order_final: lowerOrderFinal },
      ...{ predict_x0: form === undefined ? undefined : form !== 'noise', disable_corrector: disableCorrector },
    },
  ],
  'sa-solver': ({ predictorOrder, correctorOrder, form, lowerOrderFinal = false }) => [
    'SASolverScheduler',
    {
      ...{ predictor_order: predictorOrder, corrector_order: correctorOrder, lower_order_final: lowerOrderFinal },
      algorithm_type: form === 'noise' ? 'noise_prediction' : 'data_prediction',
    },
  ],
  'predictor-corrector': ({ corrections, snr }) => ['ScoreSdeVeScheduler', { correct_steps: corrections, snr }],
  'flow-euler': () => ['FlowMatchEulerDiscreteScheduler'],
  'flow-heun': () => ['FlowMatchHeunDiscreteScheduler'],
  consistency: ({ noiseScale }, { schedule }) =>
    schedule.name === 'flow'
      ? ['FlowMatchEulerDiscreteScheduler', { stochastic_sampling: true }]
      : ['CMStochasticIterativeScheduler', { s_noise: noiseScale }],
  lcm: ({ timestepScaling }) => ['LCMScheduler', { timestep_scaling: timestepScaling }],
  tcd: ({ gamma }) => ['TCDScheduler', {}, { eta: gamma }],
};

/** The first order of all: a class of its own on a plain grid of times, else that order of a multistep class. */
function firstOrder({ eta }: Settings, fragment: Fragment): ReturnType<Writer> {
  const { grid, parameterization } = fragment;
  const spaced = ['leading', 'trailing', 'linspace'].includes(grid.name);
  if (spaced && !onEdm(fragment) && !('final' in grid.config) && !('extraPoint' in grid.config))
    return ['DDIMScheduler', {}, { eta }];
  const keys = { solver_order: 1, lower_order_final: false };
  if (parameterization.config['time'] === 'arctan') return ['CosineDPMSolverMultistepScheduler', keys];
  return [multistep(fragment), { ...keys, algorithm_type: eta === 1 ? 'sde-dpmsolver++' : 'dpmsolver++' }];
}

const VARIANCES: Readonly<Record<string, string>> = {
  ...{ 'fixed-small': 'fixed_small', 'fixed-small-log': 'fixed_small_log', 'fixed-large': 'fixed_large' },
  ...{ 'fixed-large-log': 'fixed_large_log', 'learned-direct': 'learned', 'learned-range': 'learned_range' },
};
const FORMS: Readonly<Record<string, string>> = {
  ...{ denoised: 'dpmsolver++', noise: 'dpmsolver', 'denoised-sde': 'sde-dpmsolver++' },
};

/** The scheduler class whose sampler this is. */
export function writtenSampler(fragment: Fragment): WrittenSampler {
  const { sampler } = fragment;
  const writer = Object.hasOwn(WRITERS, sampler.name) ? WRITERS[sampler.name] : undefined;
  if (writer === undefined) return refuseSlot('sampler', sampler, Object.keys(WRITERS).toSorted().join(', '));
  const [className, keys = {}, step = {}] = writer(sampler.config, fragment);
  return { className, keys, step };
}
