import type { Figure } from '../figures.js';
import { MODELS, type ModelName } from './models.js';
import { callMs, pairs, row, type Pair } from './pairs.js';
import { PARTS } from './parts.js';
import { randomFolder, type ModelFolder } from './random-weights.js';
import { theirs, type Job, type Said } from './side.js';

const FASTER = { unit: 'ms' } as const;
const SMALLER = { unit: 'MB', isSmaller: true } as const;

async function folderOf(model: ModelName): Promise<ModelFolder> {
  const { specs, stem } = PARTS[model]();
  return randomFolder(MODELS[model], specs, stem);
}

/** The U-Net: calls, memory, and loading, at two sizes of latents. */
export async function unet(): Promise<readonly Figure[]> {
  await using folder = await folderOf('unet');
  const small: Job = { model: 'unet', folder: folder.path, batch: 2, size: 32, runs: 3 };
  const large: Job = { ...small, size: 64, runs: 2 };
  const [at32, at64] = [await pairs(small, 2), await pairs(large, 2)];
  const half = await pairs({ ...small, variant: 'fp16', runs: 0 }, 2);
  return [
    row('U-Net, 2 x 32x32, against eager', at32, callMs, { ...FASTER, target: '>= 1.15' }),
    row('U-Net, 2 x 64x64, against eager', at64, callMs, { ...FASTER, target: '>= 1.15' }),
    await againstCompiled('U-Net, 2 x 32x32', small, at32),
    await againstCompiled('U-Net, 2 x 64x64', large, at64),
    row('U-Net, 2 x 64x64, most memory', at64, ({ peakMb }) => peakMb, { ...SMALLER, target: '<= 1' }),
    ...loading('float32, 3.4 GB', [...at32, ...at64]),
    ...loading('float16, 1.7 GB', half),
  ];
}

/** Loading alone, and until the first call is done: torch maps the file, and reads it when it computes. */
function loading(what: string, all: readonly Pair[]): readonly Figure[] {
  const until = ({ loadMs, firstMs }: Said): number => loadMs + firstMs;
  return [
    row(`loading ${what}`, all, ({ loadMs }) => loadMs, { unit: 'ms', isSmaller: true, target: '<= 1.3' }),
    row(`loading ${what}, and the first call`, all, until, { unit: 'ms', isSmaller: true, target: '<= 1.3' }),
    row(`loading ${what}, most memory`, all, ({ loadMb }) => loadMb, { ...SMALLER, target: '<= 3608 MB' }),
  ];
}

/** Against torch.compile, once: it compiles for minutes. */
async function againstCompiled(what: string, job: Job, own: readonly Pair[]): Promise<Figure> {
  const compiled = await theirs(job, 'compiled');
  const all = own.map(({ ours }) => ({ ours, theirs: compiled }));
  return row(`${what}, against torch.compile`, all, callMs, { ...FASTER, target: '>= 1' });
}

/** The decoder, to 512x512. */
export async function vae(): Promise<readonly Figure[]> {
  await using folder = await folderOf('vae');
  const all = await pairs({ model: 'vae', folder: folder.path, batch: 1, size: 64, runs: 3 }, 3);
  return [
    row('VAE decoder to 512x512', all, callMs, { ...FASTER, target: '>= 1.1' }),
    row('VAE decoder to 512x512, most memory', all, ({ peakMb }) => peakMb, { ...SMALLER, target: '' }),
  ];
}

/** The text encoder, for a prompt and for what guidance holds against it. */
export async function text(): Promise<readonly Figure[]> {
  await using folder = await folderOf('text');
  const all = await pairs({ model: 'text', folder: folder.path, batch: 2, size: 0, runs: 10 }, 3);
  return [row('text encoder, 2 x 77 tokens', all, callMs, { ...FASTER, target: '>= 1' })];
}
