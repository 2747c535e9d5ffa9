import { definePlugin, Roles, type NoiseSource } from 'rxdiffusion';
import { z } from 'zod';
import { namedTensor, type NetworkFolder } from './network-folder.js';
import { batchOf, isPacked, type PipelineRecord } from './pipeline-record.js';

/** Sample k of the batch has seed k: its start and the noise of each of its steps are the record's. */
export function recordedNoise(folder: NetworkFolder, record: PipelineRecord, strength: number) {
  const { inputs, noise } = record;
  const batch = batchOf(folder, record);
  // A run that starts from its image draws latents of it, then those of the masked one; another draws those that it reads.
  const isBegun = strength < 1;
  const images =
    noise['posterior_noise'] === undefined ? 1 : (namedTensor(folder, noise['posterior_noise']).shape[1] ?? 1);
  const names = { start: inputs['latents'] ?? noise['start_noise'], encode: noise['posterior_noise'] };
  const pick = (name: string | undefined, at: number, count: number): Float64Array => {
    if (name === undefined) throw new Error('this run draws noise that was not recorded');
    const { data, shape } = namedTensor(folder, name);
    const channels = shape.at(-3) ?? 1;
    const pixels = count / channels;
    const numbers = data.subarray(at * count, (at + 1) * count);
    if (isPacked(record)) return Float64Array.from(numbers);
    return Float64Array.from(
      { length: count },
      (_, i) => numbers[(i % channels) * pixels + Math.floor(i / channels)] ?? Number.NaN,
    );
  };
  const source: NoiseSource = {
    normal: ({ seed, purpose, step }, count) =>
      purpose === 'start'
        ? pick(names.start, seed, count)
        : purpose === 'encode'
          ? pick(names.encode, (isBegun ? step * images : 0) + (seed % images), count)
          : pick(noise['step_noise'], step * batch + seed, count),
    uniform: () => {
      throw new Error('a sampling run draws no uniform numbers');
    },
  };
  return definePlugin({ role: Roles.noise, name: 'recorded', config: z.strictObject({}), create: () => source });
}
