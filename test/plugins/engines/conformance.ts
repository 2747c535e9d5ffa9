import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { engineLaws, type EngineCase } from 'rxdiffusion/testing';
import type { Engine } from '../../../src/core/contracts/engine.js';
import { tfjsCpu } from '../../../src/plugins/engines/tfjs-cpu.js';
import { tfjsWasm } from '../../../src/plugins/engines/tfjs-wasm.js';
import { full } from '../../effort.js';
import { made } from '../plugins-of.js';

/** The engine whose laws are run. */
export interface EngineUnderTest extends EngineCase {
  readonly name: string;
  /** Why the laws cannot run here: one skipped test says so. */
  readonly skip?: string | undefined;
  /** `npm test` runs the laws of agreement alone; `npm run check` all of them. */
  readonly long?: boolean;
  /** `npm test` runs the laws of agreement on images and networks alone: the rest is what another test runs too. */
  readonly images?: boolean;
}

/** In `npm test` one level: that of two is compared with values of diffusers. */
const LEVELS = full
  ? {
      block_out_channels: [4, 8],
      down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
      up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
    }
  : { block_out_channels: [4], down_block_types: ['AttnDownBlock2D'], up_block_types: ['AttnUpBlock2D'] };
const UNET = {
  ...{ sample_size: 4, in_channels: 1, out_channels: 1, ...LEVELS, layers_per_block: 1 },
  ...{ norm_num_groups: 2, num_class_embeds: 3, attention_head_dim: 4 },
};

/** The laws of engines, a test each, with tiny networks of ours. Call it at the top level of a test file. */
export function engineConformance({ name, make, skip, long = false, images = false, ...more }: EngineUnderTest): void {
  describe.skipIf(skip !== undefined)(`engine ${name}`, () => {
    beforeAll(() => tf.setBackend('cpu'));

    const lawsWith = (maker: EngineCase['make']): ReturnType<typeof engineLaws> =>
      engineLaws({
        make: maker,
        beside: () => (name === 'tfjs-cpu' ? tfjsWasm : tfjsCpu).create({ config: {} }),
        networks: {
          mlp: () => made(Roles.denoiser, 'mlp', { width: 8, blocks: 2, classes: 4 }),
          'unet2d with attention and classes': () => made(Roles.denoiser, 'unet2d', UNET),
        },
        ...more,
      });
    const lasting = lastingEngine(make);
    afterAll(() => lasting.stop());
    const isTried = ({ law }: { readonly law: string }): boolean => full || !images || OF_IMAGES.test(law);
    const agreement = lawsWith(lasting.make).filter((law) => isAgreement(law) && isTried(law));
    const others = long && !full ? [] : lawsWith(make).filter((law) => !isAgreement(law));
    const laws = [...others, ...agreement];
    it.each(skip === undefined ? laws : [{ law: skip, check: () => Promise.resolve() }])('$law', ({ check }) =>
      expect(check()).resolves.toBeUndefined(),
    );
  });
}

const OF_IMAGES = /conv2d|images|upsample|network unet2d/;

const isAgreement = ({ law }: { readonly law: string }): boolean => law.startsWith('agrees with the cpu backend');

/** One engine for laws that only compute: it starts once for all of them, which saves most of their time. */
function lastingEngine(make: EngineCase['make']): Pick<EngineCase, 'make'> & { stop(): Promise<void> } {
  let engine: Engine | undefined;
  return {
    make: async () => {
      engine ??= await make();
      return unstoppable(engine);
    },
    stop: async () => engine?.stop(),
  };
}

const unstoppable = (engine: Engine): Engine => ({
  name: engine.name,
  backend: engine.backend,
  probe: () => engine.probe(),
  start: () => engine.start(),
  run: (work) => engine.run(work),
  compile: (work) => engine.compile(work),
  realize: (tensors) => engine.realize(tensors),
  stop: () => Promise.resolve(),
});
