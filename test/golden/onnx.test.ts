import { expect, it } from 'vitest';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

const engines = full ? ['tfjs-wasm', 'tfjs-cpu', 'onnxruntime'] : ['tfjs-wasm', 'onnxruntime'];

it.each(engines)('a folder of ONNX files gives the states and pixels of diffusers on %s', async (engine) => {
  const outcomes = await networkOutcomes('test/golden/onnx', engine);
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  const prompts = Array.from({ length: 7 }, (_, at) => `prompt ${at}`);
  expect(outcomes.map(({ name }) => name)).toEqual([...prompts, 'unet', 'vae_encoder', 'sampling']);
});
