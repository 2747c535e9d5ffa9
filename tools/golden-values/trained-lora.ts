/**
 * Trains a LoRA of U-Net and text encoder of a tiny pipeline, and saves it as diffusers names it: the file that `loras.py` lets
 * diffusers load. `npx tsx --conditions=source tools/golden-values/trained-lora.ts test/golden/loras/trained`
 */
import { z } from 'zod';
import { definePlugin, diffusion, Roles, type Batch, type Dataset } from 'rxdiffusion';
import { loraWeights, readPipeline } from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder, saveWeightsFile } from 'rxdiffusion/node';

const BASE = 'test/golden/pipelines/lcm';
const SIDE = 16;

/** Pictures of one color, each with its word. */
const pictures = definePlugin({
  role: Roles.dataset,
  name: 'pictures',
  config: z.strictObject({}),
  create: (): Dataset => ({
    info: {
      ...{ name: 'pictures', size: 2, shape: [SIDE, SIDE, 3] },
      columns: { data: { kind: 'numbers', dtype: 'float32', shape: [SIDE, SIDE, 3] }, caption: { kind: 'text' } },
    },
    batch: ({ size }): Batch => {
      const data = Float32Array.from({ length: size * SIDE * SIDE * 3 }, (_, i) => (i % 2 ? 1 : -1));
      const values = Array.from({ length: size }, (_, row) => (row % 2 ? 'a dog' : 'a fox'));
      const shape = [size, SIDE, SIDE, 3];
      return { count: size, columns: { data: { kind: 'numbers', data, shape }, caption: { kind: 'text', values } } };
    },
  }),
});

/** Adapters that are not trained would change nothing: a large step makes a difference that is seen. */
const TRAINING = { optimizer: { name: 'adam', config: { learningRate: 0.02 } }, dataset: pictures.name };

const [folder = 'test/golden/loras/trained'] = process.argv.slice(2);
await using model = await readPipeline(readFolder(BASE), { steps: 2 });
const adapters = {
  'adapter:style': {
    ...{
      name: 'low-rank',
      config: { rank: 3, alpha: 6, targets: ['*attn*.to_*.weight', '*.conv1.weight', '*.proj_in.weight'] },
    },
  },
  'adapter:style-text': {
    name: 'low-rank',
    config: { slot: 'conditioner', rank: 2, targets: ['*_proj.weight', '*.mlp.fc1.weight'] },
  },
};
const slots = { ...model.recipe.plugins, ...TRAINING, ...adapters, engine: 'tfjs-cpu' };
const recipe = { format: 1, preset: 'ddpm', plugins: slots, train: { steps: 12, batchSize: 2, seed: 5 } };
await using pipeline = await diffusion(recipe, {
  plugins: [...nodePlugins, ...model.plugins, pictures],
  weights: model.weights,
});
using trained = await pipeline.train();
const weights = loraWeights(pipeline.assembly, { parameters: trained.parametersBySlot });
await saveWeightsFile(`${folder}/pytorch_lora_weights.safetensors`, weights);
console.log(`${Object.keys(weights.tensors).length} tensors after ${trained.step} updates, loss ${trained.loss}`);
