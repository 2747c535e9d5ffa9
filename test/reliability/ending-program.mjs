// Closes devices and pipelines at random moments of native work, then ends as it is told. Words: the entry points, how, seed, closes.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

const [nodeDoor, door, how, seed, closes] = workerData ?? process.argv.slice(2);
/** Threads of a user's own, whose main thread knows nothing of what they run. */
const ofThread = isMainThread && how.endsWith('thread');
const { workerDevices, nodePlugins } = ofThread ? {} : await import(nodeDoor);
const { diffusion } = ofThread ? {} : await import(door);
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

const before = isMainThread && !ofThread ? Number(closes) : 0;
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

if (ofThread) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: process.argv.slice(2) });
  thread.once('exit', () => process.exit(7));
  await new Promise((resolve) => thread.once('message', resolve));
  await wait(100);
  if (how === 'exit-above-thread') process.exit(7);
  if (how === 'terminated-thread') await thread.terminate();
} else {
  await atWork();
  parentPort?.postMessage('at work', []);
  await wait(100);
  if (how.startsWith('SIG')) {
    process.stdout.write('end me\n');
    setInterval(() => undefined, 1000);
  } else if (how === 'thrown') setTimeout(() => JSON.parse('{'));
  else if (how === 'rejected') void Promise.reject(new Error('nobody listens'));
  else if (isMainThread || how === 'exit-of-thread') process.exit(7);
}
