import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/core/contracts/engine.js';
import { groupNorm } from '../../../src/core/kernels/group-norm.js';

/** Two instances side by side, so that the suite sees what they do to each other. */
export interface EngineUnderTest {
  readonly name: string;
  /** Makes a new engine, not yet started. */
  make(): Engine | Promise<Engine>;
}

/** The laws that every engine keeps, as a suite of tests. Call it at the top level of a test file. */
export function engineConformance({ name, make }: EngineUnderTest): void {
  describe(`engine ${name}`, () => {
    let engine: Engine;
    let other: Engine;
    const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];
    const current = (): string | undefined => tf.engine().backendName;

    beforeAll(async () => {
      await tf.setBackend('cpu');
      engine = await make();
      other = await make();
      await engine.start();
      await other.start();
    });

    afterAll(async () => {
      await engine.stop();
      await other.stop();
    });

    it('reports itself', async () => {
      const report = await engine.probe();
      expect(report).toMatchObject({ name, available: true });
      expect(report.detail).not.toBe('');
    });

    it('starts twice as once, and leaves the current backend alone', async () => {
      await engine.start();
      expect(current()).toBe('cpu');
    });

    it('runs on its own backend and gives the former one back', () => {
      expect(engine.run(() => current())).toBe(engine.backend);
      expect(current()).toBe('cpu');
    });

    it('gives the former backend back after an error', () => {
      const failing = (): void =>
        engine.run(() => {
          throw new Error('at work');
        });
      expect(failing).toThrow('at work');
      expect(current()).toBe('cpu');
    });

    it('runs within a run, its own or that of another engine', () => {
      const seen = engine.run(() => {
        const inner = [engine.run(() => current()), other.run(() => current())];
        return [...inner, current()];
      });
      expect(seen).toEqual([engine.backend, other.backend, engine.backend]);
      expect(current()).toBe('cpu');
    });

    it('compiles functions of trees of tensors', async () => {
      const work = engine.compile(({ a, list }: { a: tf.Tensor; list: readonly tf.Tensor[] }) => ({
        sum: tf.addN([a, ...list]),
        nested: { twice: tf.mul(a, 2) },
      }));
      const input = engine.run(() => ({ a: tf.tensor1d([1, 2]), list: [tf.tensor1d([3, 4]), tf.tensor1d([5, 6])] }));
      for (const round of [1, 2]) {
        const output = work(input);
        await engine.realize([output.sum, output.nested.twice]);
        expect([round, numbers(output.sum), numbers(output.nested.twice)]).toEqual([round, [9, 12], [2, 4]]);
        tf.dispose([output.sum, output.nested.twice]);
      }
      tf.dispose([input.a, ...input.list]);
    });

    it('leaves nothing behind but results', () => {
      const x = engine.run(() => tf.ones([2, 4, 4, 4]));
      const weight = engine.run(() => tf.ones([4]));
      const work = engine.compile((input: tf.Tensor) => {
        const loss = (value: tf.Tensor): tf.Tensor => tf.sum(tf.square(groupNorm(value, weight, weight, 2, 1e-5)));
        return tf.grad(loss)(tf.add(input, 1));
      });
      const before = tf.memory().numTensors;
      const gradient = work(x);
      expect(tf.memory().numTensors - before).toBe(1);
      tf.dispose([x, weight, gradient]);
    });

    it('takes tensors of another backend', () => {
      const x = tf.tensor1d([1, 2, 3]);
      const y = engine.run(() => tf.mul(x, 2));
      const z = tf.add(y, x);
      expect(numbers(z)).toEqual([3, 6, 9]);
      tf.dispose([x, y, z]);
    });

    it('refuses work before its start and after its stop, and starts again', async () => {
      const late = await make();
      expect(() => late.run(() => 1)).toThrow(/RXD_ENGINE_UNAVAILABLE/);
      await late.start();
      expect(late.run(() => 1)).toBe(1);
      await late.stop();
      await late.stop();
      expect(() => late.run(() => 1)).toThrow(/RXD_ENGINE_UNAVAILABLE/);
      await late.start();
      expect(late.run(() => 1)).toBe(1);
      await late.stop();
      expect(engine.run(() => 1)).toBe(1);
    });
  });
}
