import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assemble } from '../../../src/core/assembly/assemble.js';
import { catalogue } from '../../../src/core/assembly/catalogue.js';
import { definePlugin } from '../../../src/core/assembly/define-plugin.js';
import { every, optional, slot, type Injection } from '../../../src/core/assembly/injection.js';
import { role } from '../../../src/core/assembly/role.js';

interface Tool {
  readonly says: string;
  readonly gets?: unknown;
}
const tool = role<Tool, 'one', 'tool'>('tool', 'one');
const plain = (name: string) =>
  definePlugin({ role: tool, name, config: z.strictObject({}), create: (): Tool => ({ says: name }) });

/** What a plugin gets that injects this, in a pipeline of these slots. */
async function injected(inject: Injection, slots: Readonly<Record<string, string>>): Promise<unknown> {
  const asking = definePlugin({
    role: tool,
    name: 'asking',
    config: z.strictObject({}),
    inject,
    create: (deps): Tool => ({
      says: 'asking',
      gets: Object.fromEntries(Object.keys(inject).map((as) => [as, deps[as]])),
    }),
  });
  const known = catalogue([asking, plain('hammer'), plain('saw')]);
  await using pipeline = await assemble(known, { format: 1, plugins: { 'tool:asking': 'asking', ...slots } });
  return pipeline.get(tool, 'asking').gets;
}

const [hammer, saw] = [{ says: 'hammer' }, { says: 'saw' }];

describe('injection', () => {
  it('gives the plugin of a labelled slot, and that of the plain one, side by side', async () => {
    const inject = { main: tool, fine: slot(tool, 'fine') };
    expect(await injected(inject, { tool: 'hammer', 'tool:fine': 'saw' })).toEqual({ main: hammer, fine: saw });
  });

  it('gives undefined for an optional labelled slot that nothing fills', async () => {
    expect(await injected({ fine: optional(slot(tool, 'fine')) }, {})).toEqual({ fine: undefined });
  });

  it('names the labelled slot that is needed and empty', async () => {
    await expect(injected({ fine: slot(tool, 'fine') }, { tool: 'hammer' })).rejects.toMatchObject({
      code: 'RXD_PLUGIN_MISSING',
      message: expect.stringContaining("nothing fills the slot 'tool:fine'") as string,
    });
  });

  it('gives all plugins of a role by slot, but for the one that asks', async () => {
    const tools = { all: every(tool) };
    expect(await injected(tools, { tool: 'hammer', 'tool:fine': 'saw' })).toEqual({
      all: { tool: hammer, 'tool:fine': saw },
    });
    expect(await injected(tools, {})).toEqual({ all: {} });
  });

  it('makes what is injected first, and says a circle between labelled slots', async () => {
    const around = { other: slot(tool, 'asking') };
    await expect(injected(around, {})).rejects.toMatchObject({ code: 'RXD_PLUGIN_CYCLE' });
  });

  it.each([[slot(tool, 'two words')], [slot(tool, '')], [{ every: 'tool' }], [{ slot: tool }]])(
    'refuses %j',
    async (asked) => {
      const made = injected({ asked: asked as never }, {});
      await expect(made).rejects.toMatchObject({ code: 'RXD_PLUGIN_INVALID' });
    },
  );

  it('types what create gets', () => {
    const typed = definePlugin({
      role: tool,
      name: 'typed',
      config: z.strictObject({}),
      inject: { fine: slot(tool, 'fine'), maybe: optional(slot(tool, 'maybe')), all: every(tool) },
      create: ({ fine, maybe, all }): Tool => {
        const text: string = fine.says;
        // @ts-expect-error it may be absent
        const absent: string = maybe.says;
        const texts: readonly string[] = Object.values(all).map(({ says }) => says);
        return { says: [text, absent, ...texts].join() };
      },
    });
    expect(Object.keys(typed.inject)).toEqual(['fine', 'maybe', 'all']);
  });
});
