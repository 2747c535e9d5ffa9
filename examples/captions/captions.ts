/**
 * Text to image: captions are words, words are tokens that train with the network, and the network attends to them. Samples
 * follow the words.
 *
 *     npx tsx examples/captions/captions.ts
 */
import { pathToFileURL } from 'node:url';
import { defineRecipe, diffusion, type Diffusion, type ParametersBySlot } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { captionedDigits, NAMES, VOCABULARY } from './captioned-digits.js';
import { readDigits } from './read-digits.js';

/** How much is computed. */
export interface CaptionSettings {
  readonly engine: 'auto' | 'tfjs-cpu';
  readonly width: number;
  readonly updates: number;
  readonly steps: number;
  /** Samples of each caption. */
  readonly count: number;
}

const FULL: CaptionSettings = { engine: 'auto', width: 192, updates: 1500, steps: 30, count: 20 };

/** Share of the samples that show the digit that was asked for, by how it was asked. */
export interface Followed {
  readonly caption: number;
  /** The same with another digit as `negative`. */
  readonly negative: number;
}

const plugins = [...nodePlugins, captionedDigits];

/** Words -> tokens -> cross-attention. */
export function captionRecipe({ engine, width, updates, steps }: CaptionSettings) {
  return defineRecipe(plugins, {
    plugins: {
      engine,
      noise: 'philox',
      'dataset:images': 'digits',
      dataset: 'captioned-digits',
      conditioner: { name: 'words', config: { vocabulary: [...VOCABULARY], length: 3, width: 32 } },
      denoiser: { name: 'mlp', config: { dimensions: 64, width, blocks: 3, tokens: 32 } },
      schedule: 'cosine',
      grid: 'trailing',
      parameterization: 'v',
      guidance: { name: 'cfg', config: { scale: 1.5 } },
      sampler: 'dpmpp-2m',
      objective: { name: 'denoising-score-matching', config: { target: 'v' } },
      timestepSampler: 'uniform',
      optimizer: { name: 'adamw', config: { learningRate: 2e-3, warmUp: 20, decay: 'cosine', totalSteps: updates } },
      average: { name: 'ema', config: { decay: 0.99 } },
    },
    train: { steps: updates, batchSize: 64 },
    sample: { steps, clip: { range: 1 } },
  });
}

/** Trains on captions and counts how often samples show what their caption says. */
export async function captions(settings: CaptionSettings = FULL): Promise<Followed> {
  await using pipeline = await diffusion(captionRecipe(settings), { plugins });
  using trained = await pipeline.train();
  const parameters = trained.parametersBySlot;
  const told = NAMES.map((name) => `the digit ${name}`);
  const other = NAMES.map((_, digit) => `a ${NAMES[(digit + 5) % 10]}`);
  return {
    caption: await share(pipeline, parameters, told, undefined, settings.count),
    negative: await share(pipeline, parameters, told, other, settings.count),
  };
}

async function share(
  pipeline: Diffusion,
  parameters: ParametersBySlot,
  texts: readonly string[],
  negatives: readonly string[] | undefined,
  count: number,
): Promise<number> {
  const repeated = (list: readonly string[]): string[] => list.flatMap((text) => Array<string>(count).fill(text));
  using result = await pipeline.sample({
    parameters,
    count: texts.length * count,
    condition: repeated(texts),
    ...(negatives ? { negative: repeated(negatives) } : {}),
  });
  const read = await readDigits(result.images().data);
  return read.filter((digit, row) => digit === Math.floor(row / count)).length / read.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { caption, negative } = await captions();
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  console.log(
    `${percent(caption)} of the samples show the digit of their caption; with another digit as negative, ${percent(negative)}.`,
  );
}
