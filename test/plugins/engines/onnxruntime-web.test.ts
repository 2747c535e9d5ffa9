import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Engine } from 'rxdiffusion';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';
import { isReadLater } from '../../../src/core/tensors/read-floats.js';
import { blockSize } from '../../../src/plugins/engines/onnxruntime/blocked/self-test.js';
import { workingRunner } from '../../../src/plugins/engines/onnxruntime/runner/provider-test.js';
import { startWebThread } from '../../../src/plugins/engines/onnxruntime/web/thread.js';
import { engineConformance } from './conformance.js';

const makeWith = async (settings: object): Promise<Engine> =>
  onnxruntimeWeb.create({ config: onnxruntimeWeb.config.parse(settings) });

engineConformance({ name: 'onnxruntime-web', make: () => makeWith({ threads: 1 }), long: true });

describe('onnxruntime-web', () => {
  it('refuses to start where there is no WebGPU, and does not go on without', async () => {
    const engine = await makeWith({ provider: 'webgpu' });
    expect(await engine.probe()).toMatchObject({ available: false, detail: expect.stringContaining('WebGPU') });
    await expect(engine.start()).rejects.toMatchObject({ code: 'RXD_ENGINE_UNAVAILABLE' });
  });

  it('computes on several threads, and ends them', async () => {
    const engine = await makeWith({ threads: 2 });
    await engine.start();
    const x = engine.run(() => tf.tidy(() => tf.matMul(tf.ones([64, 64]), tf.ones([64, 64]))));
    expect((await x.data())[0]).toBe(64);
    x.dispose();
    await engine.stop();
  });

  it('has no operators over blocks of channels, so that the engine need not ask', async () => {
    const runner = await workingRunner({ provider: 'wasm', threads: 1 }, startWebThread);
    expect(await blockSize(runner)).toBe(0);
    await runner.stop();
  });
});

describe('onnxruntime-web on a page, which has no memory to share and may not stand still', () => {
  beforeAll(() => vi.stubGlobal('SharedArrayBuffer', undefined));
  afterAll(() => void vi.unstubAllGlobals());

  it('says that values can only be waited for, and keeps what was', async () => {
    const engine = await makeWith({ threads: 1 });
    await engine.start();
    const x = engine.run(() => tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1)));
    expect(isReadLater(x)).toBe(true);
    const refused = { code: 'RXD_ENGINE_FAILED', fix: expect.stringContaining('await tensor.data()') };
    expect(() => x.dataSync()).toThrow(expect.objectContaining(refused));
    expect([...(await x.data())]).toEqual([2, 3]);
    expect([...x.dataSync()]).toEqual([2, 3]);
    const y = engine.run(() => tf.tidy(() => tf.mul(x, x)));
    expect([...(await y.data())]).toEqual([4, 9]);
    tf.dispose([x, y]);
    await engine.stop();
  });
});
