import { catalogue, DiffusionError, type Catalogue, type PluginDefinition } from '../../index.js';
import { configKeys } from '../config-keys.js';
import type { Output } from '../output.js';
import { knownPlugins } from '../own-plugins.js';

/** Options of `rxdiffusion list`. */
export interface ListOptions {
  readonly json?: boolean;
  readonly plugins?: readonly string[];
}

/** A plugin or preset as the list shows it: what its definition says. */
interface Listed {
  /** `role/name`, `preset/name`. */
  readonly plugin: string;
  readonly summary: string;
  readonly reference?: string;
  readonly tags?: PluginDefinition['tags'];
  /** Set where it is none of this package's. */
  readonly version?: string;
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
  for (const { plugin, summary } of shown) output.line(`${plugin.padEnd(width)}  ${summary}`.trimEnd());
}

function listOne(known: Catalogue, what: string, { json }: ListOptions, output: Output): void {
  const [role = '', ...rest] = what.split('/');
  const found = known.roles.find(({ name }) => name === role);
  if (found === undefined) throw unknownRole(role, everyListed(known));
  const definition = known.find(found, rest.join('/'));
  const entry = listed(definition);
  if (json) return output.line(JSON.stringify({ ...entry, keys: configKeys(definition) }));
  output.line(`${entry.plugin}${entry.summary === '' ? '' : `: ${entry.summary}`}`);
  if (entry.reference !== undefined) output.line(`  source: ${entry.reference}`);
  for (const [tag, value] of Object.entries(entry.tags ?? {})) output.line(`  ${tag}: ${value}`);
  for (const line of keyLines(definition)) output.line(line);
}

function keyLines(definition: PluginDefinition): readonly string[] {
  const keys = configKeys(definition);
  if (keys.length === 0) return ['no config'];
  const cells = keys.map(({ key, type, range, default: value, required, about }) => {
    const given = value === undefined ? (required ? ['required'] : []) : [`default ${JSON.stringify(value)}`];
    return [key, [range === undefined ? type : `${type} in ${range}`, ...given].join(', '), about];
  });
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
  return ['config:', ...cells.map((row) => `  ${line(row)}`.trimEnd())];
}

function everyListed(known: Catalogue): readonly Listed[] {
  const presets = known.presets.map(({ name, description }) => ({ plugin: `preset/${name}`, summary: description }));
  const plugins = known.roles.flatMap((role) => known.of(role).map(listed));
  return [...presets, ...plugins];
}

function listed({ role, name, summary = '', reference, tags, version }: PluginDefinition): Listed {
  return {
    plugin: `${role.name}/${name}`,
    summary,
    ...(reference === undefined ? {} : { reference }),
    ...(tags === undefined ? {} : { tags }),
    ...(version === '0.0.0' ? {} : { version }),
  };
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
