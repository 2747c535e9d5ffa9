import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeCheckpoint, decodeSafetensors } from 'rxdiffusion';
import { call } from './recording-output.js';

const unet = {
  ...{ sample_size: 8, in_channels: 1, out_channels: 1, block_out_channels: [4, 4], layers_per_block: 1 },
  ...{ down_block_types: ['DownBlock2D', 'DownBlock2D'], up_block_types: ['UpBlock2D', 'UpBlock2D'] },
  ...{ norm_num_groups: 2, add_attention: false, num_class_embeds: 11 },
};
const recipe = {
  format: 1,
  preset: 'ddpm',
  plugins: {
    engine: 'tfjs-cpu',
    dataset: 'digits',
    denoiser: { name: 'unet2d', config: unet },
    conditioner: { name: 'class-label', config: { classes: 10 } },
    sampler: 'ddim',
    observer: [],
  },
  train: { steps: 2, batchSize: 4 },
};

let folder = '';
const path = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  await writeFile(path('recipe.json'), JSON.stringify(recipe));
  await writeFile(path('recipe.yaml'), stringify(recipe));
});
afterEach(() => rm(folder, { recursive: true }));

describe('train', () => {
  it.each(['recipe.json', 'recipe.yaml'])('by %s leaves a checkpoint', async (file) => {
    const { status, lines } = await call('train', path(file), '--out', path('run'));
    expect(status).toBe(0);
    expect(lines.join()).toContain('2 updates');
    const [name = ''] = await readdir(path('run'));
    expect(name).toBe('checkpoint-00000002.safetensors');
    expect((await decodeCheckpoint(await readFile(path(join('run', name))))).step).toBe(2);
  });

  it('goes on from its checkpoint', async () => {
    await call('train', path('recipe.json'), '--out', path('run'));
    const { status, lines } = await call(
      'train',
      path('recipe.json'),
      '--out',
      path('run'),
      '--steps',
      '5',
      '--resume',
    );
    expect([status, lines.join()]).toEqual([0, expect.stringContaining('5 updates')]);
  });

  it('stops after Ctrl-C with a checkpoint, and --resume goes on from it', async () => {
    const run = call('train', path('recipe.json'), '--out', path('run'), '--steps', '100000');
    const poll = setInterval(() => process.listenerCount('SIGINT') > 0 && process.emit('SIGINT'), 20);
    const { status, said } = await run;
    clearInterval(poll);
    expect(status).toBe(130);
    expect(said).toContain('stopping after this update');
    const [name = ''] = await readdir(path('run'));
    const { step } = await decodeCheckpoint(await readFile(path(join('run', name))));
    expect(step).toBeLessThan(1000);
    expect(process.listenerCount('SIGINT')).toBe(0);
    const steps = String(step + 1);
    const again = await call('train', path('recipe.json'), '--out', path('run'), '--steps', steps, '--resume');
    expect(again.lines.join()).toContain(`${steps} updates`);
  });
});

describe('export', () => {
  it('writes weights alone, which sample as the checkpoint does', async () => {
    await call('train', path('recipe.json'), '--out', path('run'), '--use', 'average=ema');
    const checkpoint = path(join('run', 'checkpoint-00000002.safetensors'));
    const { status, lines } = await call('export', checkpoint);
    const weights = path(join('run', 'weights-00000002.safetensors'));
    expect([status, lines.join()]).toEqual([0, expect.stringContaining(weights)]);
    const sampled = async (file: string) => {
      const raw = path('raw.safetensors');
      const words = ['--count', '2', '--steps', '2', '--labels', '3', '--raw', raw];
      expect((await call('sample', file, ...words)).status).toBe(0);
      return decodeSafetensors(await readFile(raw)).tensors['samples']?.data;
    };
    const expected = await sampled(checkpoint);
    expect(await sampled(weights)).toEqual(expected);
    const half = path('half.safetensors');
    const json = await call('export', checkpoint, '--dtype', 'float16', '--out', half, '--json');
    const bytes = (await stat(half)).size;
    expect(JSON.parse(json.lines.join())).toEqual({ kind: 'export', file: half, bytes, dtype: 'float16', step: 2 });
    expect((await sampled(half))?.every(Number.isFinite)).toBe(true);
    const [rounded, whole] = [
      decodeSafetensors(await readFile(half)).tensors,
      decodeSafetensors(await readFile(weights)).tensors,
    ];
    expect(Object.keys(rounded)).toEqual(Object.keys(whole));
    const off = Object.entries(whole).flatMap(([name, { data }]) =>
      Array.from(
        data,
        (value, i) => Math.abs((rounded[name]?.data[i] ?? NaN) - value) / Math.max(Math.abs(value), 2 ** -14),
      ),
    );
    expect(Math.max(...off)).toBeLessThanOrEqual(2 ** -11);
    expect(bytes).toBeLessThan((await stat(checkpoint)).size / 3);
  });

  it('refuses to write over what it reads, and types that there are not', async () => {
    await call('train', path('recipe.json'), '--out', path('run'));
    const checkpoint = path(join('run', 'checkpoint-00000002.safetensors'));
    expect((await call('export', checkpoint, '--out', checkpoint)).said).toContain('RXD_REQUEST_INVALID');
    expect((await call('export', checkpoint, '--dtype', 'float8')).status).toBe(2);
    expect((await decodeCheckpoint(await readFile(checkpoint))).step).toBe(2);
  });
});

describe('sample', () => {
  /** Trained once for all tests. */
  let bytes: Uint8Array | undefined;
  const checkpoint = async (): Promise<string> => {
    const file = path(join('run', 'checkpoint-00000002.safetensors'));
    if (bytes === undefined) await call('train', path('recipe.json'), '--out', path('run'));
    else {
      await mkdir(path('run'));
      await writeFile(file, bytes);
    }
    bytes ??= await readFile(file);
    return file;
  };

  it('writes samples and labels to measure', async () => {
    const words = ['--count', '12', '--batch', '5', '--steps', '2', '--labels', 'all', '--seed', '3'];
    const raw = path('raw.safetensors');
    const { status, lines } = await call('sample', await checkpoint(), ...words, '--raw', raw);
    expect([status, lines]).toEqual([0, [raw]]);
    const { samples, labels } = decodeSafetensors(await readFile(raw)).tensors;
    expect([samples?.dtype, samples?.shape]).toEqual(['float32', [12, 8, 8, 1]]);
    expect([labels?.dtype, [...(labels?.data ?? [])]]).toEqual(['int32', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]]);
  });

  it('samples as a scheduler config of diffusers says', async () => {
    await writeFile(
      path('scheduler_config.json'),
      '{ "_class_name": "EulerDiscreteScheduler", "sigma_max": -Infinity }',
    );
    const words = ['--count', '2', '--steps', '2', '--labels', '3', '--raw', path('raw.safetensors')];
    const file = await checkpoint();
    const { status } = await call('sample', file, ...words, '--scheduler', path('scheduler_config.json'));
    expect(status).toBe(0);
    await writeFile(path('wrong.json'), '{ "_class_name": "NoScheduler" }');
    const refused = await call('sample', file, ...words, '--scheduler', path('wrong.json'));
    expect(refused.status).not.toBe(0);
  });

  it('samples as two names of ComfyUI say', async () => {
    const words = ['--count', '1', '--steps', '2', '--labels', '3', '--raw', path('comfy.safetensors')];
    const file = await checkpoint();
    expect((await call('sample', file, ...words, '--comfy', 'heun/sgm_uniform')).status).toBe(0);
    expect((await call('sample', file, ...words, '--comfy', 'heun/sgm_unifrom')).status).toBe(1);
    expect((await call('sample', file, ...words, '--comfy', 'heun')).status).toBe(2);
  });

  it('gives the same samples whatever the size of a batch', async () => {
    const file = await checkpoint();
    const samples = async (batch: string) => {
      const raw = path(`raw-${batch}.safetensors`);
      await call('sample', file, '--count', '4', '--batch', batch, '--steps', '2', '--labels', '3', '--raw', raw);
      return decodeSafetensors(await readFile(raw)).tensors['samples']?.data;
    };
    expect(await samples('4')).toEqual(await samples('3'));
  });

  it('takes a condition, a negative one and further ones, each for all samples or one a sample', async () => {
    const file = await checkpoint();
    const samples = async (...words: readonly string[]) => {
      const raw = path('conditions.safetensors');
      const said = ['--count', '3', '--batch', '2', '--steps', '2', '--raw', raw, ...words];
      expect((await call('sample', file, ...said)).said).not.toContain('RXD');
      const { samples, labels } = decodeSafetensors(await readFile(raw)).tensors;
      return { data: [...(samples?.data ?? [])], labels };
    };
    const cfg = ['--use', 'guidance=cfg', '--set', 'guidance.scale=3'];
    const composed = ['--use', 'guidance={"name":"composable","config":{"weights":{"one":3}}}'];
    const labels = await samples('--labels', '3,7', ...cfg);
    expect(await samples('--condition', '[3,7,3]', ...cfg)).toEqual({ ...labels, labels: undefined });
    expect(await samples('--set', 'sample.condition=[3,7,3]', '--batch', '3', ...cfg)).toMatchObject({
      labels: undefined,
    });
    const away = await samples('--condition', '3', '--negative', '[7,7,7]', ...cfg);
    expect(away.data).toEqual((await samples('--labels', '3', '--set', 'sample.negative=7', ...cfg)).data);
    expect(away.data).not.toEqual((await samples('--condition', '3', ...cfg)).data);
    const one = await samples('--conditions', 'one=3', ...composed);
    expect(one).toEqual(await samples('--set', 'sample.conditions={"one":3}', ...composed));
  });

  it('samples another size, where the network takes it', async () => {
    const [file, raw] = [await checkpoint(), path('wide.safetensors')];
    const words = ['--count', '1', '--steps', '1', '--labels', '3', '--raw', raw];
    expect((await call('sample', file, ...words, '--height', '6', '--width', '10')).status).toBe(0);
    expect(decodeSafetensors(await readFile(raw)).tensors['samples']?.shape).toEqual([1, 6, 10, 1]);
    expect((await call('sample', file, ...words, '--set', 'sample.height=12')).status).toBe(0);
    expect(decodeSafetensors(await readFile(raw)).tensors['samples']?.shape).toEqual([1, 12, 8, 1]);
  });

  it('writes a picture, and takes other plugins', async () => {
    const words = ['--count', '4', '--steps', '2', '--labels', '3,1', '--use', 'sampler=heun', '--out', path('a.png')];
    const use = ['--use', 'guidance={"name":"cfg","config":{"scale":3}}'];
    const { status, lines } = await call('sample', await checkpoint(), ...words, ...use);
    expect([status, lines]).toEqual([0, [path('a.png')]]);
    expect((await readFile(path('a.png'))).subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    [['--labels', '3,77'], 'RXD_CONDITION_INVALID'],
    [['--labels', '3', '--condition', '3'], 'RXD_CONDITION_INVALID'],
    [['--condition', 'three'], 'RXD_CONDITION_INVALID'],
    [['--conditions', 'unconditional=3'], 'RXD_REQUEST_INVALID'],
    [['--set', 'sample.conditions={"conditional":3}'], 'RXD_RECIPE_INVALID'],
    [['--height', '7'], 'RXD_REQUEST_INVALID'],
    [['--use', 'sampler=none-such'], 'RXD_PLUGIN_UNKNOWN'],
    [['--set', 'nothing.key=1'], 'RXD_RECIPE_INVALID'],
    [['--set', 'sampler.etaa=1'], 'RXD_PLUGIN_CONFIG'],
    [['--out', 'a.jpg'], 'RXD_REQUEST_INVALID'],
    [['--weights', 'denoiser:weak=a.safetensors'], 'RXD_RECIPE_INVALID'],
    [['--plugins', 'missing.js'], 'RXD_PLUGIN_MISSING'],
  ])('refuses %j', async (words, code) => {
    const { status, said } = await call('sample', await checkpoint(), '--count', '1', '--steps', '1', ...words);
    expect([status, said]).toEqual([1, expect.stringContaining(code)]);
  });

  it('says where it cannot write, and leaves nothing behind', async () => {
    const file = await checkpoint();
    for (const [option, name] of [
      ['--out', 'a.png'],
      ['--raw', 'a.safetensors'],
    ] as const) {
      const under = path(join('recipe.json', name));
      const { status, said } = await call('sample', file, '--count', '1', '--steps', '1', option, under);
      expect([status, said]).toEqual([1, expect.stringContaining('RXD_STORE_WRITE')]);
    }
    expect((await readdir(folder)).toSorted()).toEqual(['recipe.json', 'recipe.yaml', 'run']);
  });

  it('refuses a truncated checkpoint', async () => {
    const file = await checkpoint();
    await writeFile(file, (await readFile(file)).subarray(0, 5000));
    expect(await call('sample', file)).toMatchObject({ status: 1, said: expect.stringContaining('RXD_FILE_CORRUPT') });
  });
});

describe('explain and devices', () => {
  it('shows the wiring as text and as JSON', async () => {
    const text = (await call('explain', path('recipe.json'))).lines.join('\n');
    expect(text).toMatch(/sampler +ddim +recipe/);
    expect(text).toMatch(/schedule +linear +preset/);
    const json = (await call('explain', path('recipe.json'), '--json')).lines.join('\n');
    expect(JSON.parse(json)).toMatchObject({ format: 1, plugins: { sampler: { name: 'ddim', config: { eta: 0 } } } });
  });

  it('shows the recipe of a checkpoint', async () => {
    await call('train', path('recipe.json'), '--out', path('run'));
    const { lines } = await call('explain', path(join('run', 'checkpoint-00000002.safetensors')));
    expect(lines.join('\n')).toMatch(/denoiser +unet2d/);
  });

  it('lists the engines', async () => {
    expect((await call('devices')).lines.join('\n')).toMatch(/tfjs-wasm +available/);
    const [json = ''] = (await call('devices', '--json')).lines;
    const { cores, engines } = JSON.parse(json) as { cores: number; engines: unknown[] };
    expect(cores).toBeGreaterThan(0);
    expect(engines).toContainEqual(expect.objectContaining({ name: 'tfjs-cpu', available: true }));
  });
});

describe('words that it does not know', () => {
  it.each([
    [['draw']],
    [['train']],
    [['sample', 'x', '--count', 'many']],
    [['train', 'x', '--steps', '0']],
    [['train', 'x', '--use', 'sampler={']],
    [['train', 'x', '--set', 'sampler']],
    [['sample', 'x', '--weights', 'sampler=a.safetensors']],
    [['sample', 'x', '--raw', 'a.png']],
    [['sample', 'x', '--conditions', 'left']],
    [['sample', 'x', '--condition', '[3']],
    [['sample', 'x', '--width', '0']],
  ])('%j is status 2', async (words) => expect((await call(...words)).status).toBe(2));

  it('--help is status 0', async () => {
    const { status, lines } = await call('--help');
    expect([status, lines.join()]).toEqual([0, expect.stringContaining('sample')]);
  });

  it.each([
    ['nothing.json', 'RXD_STORE_READ'],
    ['broken.json', 'RXD_RECIPE_INVALID'],
    ['broken.yaml', 'RXD_RECIPE_INVALID'],
  ])('%s is status 1', async (file, code) => {
    await writeFile(path('broken.json'), '{"format":');
    await writeFile(path('broken.yaml'), 'a: [');
    expect(await call('explain', path(file))).toMatchObject({ status: 1, said: expect.stringContaining(code) });
  });
});
