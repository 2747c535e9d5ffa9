import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Loan } from '../../../src/core/loop/loan.js';

describe('Loan', () => {
  let owner: tf.Tensor;
  beforeEach(async () => {
    await tf.setBackend('cpu');
    owner = tf.tensor1d([1, 2]);
  });
  afterEach(() => owner.dispose());

  it('lends a clone, and makes none when nobody asks', () => {
    const before = tf.memory().numTensors;
    const loan = new Loan(owner, 'x', () => 'step 3 of 50');
    expect(tf.memory().numTensors).toBe(before);
    expect([...loan.tensor.dataSync()]).toEqual([1, 2]);
    expect(loan.tensor).toBe(loan.tensor);
    loan.expire();
    expect(tf.memory().numTensors).toBe(before);
    expect(owner.isDisposed).toBe(false);
  });

  it.each<[string, (kept: tf.Tensor) => unknown]>([
    ['reading it', (kept) => kept.dataSync()],
    ['an operation on it', (kept) => tf.add(kept, 1)],
    ['a clone of it', (kept) => kept.clone()],
  ])('names the event when the tensor is touched afterwards by %s', (_, touch) => {
    const loan = new Loan(owner, 'x', () => 'step 3 of 50');
    const kept = loan.tensor;
    loan.expire();
    const before = tf.memory().numTensors;
    expect(() => touch(kept)).toThrow(/RXD_LOAN_EXPIRED: the tensor `x` of step 3 of 50/);
    expect(() => loan.tensor).toThrow(/RXD_LOAN_EXPIRED/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves alone what the borrower cloned in time', () => {
    const loan = new Loan(owner, 'x', () => 'the end event');
    const mine = loan.tensor.clone();
    loan.expire();
    expect([...mine.dataSync()]).toEqual([1, 2]);
    mine.dispose();
  });
});
