import { existsSync, readFileSync } from 'node:fs';
import type { ReadFile } from 'rxdiffusion/diffusers';

/**
 * A folder of a pipeline that is put together of golden parts.
 *
 * @param parts - the folder on disk of each part
 * @param files - further files, as JSON
 */
export function composedFolder(
  parts: Readonly<Record<string, string>>,
  files: Readonly<Record<string, unknown>>,
): ReadFile {
  return async (path) => {
    if (Object.hasOwn(files, path)) return new TextEncoder().encode(JSON.stringify(files[path]));
    const [part = '', ...rest] = path.split('/');
    const place = parts[part] === undefined ? undefined : `${parts[part]}/${rest.join('/')}`;
    return place !== undefined && existsSync(place) ? readFileSync(place) : undefined;
  };
}

/** A scheduler of Stable Diffusion's kind. */
export const DDIM = {
  _class_name: 'DDIMScheduler',
  num_train_timesteps: 1000,
  beta_schedule: 'scaled_linear',
  beta_start: 0.00085,
  beta_end: 0.012,
  clip_sample: false,
  set_alpha_to_one: false,
  steps_offset: 1,
};
