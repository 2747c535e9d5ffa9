// Loads a file of weights and says what it took: node --expose-gc loading-program.mjs DOOR NODE_DOOR PATH ENGINE SHAPES
import { existsSync, readFileSync } from 'node:fs';

const [door, nodeDoor, path, engine, said] = process.argv.slice(2);
const { assemble, catalogue, loadWeights, Roles } = await import(door);
const { nodePlugins, openWeightsFile } = await import(nodeDoor);

const plugins = { engine, dataset: 'two-moons', denoiser: { name: 'mlp', config: { width: 2 } } };
const assembly = await assemble(catalogue(nodePlugins), { format: 1, preset: 'ddpm', plugins });
// A network that is nothing but names and shapes: one of its tensors lies otherwise in memory.
const layout = (name) => (name === 'large' ? 'linear' : 'same');
const shapes = Object.entries(JSON.parse(said)).map(([name, shape]) => [
  name,
  { shape: layout(name) === 'linear' ? shape.toReversed() : shape },
]);
const denoiser = { layout, parameters: Object.fromEntries(shapes) };
const network = { get: (role) => (role === Roles.denoiser ? denoiser : assembly.get(role)), find: () => undefined };

globalThis.gc();
const before = process.memoryUsage().rss;
const weights = await openWeightsFile(path);
const loaded = await loadWeights(weights, network);
// On Linux `maxRSS` begins with the size of the process that started this one.
const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
const most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
const peak = most * 1024 - before;
const first = await loaded.parameters.flat.slice([0], [4]).data();
console.log(JSON.stringify({ peak: peak / 2 ** 20, first: [...first] }));
loaded.dispose();
await weights.close();
await assembly.dispose();
