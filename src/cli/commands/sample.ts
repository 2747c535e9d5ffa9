import * as tf from '@tensorflow/tfjs';
import {
  checkpointWeights,
  decodeCheckpoint,
  diffusion,
  readScheduler,
  Roles,
  type Checkpoint,
  type Diffusion,
  type FloatImages,
  type SampleAsk,
  type SchedulerReading,
  type Slots,
} from '../../index.js';
import { nodePlugins } from '../../node.js';
import { interrupts } from '../interrupt.js';
import type { Output } from '../output.js';
import { readBytes } from '../read-recipe.js';
import { samplingOnly, withSlots } from '../slots.js';
import { labelsOf } from '../labels.js';
import { writePictures, writeRaw } from '../write-samples.js';

/** Options of `rxdiffusion sample`. */
export interface SampleOptions {
  readonly count: number;
  /** Samples in one run of the network. */
  readonly batch: number;
  readonly labels?: string;
  readonly seed?: number;
  readonly steps?: number;
  /** Path of a `scheduler_config.json` of diffusers. */
  readonly scheduler?: string;
  readonly raw?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly use?: Slots;
}

/** `rxdiffusion sample CHECKPOINT`: samples with the averaged weights and writes pictures, or raw numbers to measure. */
export async function sampleCommand(path: string, options: SampleOptions, output: Output): Promise<void> {
  const checkpoint = await decodeCheckpoint(await readBytes(path, 'a checkpoint'), path);
  const observer = [options.json ? 'json-lines' : 'progress'];
  const scheduler = await schedulerOf(options);
  const recipe = withSlots(samplingOnly(checkpoint.recipe), { ...scheduler?.plugins, observer, ...options.use });
  await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
  const labels = labelsOf(options.labels, options.count, pipeline.assembly.find(Roles.conditioner)?.classes);
  const samples = await sampled(pipeline, checkpoint, labels, { ...options, ask: scheduler?.request ?? {} }, output);
  if (options.raw !== undefined) await writeRaw(options.raw, samples, labels);
  const out = options.out ?? (options.raw === undefined ? 'samples.png' : undefined);
  const written =
    out === undefined ? [] : await writePictures(out, samples, pipeline.assembly.all(Roles.postProcessor));
  if (!options.json) for (const file of [...(options.raw ? [options.raw] : []), ...written]) output.line(file);
}

/** The scheduler config of diffusers that was named, read for the steps that were asked for. */
async function schedulerOf({ scheduler, steps }: SampleOptions): Promise<SchedulerReading | undefined> {
  if (scheduler === undefined) return undefined;
  const text = new TextDecoder().decode(await readBytes(scheduler, 'a scheduler_config.json'));
  return readScheduler(text, steps === undefined ? {} : { steps });
}

async function sampled(
  { assembly, sample }: Diffusion,
  checkpoint: Checkpoint,
  labels: readonly number[] | undefined,
  { count, batch, seed = 0, steps, ask: said }: SampleOptions & { readonly ask: SampleAsk },
  output: Output,
): Promise<FloatImages> {
  const parameters = checkpointWeights(checkpoint, assembly.get(Roles.denoiser), assembly.get(Roles.engine));
  const abort = new AbortController();
  const listening = interrupts(output, 'stopping before the next step').subscribe((signal) => abort.abort(signal));
  try {
    const parts: FloatImages[] = [];
    for (let first = 0; first < count; first += batch) {
      const ask: SampleAsk = {
        ...said,
        parameters,
        seed: seed + first,
        count: Math.min(batch, count - first),
        ...(steps === undefined ? {} : { steps }),
        ...(labels ? { condition: labels.slice(first, first + batch) } : {}),
      };
      using result = await sample(ask, { signal: abort.signal });
      parts.push(result.images());
    }
    return joined(parts, count);
  } finally {
    listening.unsubscribe();
    tf.dispose(parameters);
  }
}

function joined(parts: readonly FloatImages[], count: number): FloatImages {
  const [, height = 1, width = 1, channels = 1] = parts[0]?.shape ?? [];
  const data = new Float32Array(count * height * width * channels);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { kind: 'float', shape: [count, height, width, channels], data };
}
