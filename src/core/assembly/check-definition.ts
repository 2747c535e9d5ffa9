import { DiffusionError } from '../errors/diffusion-error.js';
import { API_VERSION, type PluginDefinition } from './define-plugin.js';
import type { Injection } from './injection.js';

/**
 * The entry of a catalogue as a plugin's definition.
 *
 * @throws `RXD_PLUGIN_UNKNOWN` for what is none; `RXD_PLUGIN_INVALID` naming the field that is wrong
 */
export function checkDefinition(entry: unknown): PluginDefinition {
  if (!isObject(entry)) throw noPlugin(kindOf(entry));
  const { role, name, create } = entry;
  if (typeof name !== 'string' || typeof create !== 'function' || !isRole(role))
    throw noPlugin(`an object with the keys ${Object.keys(entry).slice(0, 12).join(', ') || '(none)'}`);
  const id = `${role.name}/${name}`;
  const wrong = faultOf(entry);
  if (wrong === undefined) return entry as unknown as PluginDefinition;
  throw new DiffusionError('RXD_PLUGIN_INVALID', { ...wrong, plugin: id });
}

/** Refuses a plugin of another version of the contract. @throws `RXD_PLUGIN_API_VERSION` */
export function checkApiVersion(plugin: PluginDefinition): PluginDefinition {
  if (plugin.apiVersion === API_VERSION) return plugin;
  const got = `apiVersion ${JSON.stringify(plugin.apiVersion) ?? kindOf(plugin.apiVersion)}`;
  throw new DiffusionError('RXD_PLUGIN_API_VERSION', {
    problem: `the plugin was written for ${got} of the plugin contract; this package has version ${API_VERSION}`,
    got: `${got} (${typeof plugin.apiVersion})`,
    expected: `apiVersion ${API_VERSION} (number)`,
    fix: 'install the version of the plugin that was made for this package, or the package that it was made for',
    plugin: `${plugin.role.name}/${plugin.name}`,
  });
}

type Fields = Readonly<Record<string, unknown>>;
type Fault = { readonly problem: string; readonly got: string; readonly expected: string; readonly fix: string };

function faultOf({ config, inject, dispose, summary, reference, tags }: Fields): Fault | undefined {
  if (!isObject(config) || typeof config['safeParse'] !== 'function')
    return fault('config', kindOf(config), 'a zod schema', 'write `config: z.strictObject({ ... })`');
  if (!isObject(inject))
    return fault('inject', kindOf(inject), 'roles by name', 'write `inject: { noise: Roles.noise }`');
  if (dispose !== undefined && typeof dispose !== 'function')
    return fault('dispose', kindOf(dispose), 'a function', 'give a function, or leave it out');
  const told = Object.entries({ summary, reference }).find(
    ([, text]) => text !== undefined && typeof text !== 'string',
  );
  if (told) return fault(told[0], kindOf(told[1]), 'a text', 'write one line, or leave it out');
  if (tags !== undefined && !isTags(tags))
    return fault('tags', kindOf(tags), 'texts, numbers and booleans by name', "write `tags: { order: 2, when: '…' }`");
  const [as, asked] = Object.entries(inject as Injection).find(([, value]) => !isAsked(value)) ?? [];
  if (as === undefined) return undefined;
  const fix = `write \`inject: { ${as}: Roles.noise }\`, optional(Roles.noise), slot(Roles.denoiser, 'weak') or every(Roles.denoiser)`;
  return fault(`inject.${as}`, kindOf(asked), 'a role, optional(role), slot(role, label) or every(role)', fix);
}

const fault = (field: string, got: string, expected: string, fix: string): Fault => ({
  problem: `\`${field}\` of the plugin is not ${expected}`,
  got,
  expected,
  fix,
});

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const isTags = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every((tag) => ['string', 'number', 'boolean'].includes(typeof tag));

const isRole = (value: unknown): value is { readonly name: string } =>
  isObject(value) && typeof value['name'] === 'string' && typeof value['key'] === 'symbol';

/** A role, a labelled slot of one, either of them as optional, or all slots of a role. */
const isAsked = (value: unknown): boolean =>
  isRole(value) ||
  isSlot(value) ||
  (isObject(value) && (isRole(value['every']) || isRole(value['optional']) || isSlot(value['optional'])));

const isSlot = (value: unknown): boolean =>
  isObject(value) && isRole(value['slot']) && typeof value['label'] === 'string' && LABEL.test(value['label']);

const LABEL = /^[^\s:]+$/;

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `the text '${value.slice(0, 80)}'`;
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

function noPlugin(got: string): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_UNKNOWN', {
    problem: 'an entry of the catalogue is neither a plugin nor a preset',
    got,
    expected: 'what definePlugin or definePreset returned, or a class under @Plugin',
    fix: 'pass the plugin itself, in a list; `undefined` is often an import that is not there, or a cycle of imports',
  });
}
