// Closes devices and pipelines at random moments of native work, then ends as it is told. Words: the doors, how, seed, closes.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

const [nodeDoor, door, how, seed, closes] = workerData ?? process.argv.slice(2);
const { workerDevices, nodePlugins } = await import(nodeDoor);
const { diffusion } = await import(door);
const denoiser = { name: 'mlp', config: { width: 256, blocks: 3 } };
const recipe = { format: 1, preset: 'ddpm', plugins: { engine: 'onnxruntime', dataset: 'two-moons', denoiser } };
const long = { steps: 400, count: 2048 };

let state = Number(seed);
const random = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
const wait = (most) => new Promise((resolve) => setTimeout(resolve, random() * most));

/** A pipeline that samples or trains. */
async function atWork() {
  const pipeline = await diffusion(recipe, { plugins: nodePlugins });
  (await pipeline.sample({ steps: 1, count: 2048 })).dispose();
  const run = random() < 0.5 ? pipeline.sample(long) : pipeline.train({ steps: 1000, batchSize: 1024 });
  return { pipeline, ended: run.catch((error) => error) };
}

const before = isMainThread ? Number(closes) : 0;
for (let close = 0; close < before; close++) {
  if (close % 2 === 0) {
    const devices = await workerDevices(recipe, { count: 1 });
    await devices.sample({ steps: 1, count: 2048 });
    const ended = devices.sample(long).catch((error) => error);
    await wait(100);
    await devices.close();
    if ((await ended).code !== 'RXD_DEVICE_LOST') throw new Error(`a closed device said ${(await ended).code}`);
  } else {
    const { pipeline, ended } = await atWork();
    await wait(100);
    await pipeline.dispose();
    await ended;
  }
}

if (how === 'exit-of-thread' && isMainThread) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: process.argv.slice(2) });
  thread.once('exit', (status) => process.exit(status));
} else {
  await atWork();
  await wait(100);
  if (how.startsWith('SIG')) {
    process.stdout.write('end me\n');
    setInterval(() => undefined, 1000);
  } else if (how === 'thrown') setTimeout(() => JSON.parse('{'));
  else if (how === 'rejected') void Promise.reject(new Error('nobody listens'));
  else process.exit(7);
}
