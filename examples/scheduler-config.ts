/**
 * A scheduler_config.json of diffusers: its schedule, grid, sampler and parameterization as slots of a recipe, beside any
 * denoiser. What has no effect, and what diffusers does otherwise with this very config, is said by name.
 *
 *     npx tsx --conditions=source examples/scheduler-config.ts [scheduler_config.json]
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { diffusion, readScheduler, type SchedulerOptions } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** As Python writes it: `-Infinity` is no JSON. */
export const SCHEDULER_CONFIG = `{
  "_class_name": "DPMSolverMultistepScheduler",
  "algorithm_type": "dpmsolver++", "solver_order": 3, "final_sigmas_type": "zero",
  "beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -Infinity, "sigma_min": null,
  "prediction_type": "v_prediction", "timestep_spacing": "trailing", "use_karras_sigmas": false
}`;

/** A recipe that samples as the config says, with a network for points in the plane. */
export function recipeOf(config: string, engine: string, options: SchedulerOptions) {
  const { plugins, request, ...notes } = readScheduler(config, options);
  const denoiser = { name: 'mlp', config: { width: 32 } };
  const recipe = { format: 1, preset: 'ddpm', plugins: { ...plugins, engine, denoiser }, sample: request };
  return { recipe, notes };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2];
  const config = path === undefined ? SCHEDULER_CONFIG : await readFile(path, 'utf8');
  const { recipe, notes } = recipeOf(config, 'auto', { steps: 20 });
  console.log(notes);
  await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
  using result = await pipeline.sample({ count: 4 });
  console.log(pipeline.explain());
  console.log(result.x.arraySync());
}
