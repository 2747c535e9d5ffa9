import { expect, it } from 'vitest';
import { tenSamplers } from '../../examples/ten-samplers.js';

it('ten samplers make a sheet of ten pictures of one prompt', async () => {
  const use = { engine: 'tfjs-wasm', sampler: 'ddim' };
  const png = await tenSamplers('test/golden/pipelines/lcm', 'a cat', 2, use);
  const [width, height] = [16, 20].map((at) => new DataView(png.buffer).getUint32(at));
  expect([width, height]).toEqual([5 * 18 + 2, 2 * 18 + 2]);
});
