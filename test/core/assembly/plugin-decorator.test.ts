import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { assemble } from '../../../src/core/assembly/assemble.js';
import { catalogue } from '../../../src/core/assembly/catalogue.js';
import { API_VERSION, definePlugin, type PluginDefinition } from '../../../src/core/assembly/define-plugin.js';
import { optional } from '../../../src/core/assembly/injection.js';
import { Plugin, pluginOf } from '../../../src/core/assembly/plugin-decorator.js';
import { failure, ink, press, paper, world, type Ink, type Paper, type Press } from './fixtures.js';

const config = z.strictObject({ copies: z.int().default(2) });
const inject = { ink, paper: optional(paper) };

@Plugin({ role: press, name: 'gravure', version: '1.0.0', config, inject })
class Gravure implements Press {
  readonly #text: string;

  constructor({ config, ink, paper }: { config: { copies: number }; ink: Ink; paper: Paper | undefined }) {
    this.#text = `${config.copies} x ${ink.colour} on ${paper?.width ?? 'nothing'}`;
  }

  print(): string {
    return this.#text;
  }
}

const gravure = definePlugin({
  role: press,
  name: 'gravure',
  version: '1.0.0',
  config,
  inject,
  create: ({ config, ink, paper }) => {
    const text = `${config.copies} x ${ink.colour} on ${paper?.width ?? 'nothing'}`;
    return { print: () => text };
  },
});

describe('@Plugin', () => {
  it('is the same record as definePlugin', () => {
    const { create: _, ...decorated } = pluginOf(Gravure);
    const { create: __, ...defined } = gravure;
    expect(decorated).toEqual(defined);
    expect(decorated.apiVersion).toBe(API_VERSION);
    expectTypeOf(pluginOf(Gravure)).toEqualTypeOf<PluginDefinition<Gravure>>();
  });

  it.each([
    ['class', Gravure],
    ['function', gravure],
  ])('is taken by a catalogue and assembled: %s', async (_, spelling) => {
    const recipe = { format: 1, plugins: { ink: 'blue', paper: 'sheet', press: 'gravure' } };
    await using pipeline = await assemble(catalogue(world(), [spelling]), recipe);
    expect(pipeline.get(press).print()).toBe('2 x blue 0.5 on 8');
  });

  it('makes instances of the class', async () => {
    const recipe = { format: 1, plugins: { ink: 'blue', press: 'gravure' } };
    await using pipeline = await assemble(catalogue(world(), [Gravure]), recipe);
    expect(pipeline.get(press)).toBeInstanceOf(Gravure);
  });

  it('belongs to the class, not to its subclasses', async () => {
    class Finer extends Gravure {}
    await failure('RXD_PLUGIN_UNKNOWN', () => pluginOf(Finer), 'Finer', '@Plugin');
    await failure('RXD_PLUGIN_UNKNOWN', () => catalogue([Finer]), 'Finer');
  });
});

describe('types', () => {
  const text = z.strictObject({ size: z.number().default(1) });

  it('refuse constructors and classes that do not fit', () => {
    // @ts-expect-error: the config has a number, the constructor wants a string
    @Plugin({ role: ink, name: 'a', config: text })
    class WrongConfig {
      readonly colour: string;
      constructor({ config }: { config: { size: string } }) {
        this.colour = config.size;
      }
    }
    // @ts-expect-error: nothing injects `paper`
    @Plugin({ role: ink, name: 'b', config: text })
    class NotInjected {
      readonly colour: string;
      constructor({ paper }: { paper: Paper }) {
        this.colour = String(paper.width);
      }
    }
    // @ts-expect-error: not an Ink
    @Plugin({ role: ink, name: 'c', config: text })
    class WrongRole {
      readonly size = 1;
    }
    // @ts-expect-error: an optional role may be absent
    @Plugin({ role: ink, name: 'd', config: text, inject: { paper: optional(paper) } })
    class NotOptional {
      readonly colour: string;
      constructor({ paper }: { paper: Paper }) {
        this.colour = String(paper.width);
      }
    }
    expect([WrongConfig, NotInjected, WrongRole, NotOptional].map((cls) => pluginOf<unknown>(cls).name).join('')).toBe(
      'abcd',
    );
  });

  it('are inferred in create, with no annotations', () => {
    definePlugin({
      role: press,
      name: 'typed',
      config: text,
      inject: { ink, sheet: optional(paper) },
      create: (deps) => {
        expectTypeOf(deps.config).toEqualTypeOf<{ size: number }>();
        expectTypeOf(deps.ink).toEqualTypeOf<Ink>();
        expectTypeOf(deps.sheet).toEqualTypeOf<Paper | undefined>();
        return { print: () => '' };
      },
    });
    expectTypeOf(gravure).toEqualTypeOf<
      PluginDefinition<Press, 'gravure', { copies?: number | undefined }, string, 'one'>
    >();
  });

  it('refuse what create must not return', () => {
    // @ts-expect-error: not a Press
    const empty = definePlugin({ role: press, name: 'x', config: text, create: () => ({}) });
    // @ts-expect-error: not a Press
    const other = definePlugin({ role: press, name: 'y', config: text, create: async () => ({ print: 1 }) });
    expect([empty.name, other.name]).toEqual(['x', 'y']);
  });
});
