import { describe, expect, it } from 'vitest';
import type { ByteSource, Store } from '../../../src/core/contracts/store.js';
import { bytesSource } from '../../../src/core/storage/byte-sources.js';
import { decodeCheckpoint, encodeCheckpoint, readCheckpoint } from '../../../src/core/storage/checkpoint.js';
import { saveCheckpoint } from '../../../src/core/storage/checkpoints.js';
import { decodeSafetensors, encodeSafetensors } from '../../../src/core/storage/safetensors.js';
import { PIECE } from '../../../src/core/storage/seal.js';
import { loadNewest } from '../../../src/core/storage/stored-runs.js';
import { openWeights } from '../../../src/core/storage/weights.js';
import { sealedTensors, joinedParts } from '../../../src/core/storage/write-tensors.js';
import { readableOf } from '../../../src/core/tensors/readable-tensor.js';
import { memoryStore } from '../../../src/plugins/stores/memory.js';
import { fileOf } from './handmade-files.js';
import { oldCheckpoint } from './old-checkpoint.js';
import { floats, tinyCheckpoint } from './tiny-checkpoint.js';

/** A source that remembers what it was asked for. */
function watched(bytes: Uint8Array): ByteSource & { readonly asked: [offset: number, length: number][] } {
  const asked: [number, number][] = [];
  const { size, read } = bytesSource(bytes);
  return {
    asked,
    size,
    read: (offset, length) => {
      asked.push([offset, length]);
      return read(offset, length);
    },
  };
}

const headerEnd = (bytes: Uint8Array): number => 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));

describe('a file that is read by ranges', () => {
  it('is refused for its header before any data is read', async () => {
    const overlapping = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
    const hostile = [
      fileOf({ a: overlapping, b: overlapping }, new Uint8Array(8)),
      fileOf({ a: { ...overlapping, data_offsets: [0, 2 ** 40] } }, new Uint8Array(8)),
      fileOf('{', new Uint8Array(1000)),
      fileOf({}, new Uint8Array(1000), 2n ** 62n),
    ];
    for (const bytes of hostile) {
      const source = watched(bytes);
      await expect(openWeights(source)).rejects.toMatchObject({ code: 'RXD_FILE_CORRUPT' });
      expect(source.asked.every(([offset, length]) => offset + length <= bytes.length)).toBe(true);
      expect(source.asked.length).toBeLessThanOrEqual(2);
    }
  });

  it('is checked against its seal before any data is read', async () => {
    const { tensors, metadata } = decodeSafetensors(await encodeCheckpoint(tinyCheckpoint()));
    const source = watched(encodeSafetensors({ tensors, metadata: { ...metadata, pieces: '' } }));
    await expect(readCheckpoint(source, 'it')).rejects.toThrow(/RXD_FILE_CORRUPT.*SHA-256 of its header/);
    expect(source.asked.length).toBe(2);
  });

  it('is read as far as it is needed: weights of a checkpoint without the state of the optimiser', async () => {
    const bytes = await encodeCheckpoint(tinyCheckpoint());
    const source = watched(bytes);
    await using weights = await openWeights(source);
    expect(source.asked.every(([offset, length]) => offset + length <= headerEnd(bytes))).toBe(true);
    const bias = await weights.tensors['layer.bias']?.read();
    expect(bias).toEqual(tinyCheckpoint().average?.['layer.bias']);
    expect(source.asked.length).toBe(3);
    expect(source.asked.at(-1)).toEqual([headerEnd(bytes), 12]);
  });

  it('is refused where the source has fewer bytes than it says', async () => {
    const bytes = await encodeCheckpoint(tinyCheckpoint());
    const cut: ByteSource = { size: bytes.length, read: bytesSource(bytes.subarray(0, -4)).read };
    await expect(readCheckpoint(cut, 'it')).rejects.toThrow(/RXD_FILE_CORRUPT.*as its size says/);
  });

  it('is written and read in pieces, in whatever order of axes, and a broken piece is named', async () => {
    const count = (2 * PIECE) / 4 + 12;
    const data = Float32Array.from({ length: count }, (_, i) => i % 977);
    const tensors = { a: floats([3]), big: { dtype: 'float32', shape: [4, count / 4], data } } as const;
    const said = JSON.stringify({ kind: 'weights', format: 1, step: 1, recipe: { format: 1, plugins: {} } });
    const file = await sealedTensors(readableOf(tensors), { rxdiffusion: said });
    const sizes: number[] = [];
    for await (const { length } of file.parts) sizes.push(length);
    expect(Math.max(...sizes)).toBe(PIECE);
    const bytes = await joinedParts(await sealedTensors(readableOf(tensors), { rxdiffusion: said }));
    expect([bytes.length, sizes.reduce((sum, size) => sum + size)]).toEqual([file.size, file.size]);
    const read = await (await openWeights(bytes)).tensors['big']?.read([1, 0]);
    expect(read?.shape).toEqual([count / 4, 4]);
    const wrong = read?.data.findIndex((value, i) => value !== data[(i % 4) * (count / 4) + Math.floor(i / 4)]);
    expect(wrong).toBe(-1);
    bytes[bytes.length - 1]! ^= 1;
    const broken = await openWeights(bytes);
    expect(await broken.tensors['a']?.read()).toEqual(tensors.a);
    await expect(broken.tensors['big']?.read()).rejects.toThrow(/RXD_FILE_CORRUPT.*SHA-256 of the tensor big/);
  });
});

describe('stores', () => {
  it('that only read and write whole entries keep working', async () => {
    const entries = new Map<string, Uint8Array>();
    const old: Store = {
      read: async (name) => entries.get(name) ?? Promise.reject(new Error(name)),
      write: async (name, bytes) => void entries.set(name, bytes),
      list: async () => [...entries.keys()].toSorted(),
      remove: async (name) => void entries.delete(name),
    };
    await saveCheckpoint(old, tinyCheckpoint(), { keep: 1 });
    expect((await loadNewest(old))?.checkpoint).toEqual(tinyCheckpoint());
  });

  it('that wrap another by spreading it are asked their own methods', async () => {
    const store = memoryStore();
    const asked: string[] = [];
    const wrapped: Store = {
      ...store,
      read: (name) => {
        asked.push('read');
        return store.read(name);
      },
      write: (name, bytes) => {
        asked.push('write');
        return store.write(name, bytes);
      },
    };
    await saveCheckpoint(wrapped, tinyCheckpoint(), { keep: 1 });
    expect(asked).toEqual(['write', 'read']);
  });
});

describe('a checkpoint of version 0.1.0', () => {
  it('is read, from memory and by ranges', async () => {
    expect(await decodeCheckpoint(oldCheckpoint())).toEqual(tinyCheckpoint());
    expect(await readCheckpoint(watched(oldCheckpoint()), 'old')).toEqual(tinyCheckpoint());
    await using weights = await openWeights(oldCheckpoint());
    expect(await weights.tensors['layer.weight']?.read()).toEqual(tinyCheckpoint().average?.['layer.weight']);
  });

  it('is refused where one bit of one number changed', async () => {
    const bytes = oldCheckpoint();
    bytes[bytes.length - 3]! ^= 1;
    await expect(decodeCheckpoint(bytes)).rejects.toThrow(/RXD_FILE_CORRUPT.*SHA-256/);
  });
});
