/**
 * Perturbed-attention guidance: digits, away from what the same network says with its attention switched off.
 *
 * No second network, no further training: guidance asks for one more reading of the network, in which each pixel attends to
 * itself alone. After little training more digits are read as the ones that were asked for, up to a scale; beyond it fewer.
 * The scale is live here, so that one pipeline samples at several.
 *
 *     npx tsx --conditions=source examples/perturbed-attention.ts
 */
import { fileURLToPath } from 'node:url';
import { of } from 'rxjs';
import {
  diffusion,
  loadDigits,
  type Diffusion,
  type LabelledImages,
  type ParameterSet,
  type Recipe,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { nearestVote } from './digits/measures.js';
import { digitsRecipe, HELD_OUT, type DigitsSettings } from './digits/recipe.js';

/** The recipe of the digits, guided by perturbed attention; weights stay in memory. */
export function perturbedAttentionRecipe(settings: Omit<DigitsSettings, 'out'>): Recipe {
  const { plugins, ...recipe } = digitsRecipe({ ...settings, out: '' });
  return { ...recipe, plugins: { ...plugins, guidance: 'pag', store: 'memory', observer: [] } };
}

/** Digits in order, ten times or less each, at one scale of guidance. */
export async function digitsAt(
  { sample }: Diffusion,
  parameters: ParameterSet,
  { scale, count }: { readonly scale: number; readonly count: number },
): Promise<LabelledImages> {
  const labels = Int32Array.from({ length: count }, (_, k) => k % 10);
  const live = { 'guidance.scale': of(scale) };
  using samples = await sample({ count, seed: 7, condition: [...labels], parameters, live });
  return { data: new Float32Array(samples.x.dataSync()), labels, shape: [count, 8, 8, 1] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const recipe = perturbedAttentionRecipe({ steps: 120, channels: [16, 32], samplingSteps: 15 });
  await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
  using weights = await pipeline.train();
  const read = nearestVote(await loadDigits({ holdOut: HELD_OUT, split: 'train' }), 5);
  for (const scale of [0, 1, 2, 8]) {
    const samples = await digitsAt(pipeline, weights.parameters, { scale, count: 200 });
    const right = read(samples).filter((digit, k) => digit === samples.labels[k]).length;
    console.log(`scale ${scale}: ${((100 * right) / 200).toFixed(1)} % are read as the digit that was asked for`);
  }
}
