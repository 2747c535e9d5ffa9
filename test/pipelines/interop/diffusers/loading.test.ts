import * as tf from '@tensorflow/tfjs';
import { readFileSync, existsSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { filter, firstValueFrom, map, switchMap, take, tap, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { diffusion, type Diffusion } from 'rxdiffusion';
import { loadPipeline, readPipeline, readUrl, type LoadProgress } from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder } from 'rxdiffusion/node';

const FOLDER = 'test/golden/unet2d/ddpm';
const WEIGHTS = 'unet/diffusion_pytorch_model.safetensors';
const bytes = readFileSync(`${FOLDER}/${WEIGHTS}`);
/** Bytes of the tensors: without the header. */
const SIZE = bytes.length - 8 - Number(bytes.readBigUInt64LE(0));
const use = { engine: 'tfjs-cpu' };
const plugins = nodePlugins;

/** The pipeline of a reading, on the engine of these tests. */
async function madeOf(read: Parameters<typeof readPipeline>[0], options: Parameters<typeof readPipeline>[1]) {
  await using model = await readPipeline(read, options);
  const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, ...use } };
  return await diffusion(recipe, { plugins, weights: model.weights });
}

let server: Server | undefined;
afterEach(() => void server?.close());

/** The address of a server that knows no ranges. */
async function served(answer: RequestListener): Promise<URL> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(listening.address() as AddressInfo).port}/model/`);
}

/** Answers as servers of pages do: with a page where there is no file. */
const pages: RequestListener = (asked, reply) => {
  const path = `${FOLDER}${(asked.url ?? '').slice('/model'.length)}`;
  if (existsSync(path)) return reply.setHeader('content-type', 'application/json').end(readFileSync(path));
  return reply.setHeader('content-type', 'text/html; charset=utf-8').end('<!doctype html>');
};

describe('loading', () => {
  it('tells of each byte of the weights once, up to all of them', async () => {
    const told: LoadProgress[] = [];
    await using _ = await madeOf(readFolder(FOLDER), { onProgress: (progress) => told.push(progress) });
    expect(told.length).toBeGreaterThan(10);
    expect(told.map(({ loaded }) => loaded)).toEqual(told.map(({ loaded }) => loaded).toSorted((a, b) => a - b));
    expect(told.every(({ total }) => total === SIZE)).toBe(true);
    expect(told.at(-1)?.loaded).toBe(SIZE);
  });

  it('tells of a download too, from a server that knows no ranges and answers with pages', async () => {
    const told: LoadProgress[] = [];
    const read = readUrl(await served(pages));
    await using model = await readPipeline(read, { onProgress: (progress) => told.push(progress) });
    expect(model.className).toBe('DDPMPipeline');
    const { loaded, total } = told.at(-1) as LoadProgress;
    expect(loaded).toBe(total);
    expect(total).toBeGreaterThan(bytes.length);
  });

  it('ends with RXD_ABORTED wherever it is, and frees what was made', async () => {
    const before = tf.memory().numTensors;
    const leaving = new AbortController();
    const onProgress = ({ loaded }: LoadProgress): void => void (loaded > SIZE / 2 && leaving.abort('enough'));
    const loading = madeOf(readFolder(FOLDER), { onProgress, signal: leaving.signal });
    await expect(loading).rejects.toMatchObject({ code: 'RXD_ABORTED', cause: 'enough' });
    const again = readPipeline(readFolder(FOLDER), { signal: leaving.signal });
    await expect(again).rejects.toMatchObject({ code: 'RXD_ABORTED', cause: 'enough' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends while a server sends nothing', async () => {
    const leaving = new AbortController();
    const url = await served((asked, reply) => {
      if (asked.url?.endsWith('.safetensors') !== true) return pages(asked, reply);
      reply.write('x');
      return setTimeout(() => leaving.abort('enough'), 5);
    });
    const read = readPipeline(readUrl(url), { signal: leaving.signal });
    await expect(read).rejects.toMatchObject({ code: 'RXD_ABORTED', cause: 'enough' });
    server?.closeAllConnections();
  });

  it.each([
    [{ onProgress: () => void expect.unreachable() }, /onProgress. failed/],
    [{ onProgress: 3 }, /onProgress/],
    [{ signal: {} }, /signal/],
  ])('refuses %o', async (options, said) => {
    const loading = madeOf(readFolder(FOLDER), options as object);
    await expect(loading).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
      message: expect.stringMatching(said),
    });
  });
});

describe('loadPipeline', () => {
  it('gives bytes, then a pipeline that lives as long as the subscription', async () => {
    const before = tf.memory().numTensors;
    const kinds: string[] = [];
    let kept: Diffusion | undefined;
    const size$ = loadPipeline(readFolder(FOLDER), { plugins, steps: 2, use }).pipe(
      tap(({ kind }) => kinds.push(kind)),
      filter((event) => event.kind === 'pipeline'),
      tap(({ pipeline }) => (kept = pipeline)),
      switchMap(({ pipeline }) => pipeline.sample.images({ seed: 7 })),
      map(({ kind }) => kind),
    );
    expect(await firstValueFrom(size$)).toBe('pixels');
    expect([...new Set(kinds)]).toEqual(['bytes', 'pipeline']);
    await kept?.dispose();
    await expect(kept?.sample({})).rejects.toMatchObject({ code: 'RXD_ASSEMBLY_DISPOSED' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is cancelled by unsubscribing', async () => {
    const before = tf.memory().numTensors;
    const events = await firstValueFrom(loadPipeline(readFolder(FOLDER), { plugins, use }).pipe(take(3), toArray()));
    expect(events.map(({ kind }) => kind)).toEqual(['bytes', 'bytes', 'bytes']);
    // The tensors of the weights that were read are freed with the network that was begun.
    await expect.poll(() => tf.memory().numTensors).toBe(before);
  });

  it('fails as reading does', async () => {
    const wrong$ = loadPipeline(readFolder('test/golden/unet2d'), { plugins });
    await expect(firstValueFrom(wrong$)).rejects.toMatchObject({ code: 'RXD_STORE_READ' });
    const other$ = loadPipeline(readFolder(FOLDER), { plugins, use: { sampler: 'eular' } });
    await expect(firstValueFrom(other$)).rejects.toMatchObject({ code: 'RXD_PLUGIN_UNKNOWN' });
  });
});
