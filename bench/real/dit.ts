import { catalogue, Roles, standardPlugins, type Denoiser, type Engine } from 'rxdiffusion';
import { philox } from 'rxdiffusion/plugin';
import { startedEngine } from '../engine/engines.js';
import { forwardWork, trainWork, type Work } from '../engine/our-work.js';
import { ditMs } from '../engine/peer.js';
import { timed } from '../engine/timed.js';
import { median, rounded, type Figure } from '../figures.js';

/** DiT-S/2 at 256 pixels, without the variance (Peebles & Xie 2023, table 1): the network of `diffusers_dit.py`. */
const DIT_S_2 = { num_attention_heads: 6, attention_head_dim: 64, num_layers: 12, sample_size: 32, in_channels: 4 };

const BATCH = 8;
const RUNS = 3;

/** Rounds in which both sides run one after the other. */
const ROUNDS = 3;

const WORKS = [
  { work: 'forward', target: 1.2 },
  { work: 'train', target: 1 },
] as const;

/** Calls and updates of a DiT against diffusers in eager PyTorch, on the same cores. */
export async function dit(): Promise<readonly Figure[]> {
  const rows: Figure[] = [];
  for (const { work, target } of WORKS) {
    const pairs: { readonly ours: number; readonly theirs: number }[] = [];
    await withWork(work, async (ours) => {
      for (let round = 0; round < ROUNDS; round++) {
        const words = ['--batch', `${BATCH}`, '--runs', `${RUNS}`, ...(work === 'train' ? ['--train'] : [])];
        pairs.push({ ours: await timed(ours.run, RUNS), theirs: (await ditMs(words)) ?? Number.NaN });
      }
    });
    rows.push({
      what: `DiT-S/2 256, ${work}, batch ${BATCH}, against eager, ms`,
      ours: rounded(median(pairs.map(({ ours }) => ours)), 0),
      theirs: rounded(median(pairs.map(({ theirs }) => theirs)), 0),
      ratio: rounded(median(pairs.map(({ ours, theirs }) => theirs / ours)), 2),
      target: `>= ${target}`,
    });
  }
  return rows;
}

async function withWork(kind: 'forward' | 'train', use: (work: Work) => Promise<void>): Promise<void> {
  const engine = await startedEngine('onnxruntime');
  try {
    const network = await networkOn(engine);
    const work =
      kind === 'forward' ? forwardWork(engine, network, BATCH, true) : await trainWork(engine, network, BATCH, true);
    await use(work);
    work.dispose();
    network.dispose?.();
  } finally {
    await engine.stop();
  }
}

async function networkOn(engine: Engine): Promise<Denoiser> {
  const definition = catalogue(standardPlugins).find(Roles.denoiser, 'dit');
  return definition.create({
    config: definition.config.parse(DIT_S_2),
    noise: await philox.create({ config: {} }),
    engine,
  });
}
