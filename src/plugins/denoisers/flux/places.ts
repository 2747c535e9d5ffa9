import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import { rotaryOf, type Rotary } from '../../../core/networks/rotary.js';

/** What places are asked for. */
interface Tokens {
  readonly text: number;
  /** Height and width of the image in patches; one row of all where it comes as tokens. */
  readonly grid: readonly [height: number, width: number];
}

/**
 * The rotations of text and image, by `txt_ids` and `img_ids` (`[tokens, 3]`, or one such table a sample) or, where they did
 * not come, by the usual ones: zeros for the text; zero, row and column for a patch.
 */
export function rotaryFor({ text, grid }: Tokens, conditioning: Conditioning, widths: readonly number[]): Rotary {
  const ofText = conditioning['txt_ids'] ?? tf.zeros([text, 3]);
  const ofImage = conditioning['img_ids'] ?? tf.tensor2d(gridPlaces(grid), [grid[0] * grid[1], 3]);
  const samples = Math.max(samplesOf(ofText), samplesOf(ofImage));
  return rotaryOf(tf.concat([spread(ofText, samples), spread(ofImage, samples)], 1), widths);
}

const samplesOf = (places: tf.Tensor): number => (places.rank === 3 ? (places.shape[0] ?? 1) : 1);

/** One table a sample, or one for all. */
function spread(places: tf.Tensor, samples: number): tf.Tensor3D {
  const tables = (places.rank === 3 ? places : tf.expandDims(places, 0)) as tf.Tensor3D;
  return tables.shape[0] === samples ? tables : tf.tile(tables, [samples, 1, 1]);
}

function gridPlaces([height, width]: Tokens['grid']): Float32Array {
  return Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const patch = Math.floor(i / 3);
    return [0, Math.floor(patch / width), patch % width][i % 3] ?? 0;
  });
}
