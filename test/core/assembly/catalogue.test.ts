import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { catalogue, type CatalogueEntry } from '../../../src/core/assembly/catalogue.js';
import { API_VERSION, definePlugin, type PluginDefinition } from '../../../src/core/assembly/define-plugin.js';
import { definePreset } from '../../../src/core/assembly/preset.js';
import { role } from '../../../src/core/assembly/role.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { failure, ink, press, stamp, world, type Ink } from './fixtures.js';

const red = definePlugin({ role: ink, name: 'red', config: z.strictObject({}), create: () => ({ colour: 'red' }) });
const preset = definePreset({ name: 'office', description: 'Another one.', plugins: {} });

describe('catalogue', () => {
  it('joins lists and finds by role and name', () => {
    const known = catalogue(world(), [red]);
    expect(known.find(ink, 'red')).toBe(red);
    expect(known.of(ink).map(({ name }) => name)).toEqual(['black', 'blue', 'red']);
    expect(known.preset('office').description).toBe('Black on a sheet.');
    expectTypeOf(known.find(ink, 'red')).toEqualTypeOf<PluginDefinition<Ink>>();
  });

  it('knows the roles of the framework and of its plugins', () => {
    const names = catalogue(world()).roles.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['ink', 'stamp', ...Object.keys(Roles)]));
  });

  it('cannot be changed', () => {
    const known = catalogue([red]);
    expect(() => (known.plugins as CatalogueEntry[]).push(red)).toThrow(TypeError);
    expect(Object.isFrozen(known)).toBe(true);
  });

  it('never sees the plugins of another', async () => {
    const one = catalogue([red]);
    expect(catalogue(world()).of(ink)).toHaveLength(2);
    await failure('RXD_PLUGIN_UNKNOWN', () => one.find(ink, 'blue'));
  });

  it('refuses two of one role and name, even the same twice', async () => {
    await failure('RXD_PLUGIN_DUPLICATE', () => catalogue([red], [{ ...red }]), 'ink/red');
    await failure('RXD_PLUGIN_DUPLICATE', () => catalogue([red, red]), 'ink/red');
    await failure('RXD_PLUGIN_DUPLICATE', () => catalogue(world(), [preset]), 'preset/office');
  });

  it('takes one name in two roles', () => {
    const other = definePlugin({
      role: press,
      name: 'red',
      config: z.strictObject({}),
      create: () => ({ print: String }),
    });
    expect(catalogue([red, other]).plugins).toHaveLength(2);
  });

  it('lists the known names and the nearest where it knows none', async () => {
    const known = catalogue(world());
    await failure(
      'RXD_PLUGIN_UNKNOWN',
      () => known.find(ink, 'blak'),
      "no ink plugin 'blak'",
      'black, blue',
      "did you mean 'black'?",
    );
    await failure('RXD_PLUGIN_UNKNOWN', () => known.find(Roles.sampler, 'euler'), '(none)');
    await failure('RXD_PLUGIN_UNKNOWN', () => known.preset('ofice'), "did you mean 'office'?");
    const far = await failure('RXD_PLUGIN_UNKNOWN', () => known.find(ink, 'chartreuse'));
    expect(far.message).not.toContain('did you mean');
  });

  it('holds a plugin of another contract version, and refuses to use it', async () => {
    const known = catalogue([{ ...red, apiVersion: API_VERSION + 1 }]);
    expect(known.plugins).toHaveLength(1);
    const error = await failure(
      'RXD_PLUGIN_API_VERSION',
      () => known.find(ink, 'red'),
      `${API_VERSION + 1}`,
      `${API_VERSION}`,
    );
    expect(error.plugin).toBe('ink/red');
  });

  it('refuses what is no plugin', async () => {
    await failure('RXD_PLUGIN_UNKNOWN', () => catalogue([{} as CatalogueEntry]), 'definePlugin');
    await failure(
      'RXD_PLUGIN_UNKNOWN',
      () =>
        catalogue([
          class Plain {
            readonly a = 1;
          },
        ]),
      '@Plugin',
    );
  });

  it.each([undefined, null, 7, 'ddim', Symbol('ddim'), [], { role: 'sampler', name: 'x', create: () => ({}) }])(
    'refuses the entry %o',
    async (entry) => {
      const error = await failure('RXD_PLUGIN_UNKNOWN', () => catalogue([entry as unknown as CatalogueEntry]));
      expect(error.fix).toContain('pass the plugin itself');
    },
  );

  it.each([
    ['config', { config: { steps: 5 } }],
    ['config', { config: undefined }],
    ['inject', { inject: null }],
    ['inject.noise', { inject: { noise: 'noise' } }],
    ['inject.noise', { inject: { noise: undefined } }],
    ['inject.noise', { inject: { noise: { optional: 'noise' } } }],
    ['dispose', { dispose: 'later' }],
    ['summary', { summary: 5 }],
    ['reference', { reference: ['Ho et al. 2020'] }],
    ['tags', { tags: 'order 2' }],
    ['tags', { tags: { order: [2] } }],
  ])('names the field %s of a plugin that is described wrongly: %o', async (field, wrong) => {
    const error = await failure(
      'RXD_PLUGIN_INVALID',
      () => catalogue([{ ...red, ...wrong } as unknown as CatalogueEntry]),
      field,
    );
    expect(error.plugin).toBe('ink/red');
  });

  it('says of which type the version of the contract is', async () => {
    const known = catalogue([{ ...red, apiVersion: '1' as never }]);
    const error = await failure('RXD_PLUGIN_API_VERSION', () => known.find(ink, 'red'));
    expect([error.got, error.expected]).toEqual(['apiVersion "1" (string)', 'apiVersion 1 (number)']);
  });

  it('refuses a role that holds one here and many there', async () => {
    const many = { ...red, name: 'rust', role: role<Ink, 'many'>('ink', 'many') };
    await failure('RXD_COMBINATION', () => catalogue([red, many]), "'ink'", 'many');
    expect(stamp.arity).toBe('many');
  });
});
