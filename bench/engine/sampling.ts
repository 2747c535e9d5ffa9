import { diffusion, type Recipe } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { median, rounded, type Figure } from '../figures.js';
import { NETWORKS, type NetworkName } from './networks.js';
import { diffusersMs } from './peer.js';

interface Case {
  readonly network: NetworkName;
  readonly batch: number;
  readonly runs: number;
}

const STEPS = 50;
const ROUNDS = 3;
const CASES: readonly Case[] = [
  { network: 'digits', batch: 16, runs: 5 },
  { network: 'cifar', batch: 4, runs: 1 },
];

/** A whole DDIM run of 50 steps through the pipeline, against the same run by diffusers. */
export async function againstDiffusers(): Promise<readonly Figure[]> {
  const rows: Figure[] = [];
  for (const { network, batch, runs } of CASES) {
    const words = [network, '--batch', `${batch}`, '--steps', `${STEPS}`, '--runs', `${runs}`];
    await using pipeline = await diffusion(recipeOf(network), { plugins: nodePlugins });
    const isConditional = 'num_class_embeds' in NETWORKS[network];
    const condition = isConditional ? { condition: Array.from({ length: batch }, (_, index) => index % 10) } : {};
    const sample = async (): Promise<number> => {
      const began = performance.now();
      using result = await pipeline.sample({ steps: STEPS, count: batch, clip: { range: 1 }, ...condition });
      await result.x.data();
      return performance.now() - began;
    };
    await sample();
    const pairs: { readonly ours: number; readonly theirs: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const times: number[] = [];
      for (let run = 0; run < runs; run++) times.push(await sample());
      pairs.push({ ours: median(times), theirs: (await diffusersMs(words)) ?? Number.NaN });
    }
    rows.push({
      what: `DDIM, ${STEPS} steps, ${network} batch ${batch}, against diffusers`,
      'ours ms': rounded(median(pairs.map(({ ours }) => ours)), 0),
      'theirs ms': rounded(median(pairs.map(({ theirs }) => theirs)), 0),
      ratio: rounded(median(pairs.map(({ ours, theirs }) => theirs / ours)), 2),
      target: 1.2,
    });
  }
  return rows;
}

function recipeOf(network: NetworkName): Recipe {
  const isConditional = 'num_class_embeds' in NETWORKS[network];
  return {
    format: 1,
    plugins: {
      engine: 'onnxruntime',
      noise: 'philox',
      schedule: 'linear',
      grid: 'leading',
      parameterization: 'epsilon',
      sampler: 'ddim',
      denoiser: { name: 'unet2d', config: NETWORKS[network] },
      ...(isConditional ? { conditioner: { name: 'class-label', config: { classes: 10 } } } : {}),
    },
  };
}
