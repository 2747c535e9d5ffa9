// Reads hostile recipes, checkpoints, model folders and scheduler configs while no module can be loaded; run without code from strings. Words: the entry points, a folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { join } from 'node:path';

const [nodeDoor, door, folder] = process.argv.slice(2);
const { folderStore, nodePlugins, parseRecipeText, denoiserFromFolder } = await import(nodeDoor);
const { decodeCheckpoint, diffusion, encodeSafetensors, readScheduler, Roles } = await import(door);

const mine = join(folder, 'mine.mjs');
writeFileSync(mine, 'globalThis.loadedByConfig = true;');
writeFileSync(join(folder, 'mine.cjs'), 'globalThis.loadedByConfig = true;');

const base = {
  engine: 'tfjs-cpu',
  dataset: { name: 'two-moons', config: { size: 16 } },
  denoiser: { name: 'mlp', config: { width: 4, blocks: 1 } },
};
const make = async (recipe) => {
  const pipeline = await diffusion(recipe, { plugins: nodePlugins });
  try {
    (await pipeline.sample({ steps: 1, count: 1 })).dispose();
  } finally {
    await pipeline.dispose();
  }
};
await make({ format: 1, preset: 'ddpm', plugins: base });
const kept = await diffusion({ format: 1, preset: 'ddpm', plugins: base }, { plugins: nodePlugins });
const engine = kept.assembly.get(Roles.engine);

// From here on each module that is asked for is counted, and none is loaded.
const asked = [];
const { register } = createRequire(import.meta.url)('node:module');
const { port1, port2 } = new MessageChannel();
const hooks = `
  let port;
  export const initialize = (data) => void (port = data.port);
  export const resolve = (name) => {
    port.postMessage(name);
    throw new Error('no module is loaded here');
  };`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { port: port2 }, transferList: [port2] });
port1.on('message', (name) => asked.push(name)).unref();
Module._load = (name) => {
  asked.push(name);
  throw new Error('no module is loaded here');
};

const codes = [
  mine,
  new URL(`file://${mine}`).href,
  '../mine.mjs',
  'data:text/javascript,globalThis.loadedByConfig=true',
  'node:child_process',
  'fs',
  'tsx/esm/api',
  'https://example.org/mine.mjs',
  'constructor',
  '__proto__',
  '(() => (globalThis.loadedByConfig = true))()',
  '${globalThis.loadedByConfig = true}',
  '!!js/function "function () { globalThis.loadedByConfig = true }"',
];
const roles = ['engine', 'sampler', 'schedule', 'denoiser', 'dataset', 'store', 'observer', 'postProcessor'];
const keys = [
  'plugins',
  'module',
  'path',
  'wasmPath',
  'wasmPaths',
  'main',
  'import',
  'require',
  '_class_name',
  '_target_',
];
const recipe = (plugins, more = {}) => ({ format: 1, preset: 'ddpm', plugins: { ...base, ...plugins }, ...more });
const file = (said) => encodeSafetensors({ tensors: {}, metadata: { format: 'pt', ...said } });
const model = async (config) => {
  const path = join(folder, 'model');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  writeFileSync(join(path, 'diffusion_pytorch_model.safetensors'), file({}));
  writeFileSync(join(path, 'diffusion_pytorch_model.bin'), 'cos\nsystem\n');
  await denoiserFromFolder(path, { engine });
};

/** Everything that reads `code` as a setting. */
const attempts = codes.flatMap((code) => [
  ...roles.map((role) => () => make(recipe({ [role]: code }))),
  ...roles.map((role) => () => make(recipe({ [role]: { name: code, config: { path: code } } }))),
  ...keys.map((key) => () => make(recipe({ sampler: { name: 'ddim', config: { [key]: code } } }))),
  ...keys.map((key) => () => make(recipe({}, { [key]: code }))),
  ...keys.map((key) => () => make(recipe({ engine: { name: 'tfjs-cpu', config: { [key]: code } } }))),
  ...keys.map((key) => () => make(recipe({ engine: { name: 'tfjs-wasm', config: { [key]: code } } }))),
  () => make(recipe({}, { preset: code })),
  () => make(parseRecipeText(`format: 1\npreset: ${code}\nplugins: { engine: ${JSON.stringify(code)} }`, 'yaml')),
  () => make(parseRecipeText(`format: 1\nplugins: { sampler: !!js/function '${code}' }`, 'yaml')),
  () => make(parseRecipeText(JSON.stringify(recipe({ sampler: code }, { preset: code })), 'json')),
  ...keys.map((key) => () => readScheduler({ _class_name: 'DDIMScheduler', [key]: code })),
  () => readScheduler({ _class_name: code }),
  () => readScheduler({ _class_name: ['custom', code], auto_map: { AutoModel: code } }),
  ...keys.map((key) => () => model({ _class_name: 'UNet2DModel', [key]: code })),
  () => model({ _class_name: code, auto_map: { AutoModel: code } }),
  () => model({ _class_name: 'UNet2DModel', act_fn: code, down_block_types: [code] }),
  () =>
    decodeCheckpoint(file({ rxdiffusion: JSON.stringify({ format: 1, step: 1, recipe: recipe({ sampler: code }) }) })),
  () => decodeCheckpoint(file({ rxdiffusion: code, [code]: code })),
  () => folderStore(folder).read(code),
]);

const counts = { attempts: attempts.length, refused: 0, untyped: [], loaded: [] };
for (const attempt of attempts) {
  try {
    await attempt();
  } catch (error) {
    if (String(error?.code).startsWith('RXD_')) counts.refused++;
    else counts.untyped.push(String(error?.stack).slice(0, 300));
  }
}
await new Promise((resolve) => setTimeout(resolve, 50));
// The hook itself works: what a program asks for is seen, and not loaded.
const seen = asked.length;
const works = await import('node:os').then(
  () => false,
  () => asked.length > seen || new Promise((resolve) => setTimeout(() => resolve(asked.length > seen), 50)),
);
counts.loaded = asked.slice(0, seen);
if (globalThis.loadedByConfig) counts.loaded.push('mine');
process.stdout.write(JSON.stringify({ ...counts, works }));
process.exit();
