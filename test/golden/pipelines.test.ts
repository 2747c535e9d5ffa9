import { expect, it } from 'vitest';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

const engines = full ? ['tfjs-wasm', 'tfjs-cpu', 'onnxruntime'] : ['tfjs-wasm'];

it.each(engines)('the folder of a pipeline gives the states and pixels of diffusers on %s', async (engine) => {
  const outcomes = await networkOutcomes('test/golden/pipelines', engine);
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  const names = outcomes.map(({ group, name }) => `${group} ${name}`);
  expect(names).toEqual(expect.arrayContaining([
      ...['lcm run four-steps', 'lcm run two-prompts', 'flux run shifted', 'flux run two-prompts', 'pixart run dpm'],
      ...['stable-diffusion-3 run three-prompts', 'stable-diffusion-3 run shifted'],
    ]));
});
