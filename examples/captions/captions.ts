/**
 * Text to image: captions are words, words are tokens that train with the network, and the network attends to them. Samples
 * follow the words: those of one caption, of a caption and a negative one, and of two captions at once.
 *
 *     npx tsx examples/captions/captions.ts
 */
import { pathToFileURL } from 'node:url';
import { defineRecipe, diffusion, type SampleResult } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { captionedDigits, NAMES, VOCABULARY } from './captioned-digits.js';
import { readDigits, type Shown } from './read-digits.js';

/** How much is computed. */
export interface CaptionSettings {
  readonly engine: 'auto' | 'tfjs-cpu';
  readonly width: number;
  readonly updates: number;
  readonly steps: number;
  /** Samples of each caption. */
  readonly count: number;
}

const FULL: CaptionSettings = { engine: 'auto', width: 192, updates: 2000, steps: 30, count: 20 };

/** Share of the samples that show what was asked for, by how it was asked. */
export interface Followed {
  /** The digit of a caption. */
  readonly caption: number;
  /** The digit, and light, with dark digits as `negative`. */
  readonly negative: number;
  /** The digit, and dark, by two prompts: no caption in training says both. */
  readonly composed: number;
}

/** How a prompt is followed: away from no prompt, or from the negative one. */
const CFG = { name: 'cfg', config: { scale: 3 } } as const;
/** How two prompts are followed at once. */
const COMPOSABLE = { name: 'composable', config: { weights: { digit: 3, ground: 2 } } } as const;

const plugins = [...nodePlugins, captionedDigits];

/** Words -> tokens -> cross-attention. */
export function captionRecipe(
  { engine, width, updates, steps }: CaptionSettings,
  guidance: typeof CFG | typeof COMPOSABLE = CFG,
) {
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
      guidance,
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

/** Trains on captions and counts how often samples show what they were asked for. */
export async function captions(settings: CaptionSettings = FULL): Promise<Followed> {
  await using pipeline = await diffusion(captionRecipe(settings), { plugins });
  await using composing = await diffusion(captionRecipe(settings, COMPOSABLE), { plugins });
  using trained = await pipeline.train();
  const told = NAMES.flatMap((name) => Array<string>(settings.count).fill(`the digit ${name}`));
  const ask = { parameters: trained.parametersBySlot, count: told.length };
  const share = async (sampled: Promise<SampleResult>, isDark?: boolean): Promise<number> => {
    using result = await sampled;
    const read = await readDigits(result.images().data);
    const isAsked = (shown: Shown, row: number): boolean =>
      shown.digit === Math.floor(row / settings.count) && (isDark ?? shown.isDark) === shown.isDark;
    return read.filter(isAsked).length / read.length;
  };
  return {
    caption: await share(pipeline.sample({ ...ask, condition: told })),
    negative: await share(pipeline.sample({ ...ask, condition: told, negative: 'a dark digit' }), false),
    composed: await share(composing.sample({ ...ask, conditions: { digit: told, ground: 'a dark digit' } }), true),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { caption, negative, composed } = await captions();
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  console.log(`${percent(caption)} of the samples show the digit of their caption.`);
  console.log(`With “a dark digit” as negative, ${percent(negative)} show it, light on dark ground.`);
  console.log(`By two prompts, the digit and “a dark digit”, ${percent(composed)} show it, dark on light ground.`);
}
