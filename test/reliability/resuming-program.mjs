// Trains one update, or says what it took to go on: node --expose-gc resuming-program.mjs DOOR NODE_DOOR FOLDER ENGINE WIDTH train|resume
import { existsSync, readFileSync } from 'node:fs';

const [door, nodeDoor, folder, engine, width, what] = process.argv.slice(2);
const { diffusion } = await import(door);
const { nodePlugins } = await import(nodeDoor);

const plugins = {
  engine,
  dataset: 'two-moons',
  denoiser: { name: 'mlp', config: { width: Number(width) } },
  optimizer: 'adamw',
  average: 'ema',
  store: { name: 'folder', config: { path: folder } },
};
const recipe = { format: 1, preset: 'ddpm', plugins, train: { steps: 1, batchSize: 1 } };
const pipeline = await diffusion(recipe, { plugins: nodePlugins });
if (what === 'train') (await pipeline.train()).dispose();
else {
  globalThis.gc();
  const before = process.memoryUsage().rss;
  await new Promise((resolve, reject) => {
    const run = pipeline.train.events({ resume: true, steps: 2 }).subscribe({
      next: (event) => {
        if (event.kind !== 'start') return;
        // On Linux `maxRSS` begins with the size of the process that started this one.
        const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
        const most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
        const peak = (most * 1024 - before) / 2 ** 20;
        // Weights, two moments and the average.
        const megabytes = (4 * 4 * event.parameters) / 2 ** 20;
        console.log(JSON.stringify({ peak, megabytes }));
        setTimeout(() => run.unsubscribe());
        resolve(event);
      },
      error: reject,
    });
  });
}
await pipeline.dispose();
