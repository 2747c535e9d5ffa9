import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { catalogue, DiffusionError, type CatalogueEntry } from '../index.js';
import { nodePlugins } from '../node.js';
import { settled } from './unsettled.js';

/** What the command line knows: the package's own plugins, and those that modules of the user's own export. */
export async function knownPlugins(modules: readonly string[] = []): Promise<readonly CatalogueEntry[]> {
  const own = await Promise.all(modules.map(exportedPlugins));
  return [...nodePlugins, ...own.flat()];
}

/**
 * The plugins and presets that a module exports: each by a name of its own or as the default, by itself or in a list.
 * Other exports may stand beside them; what is exported as the default, or in a list of plugins, has to be one.
 */
async function exportedPlugins(path: string): Promise<readonly CatalogueEntry[]> {
  const exports = await imported(path);
  const values = Object.entries(exports).flatMap(([name, value]) =>
    name === 'default' || looksLikeEntry(value) || (Array.isArray(value) && value.some(looksLikeEntry))
      ? (value as CatalogueEntry | readonly CatalogueEntry[])
      : [],
  );
  const entries = [...new Set(values)];
  if (entries.length === 0) throw noPlugins(path, Object.keys(exports));
  for (const refusal of entries.map(refusalOf)) if (refusal) throw refused(path, refusal);
  return entries;
}

async function imported(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const load = () => import(pathToFileURL(resolve(path)).href) as Promise<Readonly<Record<string, unknown>>>;
    return await settled(load, () => neverLoads(path));
  } catch (cause) {
    if (cause instanceof DiffusionError) throw cause;
    throw new DiffusionError('RXD_PLUGIN_MISSING', {
      problem: `the module of plugins ${path} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'give a file of JavaScript that Node can import, for example --plugins ./mine.js',
      cause,
    });
  }
}

function neverLoads(path: string): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_MISSING', {
    problem: `the module of plugins ${path} is never loaded`,
    got: 'a top-level await of something that nothing can settle any more',
    expected: 'a module that loads',
    fix: 'look at what it awaits outside of functions',
  });
}

/** A definition has a role and a way to be made, a preset has plugins; a class is one where `@Plugin` stands over it. */
function looksLikeEntry(value: unknown): boolean {
  if (typeof value === 'function') return refusalOf(value as unknown as CatalogueEntry) === undefined;
  return typeof value === 'object' && value !== null && (('role' in value && 'create' in value) || 'plugins' in value);
}

function refusalOf(entry: CatalogueEntry): DiffusionError | undefined {
  try {
    catalogue([entry]);
    return undefined;
  } catch (error) {
    if (error instanceof DiffusionError) return error;
    throw error;
  }
}

function refused(path: string, cause: DiffusionError): DiffusionError {
  const { code, problem, got, expected = 'plugin definitions, classes under `@Plugin`, or presets', fix } = cause;
  return new DiffusionError(code, {
    problem: `the module ${path} exports what is no plugin: ${problem}`,
    ...(got === undefined ? {} : { got }),
    expected,
    fix,
    cause,
  });
}

function noPlugins(path: string, names: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_MISSING', {
    problem: `the module ${path} exports no plugin`,
    got: `the exports ${names.join(', ') || '(none)'}`,
    expected: 'plugin definitions as named exports, as the default, or in a list',
    fix: 'for example `export const mine = definePlugin({ … });`',
  });
}
