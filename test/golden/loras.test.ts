import { expect, it } from 'vitest';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

const engines = full ? ['tfjs-wasm', 'tfjs-cpu', 'onnxruntime'] : ['tfjs-wasm'];

it.each(engines)('LoRA files, one of them trained here, do what diffusers does with them on %s', async (engine) => {
  const outcomes = await networkOutcomes('test/golden/loras', engine);
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  const names = outcomes.map(({ group, name }) => `${group} ${name}`);
  expect(names).toEqual(expect.arrayContaining(['kohya call at 1.0', 'trained fused at 0.5', 'trained text']));
});
