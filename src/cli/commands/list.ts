import { z } from 'zod';
import { catalogue, DiffusionError, type Catalogue, type PluginDefinition } from '../../index.js';
import type { Output } from '../output.js';
import { knownPlugins } from '../own-plugins.js';
import { PLUGIN_NOTES } from '../plugin-notes.js';

/** Options of `rxdiffusion list`. */
export interface ListOptions {
  readonly json?: boolean;
  readonly plugins?: readonly string[];
}

/** A plugin or preset as the list shows it. */
interface Listed {
  /** `role/name`, `preset/name`. */
  readonly plugin: string;
  /** What it does and where it comes from, as far as is known. */
  readonly about: string;
  /** Set where it is none of this package's. */
  readonly version?: string;
}

/** A key of a config. */
interface Key {
  readonly key: string;
  readonly type: string;
  /** Absent where the key has to be given, or may be left out. */
  readonly default?: unknown;
  readonly about: string;
}

/** `rxdiffusion list [ROLE | ROLE/NAME]`: the plugins that a recipe may name, or the config of one. Makes nothing. */
export async function listCommand(what: string | undefined, options: ListOptions, output: Output): Promise<void> {
  const known = catalogue(await knownPlugins(options.plugins));
  if (what !== undefined && what.includes('/') && !what.startsWith('preset/'))
    return listOne(known, what, options, output);
  const all = everyListed(known);
  const shown = all.filter(({ plugin }) => what === undefined || plugin === what || plugin.startsWith(`${what}/`));
  if (shown.length === 0) throw unknownRole(what ?? '', all);
  if (options.json) return shown.forEach((entry) => output.line(JSON.stringify(entry)));
  const width = Math.max(...shown.map(({ plugin }) => plugin.length));
  for (const { plugin, about } of shown) output.line(`${plugin.padEnd(width)}  ${firstSentence(about)}`.trimEnd());
}

function listOne(known: Catalogue, what: string, { json }: ListOptions, output: Output): void {
  const [role = '', ...rest] = what.split('/');
  const found = known.roles.find(({ name }) => name === role);
  if (found === undefined) throw unknownRole(role, everyListed(known));
  const definition = known.find(found, rest.join('/'));
  const keys = keysOf(definition);
  const { plugin, about } = listed(definition);
  if (json) return output.line(JSON.stringify({ plugin, about, keys }));
  output.line(`${plugin}${about === '' ? '' : `: ${about}`}`);
  if (keys.length === 0) return output.line('no config');
  const cells = keys.map(({ key, type, default: value, about: said }) => [
    key,
    value === undefined ? type : `${type}, default ${JSON.stringify(value)}`,
    said,
  ]);
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  for (const row of cells)
    output.line(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function everyListed(known: Catalogue): readonly Listed[] {
  const presets = known.presets.map(({ name, description }) => ({ plugin: `preset/${name}`, about: description }));
  const plugins = known.roles.flatMap((role) => known.of(role).map(listed));
  return [...presets, ...plugins];
}

function listed(definition: PluginDefinition): Listed {
  const plugin = `${definition.role.name}/${definition.name}`;
  const version = definition.version === '0.0.0' ? {} : { version: definition.version };
  return { plugin, about: NOTES.get(plugin) ?? '', ...version };
}

const NOTES: ReadonlyMap<string, string> = new Map(
  PLUGIN_NOTES.trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
);

/** What is known of a schema: what JSON Schema can say of it. */
function keysOf({ config }: PluginDefinition): readonly Key[] {
  const { properties = {} } = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([key, property]) => {
    if (typeof property === 'boolean') return { key, type: 'any', about: '' };
    const { default: value, description = '' } = property;
    return { key, type: typeOf(property), ...(value === undefined ? {} : { default: value }), about: description };
  });
}

type Property = Exclude<NonNullable<z.core.JSONSchema.JSONSchema['properties']>[string], boolean>;

function typeOf({ type, enum: values, const: value, anyOf, oneOf }: Property): string {
  const choices = values ?? (value === undefined ? undefined : [value]);
  if (choices !== undefined) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  const parts = anyOf ?? oneOf;
  if (parts !== undefined) return parts.map((part) => (typeof part === 'boolean' ? 'any' : typeOf(part))).join(' | ');
  return [type ?? 'any'].flat().join(' | ');
}

/** Up to the first full stop behind which a new sentence begins; those of "et al." and "eq." are none. */
function firstSentence(text: string): string {
  return (
    /^.*?[^.]{3}\.(?= [A-Z'])/
      .exec(text.replaceAll('et al. ', 'et al\u00a0'))?.[0]
      .replaceAll('et al\u00a0', 'et al. ') ?? text
  );
}

function unknownRole(role: string, all: readonly Listed[]): DiffusionError {
  const roles = new Set(all.map(({ plugin }) => plugin.split('/')[0]));
  return new DiffusionError('RXD_PLUGIN_UNKNOWN', {
    problem: `there is no role ${JSON.stringify(role)} with plugins`,
    got: role,
    expected: `one of ${[...roles].join(', ')}`,
    fix: '`rxdiffusion list` shows all plugins',
  });
}
