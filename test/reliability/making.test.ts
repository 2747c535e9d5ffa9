import { map, type Observable } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { formatValue } from '../../src/core/errors/format-value.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import type { CatalogueEntry } from '../../src/core/assembly/catalogue.js';
import type { PluginDefinition } from '../../src/core/assembly/define-plugin.js';
import { pluginOf } from '../../src/core/assembly/plugin-decorator.js';
import type { Diffusion } from '../../src/pipelines/diffusion.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { COMMON_FAULTS, type CommonFault } from './common-faults.js';
import { outcomeOf, type Outcome } from './outcome.js';
import { tinyPipeline, tinyPlugins, tinySlots } from './tiny-pipeline.js';

const TIMEOUT = 50;
const hung = (): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, 5000, undefined));

const FAULTS = COMMON_FAULTS.filter(({ does, only }) => /^(throws|rejects$|never)/.test(does) && only !== 'sync');
const NOTHING: readonly CommonFault[] = [undefined, null, 7, 'x', Symbol('x')].map((value) => ({
  does: `gives ${formatValue(value)}`,
  code: /^RXD_PLUGIN_OUTPUT$/,
  act: () => value,
}));
const LATER: readonly CommonFault[] = NOTHING.map(({ does, code, act }) => ({
  does: `${does} later`,
  ...(code ? { code } : {}),
  act: (call) => Promise.resolve(act(call)),
}));
const EMPTY: CommonFault = { does: 'gives an empty object', code: /^RXD_PLUGIN_OUTPUT$/, act: () => ({}) };

const names = Object.entries(tinySlots).map(([role, use]): readonly [string, string] => {
  const one = [use].flat()[0];
  return [role, typeof one === 'string' ? one : (one?.name ?? '')];
});

/** The plugins, one of which is made or ended otherwise. */
function changedPlugins(role: string, name: string, change: (was: PluginDefinition) => object): CatalogueEntry[] {
  return tinyPlugins.map((entry) => {
    if ('plugins' in entry) return entry;
    const definition = typeof entry === 'function' ? pluginOf(entry) : entry;
    return definition.role.name === role && definition.name === name
      ? { ...definition, ...change(definition) }
      : definition;
  });
}

const events = (of: Diffusion): Observable<string> =>
  of.sample.events({ run: 'r', steps: 2, count: 2, seed: 3 }).pipe(map((event) => JSON.stringify(event)));

const stray: unknown[] = [];
const note = (error: unknown): void => void stray.push(error);
const counted = { trials: 0, stray: 0, hangs: 0, untyped: 0 };
let neighbour: Diffusion;
let beside: Outcome;
beforeAll(async () => {
  neighbour = await tinyPipeline({});
  beside = await outcomeOf(events(neighbour));
  process.on('unhandledRejection', note).on('uncaughtException', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note).off('uncaughtException', note);
  await neighbour.dispose();
  const { trials, hangs, untyped } = counted;
  figure(
    'R10',
    `${trials} trials of making and ending plugins, ${counted.stray} stray, ${hangs} hangs, ${untyped} untyped`,
  );
});

/** One trial: what is wrong with how it ended. */
async function trial(plugin: string, fault: CommonFault, attempt: () => Promise<unknown>): Promise<string[]> {
  await macrotask();
  const before = liveTensors();
  stray.length = 0;
  const failure = attempt().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const outcomes = await Promise.race([Promise.all([failure, outcomeOf(events(neighbour))]), hung()]);
  await macrotask();
  counted.trials++;
  counted.stray += stray.length;
  const wrong = stray.map((error) => `stray: ${formatValue(error)}`);
  if (liveTensors() > before) wrong.push(`${liveTensors() - before} tensors leaked`);
  if (outcomes === undefined) {
    counted.hangs++;
    return [...wrong, 'hung'];
  }
  const [failed, other] = outcomes;
  if (other.values.join() !== beside.values.join()) wrong.push('the neighbour gave other values');
  if (failed === undefined) return [...wrong, 'nothing was seen of it'];
  if (failed.error instanceof DiffusionError) {
    if (!fault.code?.test(failed.error.code)) wrong.push(failed.error.message);
    if (failed.error.plugin !== plugin) wrong.push(`blames ${failed.error.plugin}: ${failed.error.message}`);
    return wrong;
  }
  counted.untyped++;
  return [...wrong, `untyped: ${formatValue(failed.error)}`];
}

const told = (what: readonly string[], plugin: string, hook: string, { does }: CommonFault): string[] =>
  what.map((one) => `${plugin} ${hook} ${does}: ${one}`);

const every = times(5, 1);
const chosen = <T>(faults: readonly T[], role: number): T[] =>
  faults.filter((_, index) => (index + role) % every === 0);

it('whatever the `create` of a plugin does, making the pipeline fails, typed, and names it', async () => {
  const wrong: string[] = [];
  for (const [index, [role, name]] of names.entries())
    for (const fault of chosen([...FAULTS, ...NOTHING, ...LATER, EMPTY], index)) {
      const plugins = changedPlugins(role, name, () => ({ create: () => fault.act({ args: [], honest: () => ({}) }) }));
      const what = await trial(`${role}/${name}`, fault, async () => {
        const pipeline = await tinyPipeline({}, plugins, () => undefined, TIMEOUT);
        await pipeline.dispose();
      });
      wrong.push(...told(what, `${role}/${name}`, 'create', fault));
    }
  expect(wrong).toEqual([]);
}, 120_000);

it('whatever the `dispose` of a plugin does, the others are disposed of, and the error names it', async () => {
  const wrong: string[] = [];
  for (const [index, [role, name]] of names.entries())
    for (const fault of chosen(FAULTS, index)) {
      const plugins = changedPlugins(role, name, ({ dispose }) => ({
        dispose: async (made: { dispose?: () => unknown }) => {
          await (dispose ? dispose(made) : made.dispose?.());
          return fault.act({ args: [], honest: () => undefined });
        },
      }));
      const what = await trial(`${role}/${name}`, fault, async () => {
        const pipeline = await tinyPipeline({}, plugins, undefined, TIMEOUT);
        (await pipeline.sample({ steps: 1, count: 1 })).dispose();
        await pipeline.dispose();
      });
      wrong.push(...told(what, `${role}/${name}`, 'dispose', fault));
    }
  expect(wrong).toEqual([]);
}, 120_000);
