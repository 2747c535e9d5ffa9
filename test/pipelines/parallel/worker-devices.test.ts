import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BehaviorSubject, from, lastValueFrom, Subject, take, tap, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  diffusion,
  parallel,
  Roles,
  standardPlugins,
  type DevicePool,
  type DeviceRequest,
  type Diffusion,
} from 'rxdiffusion';
import { workerDevices } from 'rxdiffusion/node';
import { built } from '../../built-source.js';

const folder = mkdtempSync(join(tmpdir(), 'rxd-devices-'));
const deadly = join(folder, 'deadly');
const network = (seed: number) => ({ name: 'mlp', config: { width: 8, blocks: 1, classes: 4, seed } });
const recipe = (slots: object) => ({
  format: 1,
  preset: 'ddpm',
  plugins: {
    ...{ engine: 'tfjs-cpu', sampler: 'ddim', denoiser: network(1) },
    ...{ conditioner: { name: 'class-label', config: { classes: 3 } }, guidance: 'cfg' },
    ...slots,
  },
});
const requests: readonly DeviceRequest[] = [12, 3, 7].map((steps, seed) => ({ steps, seed, count: 2, condition: 1 }));

// One pool serves all tests, in this order.
describe('worker threads as devices', () => {
  let pipeline: Diffusion;
  let devices: DevicePool;

  beforeAll(async () => {
    pipeline = await diffusion(recipe({ denoiser: network(5) }), { plugins: standardPlugins });
    devices = await workerDevices(recipe({ sampler: { name: 'mortal', config: { file: deadly } } }), {
      count: 2,
      parameters: pipeline.assembly.get(Roles.denoiser).parameters,
      plugins: pathToFileURL(built('test/pipelines/parallel/worker-plugins.ts')),
    });
  }, 240_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await Promise.all([devices.close(), pipeline.dispose()]);
  });

  const direct = async (request: DeviceRequest) => {
    using result = await pipeline.sample(request);
    return result.images();
  };

  it('give the bytes of direct runs, in the order asked for, with the weights they were given', async () => {
    const spread = await lastValueFrom(from(requests).pipe(parallel(devices), toArray()));
    for (const [index, request] of requests.entries()) expect(spread[index]?.images).toEqual(await direct(request));
  });

  it('see live values, send previews, and are free again when a run is cancelled', async () => {
    const scale$ = new BehaviorSubject(1);
    const request = { steps: 1000, condition: 1, live: { 'guidance.scale': scale$ }, preview: { every: 2 } };
    const events = await lastValueFrom(
      devices.sample.events(request).pipe(
        tap((event) => event.kind === 'step' && event.index === 0 && scale$.next(3)),
        take(200),
        toArray(),
      ),
    );
    const steps = events.flatMap((event) => (event.kind === 'step' ? [event] : []));
    expect([steps[0]?.live['guidance.scale'], steps.at(-1)?.live['guidance.scale']]).toEqual([1, 3]);
    expect(steps.slice(0, 4).map(({ images }) => images?.data.length)).toEqual([undefined, 2, undefined, 2]);
    expect(scale$.observed).toBe(false);
    expect((await Promise.all(requests.map((one) => devices.sample(one)))).map(({ nfe }) => nfe)).toEqual([12, 3, 7]);
  });

  it('fail a request with its own error, and serve the others', async () => {
    const broken$ = new Subject<number>();
    const failing: readonly DeviceRequest[] = [
      { steps: 2, condition: 9 },
      { steps: 1000, condition: 1, live: { 'guidance.scale': broken$ } },
      { steps: 2, condition: 2 },
    ];
    const ends = Promise.allSettled(failing.map((request) => devices.sample(request)));
    broken$.error(new Error('the slider broke'));
    expect(await ends).toMatchObject([
      { status: 'rejected', reason: { code: 'RXD_CONDITION_INVALID' } },
      { status: 'rejected', reason: { message: expect.stringContaining('the slider broke') } },
      { status: 'fulfilled' },
    ]);
    await expect(devices.sample({ parameters: {} } as DeviceRequest)).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
    });
  });

  it('run a request again elsewhere when its thread ends in it', async () => {
    writeFileSync(deadly, '');
    const spread = await lastValueFrom(from(requests).pipe(parallel(devices), toArray()));
    expect(devices.size).toBe(1);
    for (const [index, request] of requests.entries()) expect(spread[index]?.images).toEqual(await direct(request));
  });

  it('say that they are closed', async () => {
    const ends = Promise.allSettled([
      devices.sample({ steps: 1000, condition: 1 }),
      devices.sample({ steps: 2, condition: 1 }),
    ]);
    await devices.close();
    for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'RXD_DEVICE_LOST' } });
  });
});

it('a recipe that cannot be assembled is refused with its own error', async () => {
  await expect(workerDevices(recipe({ sampler: 'none such' }), { count: 1 })).rejects.toMatchObject({
    code: 'RXD_PLUGIN_UNKNOWN',
    got: expect.stringContaining('none such'),
  });
}, 120_000);
