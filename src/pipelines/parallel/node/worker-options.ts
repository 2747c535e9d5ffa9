import { z } from 'zod';
import { listOf, MOST, whole } from '../../../core/assembly/config-numbers.js';
import { megabytes, slotWeights } from '../../../core/requests/request-values.js';

/** What `workerDevices` may be told. */
export const workerOptions = z
  .strictObject({
    count: whole(MOST.devices),
    memoryLimit: megabytes,
    parameters: slotWeights,
    plugins: z.instanceof(URL, { error: 'expected a URL: new URL("../../presets/my-plugins.js", import.meta.url)' }),
    recipes: listOf(z.unknown(), MOST.devices),
    timeout: z
      .number()
      .min(1)
      .max(2 ** 31 - 1),
  })
  .partial();
