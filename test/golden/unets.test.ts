import { expect, it } from 'vitest';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

const engines = full ? ['tfjs-wasm', 'tfjs-cpu', 'onnxruntime'] : ['tfjs-wasm'];

it.each(engines)('U-Nets agree with diffusers on %s: outputs, gradients, control', async (engine) => {
  const outcomes = await networkOutcomes('test/golden/unets', engine);
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  const names = outcomes.map(({ group, name }) => `${group} ${name}`);
  expect(names).toEqual([
    ...['down.0', 'down.1', 'down.2', 'down.3', 'mid', 'unet_output'].map((name) => `edges control ${name}`),
    ...['forward.0', 'forward.1', 'gradients'].map((name) => `pixels unet ${name}`),
    ...['forward.0', 'gradients'].map((name) => `resampled ${name}`),
    ...['forward.0', 'forward.1', 'gradients'].map((name) => `sizes unet ${name}`),
    ...['forward.0', 'gradients'].map((name) => `skips ${name}`),
  ]);
});
