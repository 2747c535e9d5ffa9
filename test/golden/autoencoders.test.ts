import { expect, it } from 'vitest';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

const engines = full ? ['tfjs-wasm', 'tfjs-cpu', 'onnxruntime'] : ['tfjs-wasm'];

it.each(engines)('autoencoders agree with diffusers on %s: both halves, gradients', async (engine) => {
  const outcomes = await networkOutcomes('test/golden/autoencoders', engine);
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  const checks = ['encode', 'decode', 'gradients'];
  const expected = ['kl-attention', 'kl-old-names', 'tiny'].flatMap((group) => checks.map((name) => `${group} vae ${name}`));
  expect(outcomes.map(({ group, name }) => `${group} ${name}`).toSorted()).toEqual(expected.toSorted());
});
