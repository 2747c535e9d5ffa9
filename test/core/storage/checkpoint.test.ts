import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHECKPOINT_FORMAT,
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
} from '../../../src/core/storage/checkpoint.js';
import { decodeSafetensors, encodeSafetensors } from '../../../src/core/storage/safetensors.js';
import { floats, tinyCheckpoint } from './tiny-checkpoint.js';

const tensors = fc.dictionary(
  fc.string({ unit: 'grapheme', maxLength: 8 }).filter((name) => name !== '__proto__'),
  fc.float32Array({ maxLength: 6 }).map((data) => ({ dtype: 'float32' as const, shape: [data.length], data })),
  { maxKeys: 4, noNullPrototype: true },
);

const checkpoints = fc
  .record({
    step: fc.nat(),
    parameters: tensors,
    optimizer: tensors,
    average: fc.option(tensors, { nil: undefined }),
    seed: fc.integer(),
  })
  .map(({ seed, average, ...rest }): Checkpoint => {
    const recipe = { format: 1, plugins: { noise: 'philox', observer: ['progress'] }, train: { seed } } as const;
    return { ...rest, recipe, ...(average === undefined ? {} : { average }) };
  });

/** A checkpoint whose metadata or tensors were changed after it was sealed. */
async function changed(change: (said: Record<string, unknown>) => unknown): Promise<Uint8Array> {
  const { tensors, metadata } = decodeSafetensors(await encodeCheckpoint(tinyCheckpoint()));
  const said = JSON.parse(metadata['rxdiffusion'] ?? '') as Record<string, unknown>;
  return encodeSafetensors({ tensors, metadata: { ...metadata, rxdiffusion: JSON.stringify(change(said)) } });
}

const refusal = (bytes: Uint8Array): Promise<unknown> => decodeCheckpoint(bytes, 'run/checkpoint-00000012');

describe('encodeCheckpoint and decodeCheckpoint', () => {
  it('give back step, recipe, weights, optimiser state and average', async () => {
    await fc.assert(
      fc.asyncProperty(checkpoints, async (checkpoint) => {
        expect(await decodeCheckpoint(await encodeCheckpoint(checkpoint))).toEqual(checkpoint);
      }),
    );
  });

  it('write equal bytes for equal checkpoints', async () => {
    expect(await encodeCheckpoint(tinyCheckpoint())).toEqual(await encodeCheckpoint(tinyCheckpoint()));
  });

  it('tell an average without weights from no average', async () => {
    const { average: _, ...without } = tinyCheckpoint();
    expect(await decodeCheckpoint(await encodeCheckpoint({ ...without, average: {} }))).toHaveProperty('average', {});
    expect(await decodeCheckpoint(await encodeCheckpoint(without))).not.toHaveProperty('average');
  });

  it('keep weights under names that any reader of safetensors shows', async () => {
    const { tensors } = decodeSafetensors(await encodeCheckpoint(tinyCheckpoint()));
    expect(tensors['parameters/layer.weight']).toEqual(tinyCheckpoint().parameters['layer.weight']);
  });
});

describe('a checkpoint of a newer format', () => {
  it('is refused by RXD_FORMAT_VERSION, which names the file and both formats', async () => {
    const newer = await changed((said) => ({ ...said, format: CHECKPOINT_FORMAT + 1, whatever: 'comes' }));
    await expect(refusal(newer)).rejects.toMatchObject({
      code: 'RXD_FORMAT_VERSION',
      problem: expect.stringContaining('run/checkpoint-00000012'),
      got: `checkpoint format ${CHECKPOINT_FORMAT + 1}`,
      expected: `checkpoint format ${CHECKPOINT_FORMAT} or older`,
    });
  });
});

describe('a broken checkpoint', () => {
  it('is refused wherever it is cut off', async () => {
    const bytes = await encodeCheckpoint(tinyCheckpoint());
    for (let length = 0; length < bytes.length; length++)
      await expect(refusal(bytes.slice(0, length))).rejects.toMatchObject({ code: 'RXD_FILE_CORRUPT' });
  });

  it('is refused when one bit of one number changed', async () => {
    const bytes = await encodeCheckpoint(tinyCheckpoint());
    bytes.set([(bytes.at(-3) ?? 0) ^ 1], bytes.length - 3);
    await expect(refusal(bytes)).rejects.toThrow(/RXD_FILE_CORRUPT.*SHA-256/);
  });

  it.each([
    ['another step', (said: object) => ({ ...said, step: 13 })],
    ['another recipe', (said: object) => ({ ...said, recipe: { format: 1, plugins: {} } })],
    ['its average denied', (said: object) => ({ ...said, average: false })],
  ])('is refused with %s under the old seal', async (_, change) => {
    await expect(refusal(await changed(change))).rejects.toThrow(/RXD_FILE_CORRUPT.*SHA-256/);
  });

  it('is refused with two weights swapped', async () => {
    const { tensors, metadata } = decodeSafetensors(await encodeCheckpoint(tinyCheckpoint()));
    const swapped = { ...tensors, 'parameters/layer.bias': floats([3], 1), 'average/layer.bias': floats([3]) };
    await expect(refusal(encodeSafetensors({ tensors: swapped, metadata }))).rejects.toThrow(/SHA-256/);
  });

  it('is refused without a seal', async () => {
    const { tensors, metadata } = decodeSafetensors(await encodeCheckpoint(tinyCheckpoint()));
    const { sha256: _, ...unsealed } = metadata;
    await expect(refusal(encodeSafetensors({ tensors, metadata: unsealed }))).rejects.toThrow(/SHA-256/);
  });

  it.each([
    ['a negative step', (said: object) => ({ ...said, step: -1 })],
    ['half a step', (said: object) => ({ ...said, step: 0.5 })],
    ['no step', (said: object) => ({ ...said, step: undefined })],
    ['a format that is no number', (said: object) => ({ ...said, format: '1' })],
    ['a format below zero', (said: object) => ({ ...said, format: -1 })],
    ['no metadata but null', () => null],
    ['no metadata but a list', () => []],
  ])('is refused with %s', async (_, change) => {
    await expect(refusal(await changed(change))).rejects.toThrow(/RXD_FILE_CORRUPT.*metadata of a checkpoint/);
  });

  it('is refused with a recipe nested so deep that a recursive reader would fall', async () => {
    const { tensors, metadata } = decodeSafetensors(await encodeCheckpoint(tinyCheckpoint()));
    const deep = `{"format":1,"step":0,"average":false,"recipe":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const bytes = encodeSafetensors({ tensors, metadata: { ...metadata, rxdiffusion: deep } });
    await expect(refusal(bytes)).rejects.toThrow(/RXD_FILE_CORRUPT.*nested at most/);
  });

  it('is refused where it is a safetensors file of something else', async () => {
    const weights = encodeSafetensors({ tensors: { w: floats([2]) }, metadata: { format: 'pt' } });
    await expect(refusal(weights)).rejects.toThrow(/RXD_FORMAT_UNSUPPORTED.*a checkpoint of rxdiffusion/s);
    const other = encodeSafetensors({ tensors: {}, metadata: { rxdiffusion: 'yes' } });
    await expect(refusal(other)).rejects.toThrow(/RXD_FILE_CORRUPT.*must be JSON/);
  });
});
