import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { eagerEngine } from './eager.js';

/**
 * tfjs's own CPU backend in plain JavaScript: it runs everywhere and has every kernel of tfjs, but is slow. Source:
 * TensorFlow.js, backend cpu.
 * When: tests and small examples.
 */
export const tfjsCpu = definePlugin({
  role: Roles.engine,
  name: 'tfjs-cpu',
  summary: "tfjs's own CPU backend in plain JavaScript: every kernel, slowly.",
  reference: 'TensorFlow.js, backend cpu',
  tags: { runs: 'everywhere', gradients: true, when: 'tests and small examples' },
  config: z.strictObject({}),
  create: () =>
    eagerEngine({
      name: 'tfjs-cpu',
      backend: 'cpu',
      readsExpose: true,
      probe: () =>
        Promise.resolve(
          tf.findBackendFactory('cpu') === null
            ? { available: false, detail: 'tfjs was loaded without its cpu backend' }
            : { available: true, detail: 'plain JavaScript, one thread' },
        ),
      // `firstUse` makes tfjs advertise its native package on the console; a person who chose this engine has chosen.
      make: () => Object.assign(tf.findBackendFactory('cpu')() as tf.KernelBackend, { firstUse: false }),
    }),
  dispose: (engine) => engine.stop(),
});
