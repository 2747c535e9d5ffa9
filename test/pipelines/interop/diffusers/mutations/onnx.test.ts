import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { diffusion, DiffusionError } from 'rxdiffusion';
import { readPipeline, type PipelineReading } from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder } from 'rxdiffusion/node';
import { mutatedModel } from '../../../../core/model-files/mutated-model.js';
import { Dice } from '../../../../core/storage/mutator.js';
import { times } from '../../../../effort.js';
import { figure } from '../../../../figure.js';
import { liveTensors } from '../../../../leak-guard.js';

vi.setConfig({ testTimeout: 1_200_000 });

const FOLDER = 'test/golden/onnx/stable-diffusion';
const PATHS = ['text_encoder', 'unet', 'vae_decoder', 'vae_encoder'].map((part) => `${part}/model.onnx`);
const COUNT = times(30, 500);

async function pipelineOf({ recipe, plugins, weights }: PipelineReading) {
  const onHost = { ...recipe, plugins: { ...recipe.plugins, engine: 'tfjs-cpu' } };
  return diffusion(onHost, { plugins: [...nodePlugins, ...plugins], weights });
}

/** Reads the folder with one of its files changed, and samples one step from what can be read. */
async function tried(path: string, bytes: Uint8Array): Promise<string> {
  const read = readFolder(FOLDER);
  await using model = await readPipeline(async (one) => (one === path ? bytes : read(one)), { steps: 1 });
  await using pipeline = await pipelineOf(model);
  (await pipeline.sample({ count: 1, seed: 1, condition: 'a photo' })).dispose();
  return 'sampled';
}

it('mutated model files are refused by type, or run', async () => {
  const files = PATHS.map((path) => [path, new Uint8Array(readFileSync(`${FOLDER}/${path}`))] as const);
  // One that is open keeps the thread of ONNX Runtime from being started anew for each of the others.
  await using _ = await pipelineOf(await readPipeline(readFolder(FOLDER), { steps: 1 }));
  const outcomes: Record<string, number> = {};
  const wrong: string[] = [];
  for (let seed = 0; seed < COUNT; seed++) {
    const [path, bytes] = files[seed % files.length] as (typeof files)[number];
    const tensors = liveTensors();
    const outcome = await tried(path, mutatedModel(bytes, new Dice(seed))).catch((error: unknown) => {
      if (error instanceof DiffusionError) return error.code;
      wrong.push(`${path}, seed ${seed}: ${String(error)}`);
      return 'untyped';
    });
    if (liveTensors() !== tensors) wrong.push(`${path}, seed ${seed}: ${liveTensors() - tensors} tensors left`);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  const untyped = outcomes['untyped'] ?? 0;
  figure('R1', `${COUNT} mutated ONNX files, 0 crashes, ${untyped} untyped: ${JSON.stringify(outcomes)}`);
  expect(wrong).toEqual([]);
  expect(outcomes['sampled']).toBeGreaterThan(0);
  expect(outcomes['RXD_FILE_CORRUPT']).toBeGreaterThan(0);
});
