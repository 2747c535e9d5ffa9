// Resident memory of this process over many short runs of one pipeline, or over one long run: a JSON line for each look.
// Words: the entry points of the package, engine, `runs` or `updates`, how many of them, looks.
const [door, nodeDoor, webDoor, engine, what, count, looks] = process.argv.slice(2);
const { diffusion } = await import(door);
const { nodePlugins } = await import(nodeDoor);
const { onnxruntimeWeb } = await import(webDoor);
const every = Math.max(1, Math.floor(Number(count) / Number(looks)));
const look = (done) => {
  if (done % every !== 0) return;
  globalThis.gc?.();
  console.log(JSON.stringify({ done, megabytes: process.memoryUsage.rss() / 2 ** 20 }));
};
const denoiser = { name: 'mlp', config: { width: 32 } };
const recipe = { format: 1, preset: 'ddpm', plugins: { engine, dataset: 'two-moons', denoiser } };
const pipeline = await diffusion(recipe, { plugins: [...nodePlugins, onnxruntimeWeb] });
if (what === 'runs') {
  for (let run = 1; run <= Number(count); run++) {
    (await pipeline.train({ steps: 3, batchSize: 32, seed: run })).dispose();
    (await pipeline.sample({ steps: 3, count: 4, seed: run })).dispose();
    look(run);
  }
} else {
  await new Promise((complete, error) => {
    const next = ({ kind, step }) => kind === 'step' && look(step);
    pipeline.train.events({ steps: Number(count), batchSize: 32 }).subscribe({ next, error, complete });
  });
}
await pipeline.dispose();
