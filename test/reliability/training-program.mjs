// Trains until it is killed or done, and says which checkpoints are safe. Words: the entry points, the recipe as JSON.
const [nodeDoor, door, recipe] = process.argv.slice(2);
const { nodePlugins } = await import(nodeDoor);
const { diffusion } = await import(door);

const pipeline = await diffusion(JSON.parse(recipe), { plugins: nodePlugins });
pipeline.train.events({ run: 'killed', resume: true }).subscribe(({ kind, step }) => {
  if (kind !== 'step') process.stdout.write(`${kind} ${step}\n`);
});
