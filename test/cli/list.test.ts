import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { ROOT } from '../house/source-files.js';
import { call } from './recording-output.js';

let folder = '';
const path = (name: string): string => join(folder, name);

/** A plugin in plain JavaScript: a schema needs no more than this of zod. */
const MINE = `
import { definePlugin, defineSampler, Roles } from ${JSON.stringify(join(ROOT, 'src/index.ts'))};
import { z } from ${JSON.stringify(join(ROOT, 'node_modules/zod/index.js'))};
const config = z.strictObject({ scale: z.number().default(0.98).describe('factor of the estimate') });
const step = ({ x }, { from, to, denoise, combine }) => {
  const { denoised, noise } = denoise(x, from);
  return { x: combine([to.alpha, denoised], [to.sigma, noise]) };
};
const create = () => defineSampler({ order: 1, stochastic: false, init: (x) => ({ x }), step });
export const calm = definePlugin({ role: Roles.sampler, name: 'calm', version: '1.2.3', config, create });
export const plugins = [calm];
export const unrelated = 3;
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rxd-list-'));
  await writeFile(path('mine.mjs'), MINE);
  await writeFile(path('none.mjs'), 'export const a = 1;');
  await writeFile(path('number.mjs'), 'export default 5;');
  await writeFile(path('broken.mjs'), 'export const');
  await writeFile(
    path('recipe.json'),
    '{ "format": 1, "preset": "ddpm", "plugins": { "denoiser": "mlp", "sampler": "calm" } }',
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('list', () => {
  it('has a line for each plugin and preset', async () => {
    const { status, lines } = await call('list');
    const { plugins, presets } = catalogue(nodePlugins);
    expect([status, lines.length]).toEqual([0, plugins.length + presets.length]);
    expect(lines.find((line) => line.startsWith('sampler/ddpm '))).toMatch(/Ancestral sampling/);
  });

  it('shows those of a role, also as JSON', async () => {
    const { lines } = await call('list', 'sampler');
    expect(lines.every((line) => line.startsWith('sampler/'))).toBe(true);
    const json = (await call('list', 'sampler', '--json')).lines.map((line) => JSON.parse(line) as object);
    expect(json).toHaveLength(lines.length);
    expect(json).toContainEqual({
      plugin: 'sampler/heun',
      summary: expect.stringContaining('trapezoidal rule') as string,
      reference: expect.stringContaining('Karras et al. 2022') as string,
      tags: expect.objectContaining({ order: 2, stochastic: false }) as object,
    });
  });

  it('shows the keys of a plugin, with types, defaults and what they mean', async () => {
    const text = (await call('list', 'sampler/ddim')).lines.join('\n');
    expect(text).toMatch(/Song et al\. 2021/);
    expect(text).toMatch(/eta +number in \[0, 1\], default 0 +0 draws no noise/);
    expect(text).toMatch(/when: the first sampler to try/);
    const [json = ''] = (await call('list', 'sampler/ddim', '--json')).lines;
    expect(JSON.parse(json)).toMatchObject({
      plugin: 'sampler/ddim',
      keys: [{ key: 'eta', default: 0 }, { key: 'previousTime' }],
    });
  });

  it('can show every plugin', async () => {
    for (const { role, name } of catalogue(nodePlugins).plugins)
      expect(await call('list', `${role.name}/${name}`)).toMatchObject({ status: 0, said: '' });
  });

  it.each([['nothing'], ['nothing/x'], ['sampler/none-such']])('refuses %s', async (what) => {
    expect(await call('list', what)).toMatchObject({
      status: 1,
      said: expect.stringContaining('RXD_PLUGIN_UNKNOWN') as string,
    });
  });

  it('shows the keys of objects and lists within a config, and which have to be given', async () => {
    const restart = (await call('list', 'sampler/restart')).lines.join('\n');
    expect(restart).toMatch(/intervals\[\]\.sMin +number in \(0, 1e9\], required/);
    const flow = (await call('list', 'schedule/flow')).lines.join('\n');
    expect(flow).toMatch(/dynamicShift\.kind +"exponential" \| "linear", default "exponential"/);
  });
});

describe('--plugins', () => {
  it('adds what a module exports', async () => {
    const mine = ['--plugins', path('mine.mjs')];
    expect((await call('list', 'sampler/calm', ...mine)).lines.join()).toContain('factor of the estimate');
    const { lines } = await call('explain', path('recipe.json'), ...mine, '--set', 'sampler.scale=0.5');
    expect(lines.join('\n')).toMatch(/calm@1\.2\.3 .*\{"scale":0\.5\}/);
  });

  it.each([
    ['none.mjs', 'RXD_PLUGIN_MISSING'],
    ['number.mjs', 'RXD_PLUGIN_UNKNOWN'],
    ['broken.mjs', 'RXD_PLUGIN_MISSING'],
    ['missing.mjs', 'RXD_PLUGIN_MISSING'],
  ])('refuses %s', async (file, code) => {
    expect(await call('list', '--plugins', path(file))).toMatchObject({
      status: 1,
      said: expect.stringContaining(code) as string,
    });
  });
});

describe('machines', () => {
  it.each([
    [['explain', 'missing.json', '--json'], 1, 'RXD_STORE_READ'],
    [['train', 'x', '--steps', 'many', '--json'], 2, 'usage'],
    [['draw', '--json'], 2, 'usage'],
  ])('get the error of %j as one line of JSON', async (words, expected, code) => {
    const { status, lines, said } = await call(...words);
    expect([status, lines, said.trimEnd().split('\n').length]).toEqual([expected, [], 1]);
    expect(JSON.parse(said)).toMatchObject({ kind: 'error', code });
  });

  it('are told the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await call('--version')).toMatchObject({ status: 0, lines: [version] });
  });
});
