import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, type PluginDefinition, type Preset } from '../src/index.js';
import { configKeys } from '../src/cli/config-keys.js';
import { nodePlugins } from '../src/node.js';
import { onnxruntimeWeb } from '../src/onnxruntime-web.js';

/**
 * Writes the pages of docs/reference: a page a role, of what the definitions of this package's plugins say.
 *
 *     npm run reference              # writes them
 *     npm run reference -- --check   # fails where they are not what the definitions say
 */
export const REFERENCE_FOLDER = 'docs/reference';

const MADE = 'Made by `npm run reference` of the definitions of the plugins: change those, not this page.';

/** Every page by its file name. */
export function referencePages(): ReadonlyMap<string, string> {
  const known = catalogue([...nodePlugins, onnxruntimeWeb]);
  const roles = known.roles
    .map((role) => ({ ...role, plugins: known.of(role) }))
    .filter(({ plugins }) => plugins.length > 0);
  const rows = roles.map(({ name, plugins }) => [`[\`${name}\`](./${name}.md)`, plugins.map(linkOf(name)).join(', ')]);
  const index = [
    '# Every plugin',
    `${MADE} \`rxdiffusion list\` prints the same. A recipe names these plugins, in the slot of their role; presets are on [a page of their own](./preset.md).`,
    table(['role', 'plugins'], rows),
  ];
  return new Map([
    ['README.md', page(index)],
    ['preset.md', page(['# Presets', MADE, ...known.presets.map(presetText)])],
    ...roles.map(({ name, arity, plugins }) => [`${name}.md`, page(roleText(name, arity, plugins))] as const),
  ]);
}

function roleText(role: string, arity: string, plugins: readonly PluginDefinition[]): readonly string[] {
  const slot = arity === 'many' ? `\`${role}\`, a list` : `\`${role}\`, or \`${role}:label\` for a further one`;
  const rows = plugins.map((plugin) => [linkOf('')(plugin), plugin.summary ?? '', String(plugin.tags?.['when'] ?? '')]);
  return [
    `# ${role}`,
    `${MADE} Slot of a recipe: ${slot}.`,
    table(['name', 'is', 'when'], rows),
    ...plugins.map(pluginText),
  ];
}

function pluginText(definition: PluginDefinition): string {
  const { name, summary = '', reference = '', tags = {} } = definition;
  const { when = '', ...others } = tags;
  const traits = Object.entries(others).map(([tag, value]) => `${tag} ${value}`);
  const facts = [
    `Source: ${reference}.`,
    `When: ${when}.`,
    ...(traits.length > 0 ? [`Traits: ${traits.join(', ')}.`] : []),
  ];
  const keys = configKeys(definition).map(({ key, type, range = '', default: value, required, about }) => {
    const given = value === undefined ? (required ? 'required' : '') : code(JSON.stringify(value));
    return [code(key), code(type), range === '' ? '' : code(range), given, about];
  });
  const config = keys.length === 0 ? 'No config.' : table(['key', 'type', 'range', 'default', 'meaning'], keys);
  return [`## ${name}`, summary, facts.map((fact) => `- ${fact}`).join('\n'), config].join('\n\n');
}

function presetText({ name, description, plugins }: Preset): string {
  const rows = Object.entries(plugins).map(([slot, use]) => [
    code(slot),
    code(typeof use === 'string' ? use : JSON.stringify(use)),
  ]);
  return [`## ${name}`, description, table(['slot', 'plugin'], rows)].join('\n\n');
}

const linkOf =
  (role: string) =>
  ({ name }: PluginDefinition): string =>
    `[\`${name}\`](${role === '' ? '' : `./${role}.md`}#${name})`;

const page = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

const code = (text: string): string => `\`${text.length > 120 ? `${text.slice(0, 117)}...` : text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Pages that are missing, no longer made, or say something else than the definitions. */
export function stalePages(): readonly string[] {
  const pages = referencePages();
  const found = new Map(
    readdirSync(REFERENCE_FOLDER).map((file) => [file, readFileSync(join(REFERENCE_FOLDER, file), 'utf8')]),
  );
  return [...new Set([...pages.keys(), ...found.keys()])].filter((file) => pages.get(file) !== found.get(file));
}

function write(): void {
  rmSync(REFERENCE_FOLDER, { recursive: true, force: true });
  mkdirSync(REFERENCE_FOLDER, { recursive: true });
  for (const [file, text] of referencePages()) writeFileSync(join(REFERENCE_FOLDER, file), text);
}

if (process.argv[1]?.endsWith('reference.ts')) {
  const stale = process.argv.includes('--check') ? stalePages() : write();
  if (stale && stale.length > 0) {
    console.error(`docs/reference is not what the definitions say: ${stale.join(', ')}; run \`npm run reference\``);
    process.exitCode = 1;
  }
}
