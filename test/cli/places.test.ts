import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/core/files/make-folder.js';
import { runProcess } from './program-process.js';
import { call } from './recording-output.js';

const recipe = {
  format: 1,
  preset: 'ddpm',
  plugins: { engine: 'tfjs-cpu', dataset: 'two-moons', denoiser: { name: 'mlp', config: { width: 4, blocks: 1 } } },
  train: { steps: 2, batchSize: 4 },
};
let folder = '';
const path = (name: string): string => join(folder, name);
const train = (...words: readonly string[]) => call('train', path('recipe.json'), '--out', path('run'), ...words);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-places-'));
  await writeFile(path('recipe.json'), JSON.stringify(recipe));
  await writeFile(path('file'), '');
});
afterEach(() => rm(folder, { recursive: true }));

describe('errors say what to do by flags', () => {
  it('of a run that was made otherwise: --allow, which lets it go on', async () => {
    await train();
    const other = ['--resume', '--steps', '4', '--set', 'optimizer.learningRate=0.5', '--batch-size', '2'];
    const { status, said } = await train(...other);
    expect([status, said]).toEqual([1, expect.stringContaining('`--allow optimizer,batchSize`')]);
    expect((await train(...other, '--allow', 'optimizer,batchSize')).lines.join()).toContain('4 updates');
    expect((await train(...other, '--allow', 'nosuch')).said).toMatch(/`--allow` names[^]*got: nosuch/);
    expect((await train('--allow', 'seed')).said).toMatch(/RXD_REQUEST_INVALID[^]*add --resume/);
    expect((await train('--resume', '--steps', '1')).said).toContain('leave `--resume` out');
    expect((await train('--resume', 'nosuch')).said).toContain('correct `--resume RUN`');
  });

  it('of memory: --memory-limit', async () => {
    const wide = ['--set', 'denoiser.width=200'];
    expect((await train(...wide, '--memory-limit', '1')).said).toContain('raise `--memory-limit`');
    expect((await train(...wide, '--memory-limit', '1000', '--steps', '1')).status).toBe(0);
  });

  it('of a value that is no JSON: what was got', async () => {
    for (const words of [
      ['--set', 'sampler.eta={"a":'],
      ['--use', 'sampler={"a":'],
    ])
      expect(await train(...words)).toMatchObject({ status: 2, said: expect.stringMatching(/Got \{"a":[^]*JSON/) });
  });
});

describe('a place where nothing can be written is refused', () => {
  it('by training', async () => {
    for (const out of ['file', 'file/below'])
      expect(await call('train', path('recipe.json'), '--out', path(out))).toMatchObject({
        status: 1,
        said: expect.stringMatching(/RXD_STORE_WRITE[^]*ENOTDIR/),
      });
  });

  it('by sampling, before anything is sampled', async () => {
    await train();
    const checkpoint = path('run/checkpoint-00000002.safetensors');
    for (const words of [
      ['--out', path('file/a.png')],
      ['--raw', path('file/below/a.safetensors')],
      ['--out', path('folder.png')],
    ]) {
      await makeFolder(path('folder.png'));
      const { status, said } = await call('sample', checkpoint, ...words);
      expect([status, said]).toEqual([1, expect.stringMatching(/^RXD_STORE_WRITE/)]);
    }
    expect(await readdir(folder)).toEqual(['file', 'folder.png', 'recipe.json', 'run']);
  });

  it('where a file system says that a folder in it is not there, whatever is done', async () => {
    const asked: string[] = [];
    const mkdir = (one: string): Promise<undefined> => {
      asked.push(one);
      const code = one === '/strange' || one === '/' ? 'EEXIST' : 'ENOENT';
      return Promise.reject(Object.assign(new Error(code), { code }));
    };
    await expect(makeFolder('/strange/a/b', { mkdir: mkdir as never })).rejects.toThrow('ENOENT');
    expect(asked.length).toBeLessThan(10);
  });
});

it('a promise that nothing can settle any more is an error, by the name of the module where it is one', async () => {
  await writeFile(path('stuck.mjs'), 'await new Promise(() => undefined); export const plugins = [];');
  const stuck = await runProcess(folder, ['list', '--plugins', './stuck.mjs']);
  expect(stuck).toMatchObject({ status: 1, stderr: expect.stringMatching(/RXD_PLUGIN_MISSING[^]*stuck\.mjs/) });
  const { status, stderr } = await runProcess(folder, [
    'explain',
    './recipe.json',
    '--plugins',
    './stuck.mjs',
    '--json',
  ]);
  expect([status, JSON.parse(stderr)]).toMatchObject([1, { code: 'RXD_PLUGIN_MISSING' }]);
});
