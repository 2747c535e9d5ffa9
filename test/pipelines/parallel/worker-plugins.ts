import { unlinkSync } from 'node:fs';
import { z } from 'zod';
import { definePlugin, defineSampler, Roles } from 'rxdiffusion';

/** DDIM that ends its thread in the third step of the run that finds a file, and takes the file along. */
const mortal = definePlugin({
  role: Roles.sampler,
  name: 'mortal',
  config: z.strictObject({ file: z.string().describe('path') }),
  create: ({ config }) =>
    defineSampler({
      order: 1,
      stochastic: false,
      init: (x) => ({ x }),
      step: ({ x }, { index, from, to, denoise, combine }) => {
        if (index === 2 && taken(config.file)) process.exit(3);
        const { denoised, noise } = denoise(x, from);
        return { x: combine([to.alpha, denoised], [to.sigma, noise]) };
      },
    }),
});

/** DDIM that never comes back from a run of seven steps. */
const endless = definePlugin({
  role: Roles.sampler,
  name: 'endless',
  config: z.strictObject({}),
  create: () =>
    defineSampler({
      order: 1,
      stochastic: false,
      init: (x) => ({ x }),
      step: ({ x }, { index, count, from, to, denoise, combine }) => {
        if (count === 7 && index === 2) for (;;);
        const { denoised, noise } = denoise(x, from);
        return { x: combine([to.alpha, denoised], [to.sigma, noise]) };
      },
    }),
});

export const plugins = [mortal, endless];

function taken(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}
