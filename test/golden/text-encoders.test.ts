import { expect, it } from 'vitest';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

const engines = full ? ['tfjs-wasm', 'tfjs-cpu', 'onnxruntime'] : ['tfjs-wasm'];

it.each(engines)('text encoders agree with transformers on %s: ids, states, gradients', async (engine) => {
  const outcomes = await networkOutcomes('test/golden/text-encoders', engine);
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  const names = outcomes.map(({ group, name }) => `${group} ${name}`);
  expect(names).toEqual(
    expect.arrayContaining([
      ...['t5', 't5-plain'].flatMap((group) =>
        ['input_ids', 'gradients', 'last_hidden_state', 'masked'].map((name) => `${group} text ${name}`),
      ),
      ...['', '_2'].flatMap((part) =>
        ['input_ids', 'gradients', 'last_hidden_state', 'penultimate', 'pooled'].map(
          (name) => `sdxl text${part} ${name}`,
        ),
      ),
    ]),
  );
});
