import { z } from 'zod';
import { MOST, whole } from '../../../core/assembly/config-numbers.js';
import type { NoiseKey, NoiseSource } from '../../../core/contracts/noise-source.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { Roles } from '../../../core/assembly/roles.js';
import { deriveSeed } from '../../../core/random/derive-seed.js';
import { torchGenerator, type TorchGenerator } from './torch-generator.js';

/** Generators that are kept: more would only save time for larger batches. */
const KEPT = 256;

interface Position {
  readonly generator: TorchGenerator;
  /** Draws that were taken. */
  taken: number;
}

/**
 * Draw `place` of the generator of a seed, all of its draws having `count` numbers. A pure function: generators are kept
 * between calls only so that the next draw need not start over.
 */
function drawsInOrder(): (seed: number, count: number, place: number) => Float64Array {
  const positions = new Map<string, Position>();
  return (seed, count, place) => {
    const name = `${seed}/${count}`;
    const known = positions.get(name);
    const position = known && known.taken <= place ? known : { generator: torchGenerator(seed), taken: 0 };
    positions.delete(name);
    positions.set(name, position);
    if (positions.size > KEPT) positions.delete(positions.keys().next().value ?? name);
    for (; position.taken < place; position.taken++) position.generator.normals(count);
    position.taken += 1;
    return position.generator.normals(count);
  };
}

const config = z.strictObject({
  channels: whole(MOST.width)
    .default(1)
    .describe('channels of a sample: torch draws channel by channel, and samples here have their channels last'),
});

/**
 * The normals of torch on a CPU (MT19937: Matsumoto & Nishimura 1998; Box & Muller 1958 in blocks of 16), with the same
 * bits from 16 numbers on. A sample's seed is that of its generator. torch draws in order and here every draw has a
 * key: `start` is the generator's first draw, the noise of step k its draw k + 2, all of one size; every other purpose
 * has a generator of its own. As in torch, element `i` depends on the count where that is below 16 or no multiple of
 * it; the last bits of normals below 16 depend on `Math`.
 * When: a run of diffusers with one generator a sample is to be repeated from its seed.
 */
export const torch = definePlugin({
  role: Roles.noise,
  name: 'torch',
  summary: 'The normals of torch on a CPU, bit for bit from 16 numbers on.',
  reference: 'Matsumoto & Nishimura 1998 (MT19937); Box & Muller 1958, in the blocks of torch',
  tags: { when: 'a run of diffusers is to be repeated from its seed' },
  config,
  create: ({ config: { channels } }): NoiseSource => {
    const draw = drawsInOrder();
    return {
      normal(key, count) {
        const place = placeInRun(key);
        const drawn = place === undefined ? ownGenerator(key).normals(count) : draw(key.seed, count, place);
        return channelsLast(drawn, channels);
      },
      uniform: (key, count) => channelsLast(ownGenerator(key).uniforms(count), channels),
    };
  },
});

/** Which draw of the sample's generator a key names. */
function placeInRun({ purpose, step }: NoiseKey): number | undefined {
  if (purpose === 'start') return step === 0 ? 0 : undefined;
  return purpose === 'step' ? step + 1 : undefined;
}

function ownGenerator({ seed, purpose, step }: NoiseKey) {
  return torchGenerator(deriveSeed(seed, purpose, step));
}

/** Numbers of `channels` planes one after the other, as numbers of places with their channels together. */
function channelsLast(values: Float64Array, channels: number): Float64Array {
  if (channels === 1 || values.length % channels !== 0) return values;
  const places = values.length / channels;
  return values.map((_, i) => values[(i % channels) * places + Math.floor(i / channels)] ?? 0);
}
