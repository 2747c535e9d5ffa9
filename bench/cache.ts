import {
  diffusion,
  Roles,
  type Denoised,
  type Guidance,
  type GuidanceState,
  type NoiseLevel,
  type Vector,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { exactDenoise, float64Space, keyedNoise, solve } from 'rxdiffusion/testing';
import { made } from '../tools/golden/plugins.js';
import { median, rounded, type Benchmark, type Figure } from './figures.js';

const STEPS = 50;
const SAMPLES = 400;
const THRESHOLDS = [0, 0.02, 0.05, 0.1, 0.2, 0.3];
const SAMPLERS = ['ddim', 'dpmpp-2m'];
const REPEATS = 3;

/**
 * What the guidance `cached` saves and costs: network calls of 50 steps and the root mean square distance of samples from
 * those without it, on the exact mixture (the spread of the data is about 1); and the time of a run with a small network
 * (dit, 16x16, in milliseconds, the median of three).
 */
export const cache: Benchmark = async () => {
  const rows: Figure[] = [];
  for (const sampler of SAMPLERS)
    for (const order of [0, 1]) {
      const whole = await exactRun(sampler, { threshold: 0, order });
      for (const threshold of THRESHOLDS) {
        const { end, calls } = await exactRun(sampler, { threshold, order });
        const square = end.reduce((sum, value, i) => sum + (value - (whole.end[i] ?? Number.NaN)) ** 2, 0);
        const error = Math.sqrt(square / end.length).toExponential(1);
        rows.push({ sampler, order, threshold, calls, error, 'ms (dit)': await timed(sampler, { threshold, order }) });
      }
    }
  return rows;
};

type Reuse = Readonly<Record<'threshold' | 'order', number>>;

async function exactRun(name: string, reuse: Reuse) {
  const [guidance, schedule] = [await made(Roles.guidance, 'cached', reuse), await made(Roles.schedule, 'linear', {})];
  const levels = (await made(Roles.grid, 'trailing', {})).levels(schedule, STEPS);
  const network = counted(guidance);
  const { noise } = keyedNoise([1], SAMPLES);
  const end = solve({
    ...{ sampler: await made(Roles.sampler, name, {}), levels, schedule },
    x: noise(0, 'start'),
    denoise: network.denoise,
  });
  return { end, calls: network.calls() };
}

/** The exact network under a guidance, and how often it is called. */
function counted(guidance: Guidance) {
  let [calls, state]: [number, GuidanceState] = [0, guidance.init()];
  const denoise = (x: Vector, level: NoiseLevel): Denoised => {
    const branches = guidance.branches(level, {}, state);
    if (branches.length > 0) calls++;
    const readings = Object.fromEntries(branches.map(({ name }) => [name, exactDenoise(x, level)]));
    const context = { ...float64Space(), index: 0, count: STEPS, level, x, live: {}, readings };
    const [next, result] = guidance.combine(state, context);
    state = next;
    return result;
  };
  return { denoise, calls: () => calls };
}

async function timed(sampler: string, config: Reuse): Promise<number> {
  const network = { num_layers: 4, num_attention_heads: 4, attention_head_dim: 32, in_channels: 4, sample_size: 16 };
  const denoiser = { name: 'dit', config: { ...network, out_channels: 4, num_embeds_ada_norm: 3 } };
  const slots = {
    denoiser,
    sampler,
    guidance: { name: 'cached', config },
    engine: 'auto',
    conditioner: { name: 'class-label', config: { classes: 3 } },
  };
  await using pipeline = await diffusion({ format: 1, preset: 'ddpm', plugins: slots }, { plugins: nodePlugins });
  const times: number[] = [];
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    const start = performance.now();
    (await pipeline.sample({ steps: STEPS, count: 2, condition: 1 })).dispose();
    if (repeat > 0) times.push(performance.now() - start);
  }
  return rounded(median(times), 0);
}
