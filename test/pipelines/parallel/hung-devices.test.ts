import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DevicePool } from 'rxdiffusion';
import { workerDevices } from 'rxdiffusion/node';
import { built } from '../../built-source.js';
import { figure } from '../../figure.js';

const LIMIT = 1000;
const recipe = {
  format: 1,
  preset: 'ddpm',
  plugins: { engine: 'tfjs-cpu', sampler: 'endless', denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } } },
};
let devices: DevicePool;
beforeAll(async () => {
  const plugins = pathToFileURL(built('test/pipelines/parallel/worker-plugins.ts'));
  devices = await workerDevices(recipe, { count: 1, timeout: LIMIT, plugins });
}, 60_000);
afterAll(() => devices.close());

it('ends and replaces a thread that never comes back: its request fails alone, the pool lives', async () => {
  const began = performance.now();
  const poisonous = devices.sample({ steps: 7 });
  const neighbour = devices.sample({ steps: 3, seed: 1 });
  await expect(poisonous).rejects.toMatchObject({ code: 'RXD_DEVICE_LOST' });
  const failed = performance.now() - began;
  expect((await neighbour).nfe).toBe(3);
  const replaced = performance.now() - began - failed;
  expect(devices.size).toBe(1);
  figure(
    'R15',
    `2 hung threads ended and replaced; error after ${Math.round(failed)} ms (2 tries of ${LIMIT} ms and a start), the next result ${Math.round(replaced)} ms later`,
  );
}, 60_000);

it('does not hand a hung device out again when its request is cancelled', async () => {
  const abort = new AbortController();
  const hung = devices.sample({ steps: 7 }, { signal: abort.signal });
  await new Promise((resolve) => setTimeout(resolve, 100));
  abort.abort();
  await expect(hung).rejects.toMatchObject({ code: 'RXD_ABORTED' });
  expect((await devices.sample({ steps: 3 })).nfe).toBe(3);
}, 60_000);
