import { readFileSync, writeFileSync } from 'node:fs';
import { filesUnder } from '../test/house/source-files.js';

/**
 * Writes what `rxdiffusion list` says of each built-in plugin: the comment over its definition, on one line.
 * `npx tsx tools/plugin-notes.ts`; a test compares the file with the comments.
 */
export const NOTES_FILE = 'src/cli/plugin-notes.ts';

const DEFINITION =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const \w+ = (?:definePlugin|\w+Plugin|\w+)(?:<[^(]*>)?\(\{?\s*(?:role: )?Roles\.(\w+),\s*name: '([^']+)'/g;

/** The file that the comments of now give. */
export function pluginNotes(): string {
  const notes = filesUnder('src/plugins', '.ts').flatMap(({ text }) =>
    [...text.matchAll(DEFINITION)].map(([, comment = '', role = '', name = '']) => `${role}/${name} ${plain(comment)}`),
  );
  const lines = notes.toSorted().join('\n');
  return (
    '/** Made by `npx tsx tools/plugin-notes.ts` of the comments over the plugins: a plugin a line. */\n' +
    `export const PLUGIN_NOTES = \`\n${lines}\n\`;\n`
  );
}

/** The first paragraph and the sources of a comment, as text on one line. */
function plain(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .split(/\n\s*\n|\n@/)[0]
    ?.replaceAll(/\s+/g, ' ')
    .replaceAll('`', "'")
    .replaceAll('\\', '/')
    .replaceAll('${', '$ {')
    .trim() as string;
}

if (process.argv[1]?.endsWith('plugin-notes.ts')) {
  const before = readFileSync(NOTES_FILE, 'utf8');
  if (before !== pluginNotes()) writeFileSync(NOTES_FILE, pluginNotes());
}
