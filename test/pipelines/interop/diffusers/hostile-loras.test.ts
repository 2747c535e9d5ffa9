import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DiffusionError } from 'rxdiffusion';
import { readLora, readPipeline, type PipelineReading } from 'rxdiffusion/diffusers';
import { readFolder } from 'rxdiffusion/node';
import { Dice, mutated } from '../../../core/storage/mutator.js';
import { times } from '../../../effort.js';
import { figure } from '../../../figure.js';

const COUNT = times(150, 2_000);
const FILE = 'pytorch_lora_weights.safetensors';

let model: PipelineReading;
beforeAll(async () => {
  model = await readPipeline(readFolder('test/golden/pipelines/lcm'), { steps: 2 });
});
afterAll(() => model.close());

/** What comes of a file: its code, or `read` once all of it was read. */
async function outcomeOf(file: Uint8Array, seed: number): Promise<string> {
  try {
    await using lora = await readLora(file, model, { unmatched: seed % 2 ? 'list' : 'refuse' });
    for (const slot of lora.slots)
      for (const [name, tensor] of Object.entries(lora.weights[slot] ?? {})) {
        const { data, shape } = await tensor.read();
        expect(data.length, `${name} of mutation ${seed}`).toBe(shape.reduce((product, side) => product * side, 1));
      }
    return 'read';
  } catch (error) {
    if (error instanceof DiffusionError) return error.code;
    throw new Error(`mutation ${seed} threw something else`, { cause: error });
  }
}

it('mutated LoRA files are refused by type, or read as a whole file', async () => {
  const files = ['kohya', 'trained'].map((name) => readFileSync(`test/golden/loras/${name}/${FILE}`));
  const tally: Record<string, number> = {};
  for (let seed = 0; seed < COUNT; seed++) {
    const dice = new Dice(seed);
    const outcome = await outcomeOf(mutated(dice.oneOf(files), dice), seed);
    tally[outcome] = (tally[outcome] ?? 0) + 1;
  }
  const known = new Set(['RXD_FILE_CORRUPT', 'RXD_FORMAT_UNSUPPORTED', 'RXD_PARAMETERS_MISMATCH', 'read']);
  expect(Object.keys(tally).filter((outcome) => !known.has(outcome))).toEqual([]);
  figure('R1', `${COUNT} mutated LoRA files, 0 crashes, 0 untyped: ${JSON.stringify(tally)}`);
  expect(tally['read']).toBeGreaterThan(0);
});
