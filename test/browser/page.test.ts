import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { build } from 'vite';
import {
  checkpointOf,
  checkpointWeights,
  decodeCheckpoint,
  diffusion,
  encodeCheckpoint,
  Roles,
  standardPlugins,
  type FitData,
  type SampleAsk,
} from 'rxdiffusion';
import * as tf from '@tensorflow/tfjs';
import { digitsRecipe } from '../../examples/digits/recipe.js';
import { ROOT } from '../house/source-files.js';

const FOLDER = join(ROOT, 'out', 'browser-page');
const WASM = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const { train: _, plugins, ...digits } = digitsRecipe({ steps: 2, channels: [16, 32], samplingSteps: 4, out: 'out' });
const training = new Set(['dataset', 'objective', 'timestepSampler', 'optimizer', 'average', 'store', 'observer']);
const parts = Object.fromEntries(Object.entries(plugins).filter(([slot]) => !training.has(slot)));
const recipeFor = (config: object) => ({ ...digits, plugins: { ...parts, engine: { name: 'tfjs-wasm', config } } });
const request: SampleAsk = { count: 2, seed: 3, condition: [4, 7] };

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
  rmSync(FOLDER, { recursive: true, force: true });
});

describe.skipIf(chromium === undefined)('the packed package in headless Chromium', () => {
  it('samples the digit model as Node does (skipped where no chromium is installed)', async () => {
    const { bytes, expected } = await sampledHere();
    await builtPage();
    const answers = new Promise<string>((resolve) => void serve(bytes, resolve));
    const answer = JSON.parse(await answers) as { error?: string; shape: number[]; data: number[] };
    expect(answer.error).toBeUndefined();
    expect(answer.shape).toEqual(expected.shape);
    const gap = answer.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] ?? 9))), 0);
    expect(gap).toBeLessThan(1e-4);
  }, 240_000);
});

/** A checkpoint of the model with its first weights, and what it samples in Node. */
async function sampledHere() {
  await using pipeline = await diffusion(recipeFor({}), { plugins: standardPlugins });
  const denoiser = pipeline.assembly.get(Roles.denoiser);
  const parameters = Object.fromEntries(
    Object.entries(denoiser.parameters).map(([name, tensor]) => {
      const data = Float32Array.from(tensor.dataSync());
      return [name, { dtype: 'float32' as const, shape: tensor.shape, data }];
    }),
  );
  const fit: FitData = { parameters, optimizer: {}, step: 0 };
  const bytes = await encodeCheckpoint(checkpointOf(fit, denoiser, pipeline.assembly.recipe));
  const weights = checkpointWeights(await decodeCheckpoint(bytes), denoiser, pipeline.assembly.get(Roles.engine));
  using result = await pipeline.sample({ ...request, parameters: weights });
  tf.dispose(weights);
  return { bytes, expected: result.images() };
}

/** The page, bundled against the files of `npm pack` as a user of the package would. */
async function builtPage(): Promise<void> {
  const installed = join(FOLDER, 'node_modules', 'rxdiffusion');
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  const built = existsSync(join(ROOT, 'dist', 'index.js')) ? ['--ignore-scripts'] : [];
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', FOLDER, ...built], { cwd: ROOT, encoding: 'utf8' }),
  ) as { filename: string }[];
  execFileSync('tar', ['-xzf', join(FOLDER, packed?.filename ?? ''), '-C', installed, '--strip-components=1']);
  cpSync(join(ROOT, 'test', 'browser', 'page'), FOLDER, { recursive: true });
  await build({
    configFile: false,
    logLevel: 'error',
    root: FOLDER,
    build: { outDir: 'dist', target: 'esnext', minify: false },
  });
}

/** Serves the page, opens it in Chromium, and hands over what it sends back. */
function serve(checkpoint: Uint8Array, answered: (answer: string) => void): Server {
  const server = createServer((asked, reply) => {
    const path = asked.url ?? '/';
    if (path === '/answer') {
      void bodyOf(asked).then(answered);
      reply.end();
    } else if (path === '/question.json')
      reply.end(JSON.stringify({ recipe: recipeFor({ wasmPath: '/wasm/' }), request }));
    else if (path === '/checkpoint.safetensors') reply.end(checkpoint);
    else {
      const wasm = path.startsWith('/wasm/');
      const file = wasm ? join(WASM, path.slice(6)) : join(FOLDER, 'dist', path === '/' ? 'index.html' : path);
      reply.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
      reply.statusCode = existsSync(file) ? 200 : 404;
      reply.end(existsSync(file) ? readFileSync(file) : '');
    }
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    const profile = join(FOLDER, 'profile');
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
    const browser = spawn(chromium ?? '', [...flags, '--remote-debugging-port=0', `http://127.0.0.1:${port}/`], {
      stdio: 'ignore',
    });
    closing.push(() => browser.kill('SIGKILL'));
  });
  closing.push(() => void server.close());
  return server;
}

async function bodyOf(asked: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
