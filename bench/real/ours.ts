import type * as tf from '@tensorflow/tfjs';
import { readFolder } from '../../src/core/files/read-folder.js';
import { givenParameters } from '../../src/core/networks/own-parameters.js';
import { openTensors } from '../../src/core/storage/model-folder.js';
import { startedEngine } from '../engine/engines.js';
import type { ModelName } from './models.js';
import { PARTS } from './parts.js';
import type { Job, Said } from './side.js';

/**
 * Our side of a pair, in a process of its own, so that its memory is its own: loads a model from its folder, calls it, and
 * says in one line how long that took and how much memory there was at most. Its one word is the job as JSON.
 */
const { model, folder, variant, batch, size, runs } = JSON.parse(process.argv[2] ?? '{}') as Job;
const part = PARTS[model as ModelName]();
const engine = await startedEngine('onnxruntime', { threads: 2 });
const began = performance.now();
const files = await openTensors(readFolder(folder), { folder: '', stem: part.stem, variant }, (name) => name);
const parameters = await givenParameters(part.specs, files.tensors, engine);
await files.close();
const loadMs = performance.now() - began;
const loadMb = peakMb();

const work = part.work(parameters);
const call = engine.compile(({ weights, inputs }: { weights: typeof parameters; inputs: Record<string, tf.Tensor> }) =>
  work(weights, inputs),
);
const inputs = engine.run(() => part.inputs(batch, size));
const times: number[] = [];
for (let run = 0; run < 1 + runs; run++) {
  const start = performance.now();
  const output = call({ weights: parameters, inputs });
  await engine.realize([output]);
  times.push(performance.now() - start);
  output.dispose();
}
const [firstMs = 0, ...callMs] = times;
await engine.stop();
console.log(JSON.stringify({ loadMs, loadMb, firstMs, callMs, peakMb: peakMb() } satisfies Said));

/** Most memory that this process has had, in megabytes. */
function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
