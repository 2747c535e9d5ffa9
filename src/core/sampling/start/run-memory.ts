import { imageShapeOf } from '../../codec/codec-shapes.js';
import { checkMemory } from '../../assembly/memory-limit.js';
import type { SampleSizes } from '../../contracts/denoiser.js';
import type { Codec } from '../../contracts/codec.js';
import type { SampleRequest } from '../sample-request.js';

/** What the memory of a run depends on beside its request. */
export interface RunSizes {
  /** Shape of one sample: `denoiser.info.sampleShape`. */
  readonly sampleShape: readonly number[];
  /** The heights and widths that a request may ask for: `denoiser.info.sizes`. */
  readonly sizes?: SampleSizes | undefined;
  /** Numbers that the network holds of one sample while it is called: `denoiser.info.activations`. */
  readonly activations?: number | undefined;
  /** What samples are decoded by. */
  readonly codec?: Codec | undefined;
  /** Megabytes that the run may need; 2048 where absent. */
  readonly memoryLimit?: number | undefined;
}

/** Batches that a run holds at least: its start as plain data, x before and after a step, the estimate, the noise. */
const BATCHES = 6;

/** Batches of images at least, where samples are decoded: as a tensor, and as plain data. */
const IMAGES = 2;

/**
 * Throws `RXD_MEMORY_LIMIT` for a run of more samples than memory holds, before any of them is made.
 *
 * @param sample - shape of one sample of the run; what a network holds grows with it
 */
export function checkRunMemory(
  { count = 1, seeds }: SampleRequest,
  { sampleShape, activations = 0, codec, memoryLimit }: RunSizes,
  sample: readonly number[] = sampleShape,
): void {
  const samples = seeds?.length ?? count;
  const [size, own] = [sizeOf(sample), sizeOf(sampleShape)];
  const image = codec ? sizeOf(imageShapeOf(codec.info, sample)) : 0;
  const shape = `${samples} samples of [${sample.join(', ')}]`;
  checkMemory(
    [
      { what: `\`count\`: ${shape}`, bytes: 4 * samples * size * BATCHES },
      ...(codec ? [{ what: 'the decoded images', bytes: 4 * samples * image * IMAGES }] : []),
      { what: 'the network at work on them', bytes: 4 * samples * activations * (size / own) },
    ],
    memoryLimit,
  );
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
