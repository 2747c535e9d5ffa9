import { parentPort, workerData } from 'node:worker_threads';
import type { CatalogueEntry } from '../../../core/assembly/catalogue.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { givenFailed } from '../../../core/errors/given.js';
import { plainError } from '../../../core/errors/plain-error.js';
import { Roles } from '../../../core/assembly/roles.js';
import { parametersOf } from '../../../core/tensors/parameters.js';
import { endsInOrder } from '../../../core/threads/orderly.js';
import { parametersBySlot } from '../../../core/training/trained-slots.js';
import { weightedSlot } from '../../../core/assembly/networks.js';
import { diffusion, type Diffusion } from '../../diffusion.js';
import { DEVICE_PROTOCOL, type DeviceCommand } from '../device-messages.js';
import { serveDevice } from '../serve-device.js';
import { nodePlugins } from '../../presets/node-plugins.js';
import { CLOSE, type WorkerSaying, type WorkerStart } from './worker-devices.js';

/** The thread of a device: assembles the recipe, says that it stands, and serves requests until it is ended. */
if (parentPort === null) throw new Error('this file runs as a worker thread');
const port = parentPort;
const say = (saying: WorkerSaying, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(saying, transfer);

try {
  const { recipe, plugins, parameters, timeout, memoryLimit, inOrder } = workerData as WorkerStart;
  if (inOrder) endsInOrder();
  // As often as not to be taken for hung; a thread in an endless loop cannot say it.
  setInterval(() => say({ kind: 'alive' }), timeout / 4);
  const pipeline = await diffusion(recipe, {
    plugins: [...nodePlugins, ...(await pluginsOf(plugins))],
    hookTimeout: timeout,
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  });
  const weights = parameters === undefined ? undefined : weightsOf(pipeline, parameters);
  const serve = serveDevice(pipeline, say, weights);
  port.on('message', (command: DeviceCommand | typeof CLOSE) => {
    if (command === CLOSE) void pipeline.dispose().finally(() => process.exit());
    else serve(command);
  });
  say({ kind: 'ready', protocol: DEVICE_PROTOCOL });
} catch (error) {
  say({ kind: 'refused', error: plainError(error) });
}

async function pluginsOf(url: string | undefined): Promise<readonly CatalogueEntry[]> {
  if (url === undefined) return [];
  const module = (await import(url).catch((error: unknown) => {
    throw givenFailed('the module that `plugins` of workerDevices names failed', error);
  })) as { readonly plugins?: readonly CatalogueEntry[] };
  if (Array.isArray(module.plugins)) return module.plugins;
  throw new DiffusionError('RXD_PLUGIN_MISSING', {
    problem: 'the module of plugins for worker threads has no list of them',
    got: `${url} with the exports ${Object.keys(module).join(', ') || 'none'}`,
    expected: 'a module that exports `plugins`, a list of plugin definitions',
    fix: 'add `export const plugins = [mine];` to it',
  });
}

function weightsOf({ assembly }: Diffusion, parameters: NonNullable<WorkerStart['parameters']>) {
  const sets = Object.entries(parametersBySlot(parameters));
  return assembly
    .get(Roles.engine)
    .run(() =>
      Object.fromEntries(sets.map(([slot, set]) => [slot, parametersOf(set, weightedSlot(assembly, slot).parameters)])),
    );
}
