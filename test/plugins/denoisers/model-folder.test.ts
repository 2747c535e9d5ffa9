import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { denoiserFromFiles } from '../../../src/plugins/denoisers/from-files.js';
import { tfjsCpu } from '../../../src/plugins/engines/tfjs-cpu.js';

const MODEL = 'test/golden/unet2d/no-mid-attention/';
const config = readFileSync(`${MODEL}unet/config.json`, 'utf8');
const shard = (number: number): string => `unet/diffusion_pytorch_model-0000${number}-of-00004.safetensors`;
const INDEX = 'unet/diffusion_pytorch_model.safetensors.index.json';

/** Reads the model, some of its files in another form. */
async function read(other: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  const engine = await tfjsCpu.create({ config: {} });
  const files = async (path: string): Promise<Uint8Array | undefined> => {
    const bytes = other[path] ?? (path === 'model_index.json' ? undefined : readFileSync(`${MODEL}${path}`));
    return typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  };
  (await denoiserFromFiles(files, { engine })).dispose?.();
}

describe('the files of a model', () => {
  it('are read', async () => {
    await expect(read({})).resolves.toBeUndefined();
  });

  const REFUSED: readonly (readonly [what: string, other: Parameters<typeof read>[0], code: string, said: RegExp])[] = [
    ['a tensor in two shards', { [shard(2)]: readFileSync(MODEL + shard(1)) }, 'RXD_FILE_CORRUPT', /differ.*again/s],
    [
      'a key of the config twice',
      { 'unet/config.json': config.replace('{', '{"seed": 1, "seed": 2,') },
      'RXD_FILE_CORRUPT',
      /"seed" twice/,
    ],
    [
      'a name of the index twice',
      { [INDEX]: '{"weight_map": {"a": "a.safetensors", "a": "b.safetensors"}}' },
      'RXD_FILE_CORRUPT',
      /"a" twice/,
    ],
    [
      'a path in the index',
      { [INDEX]: '{"weight_map": {"a": "../a.safetensors"}}' },
      'RXD_FILE_CORRUPT',
      /plain names/,
    ],
    [
      'a network of another class',
      { 'unet/config.json': config.replace('UNet2DModel', 'UNet1DModel') },
      'RXD_FORMAT_UNSUPPORTED',
      /UNet1DModel.*expected: UNet2DModel/s,
    ],
  ];

  it.each(REFUSED)('are refused with %s', async (_, other, code, said) => {
    await expect(read(other)).rejects.toMatchObject({ code, message: expect.stringMatching(said) });
  });
});
