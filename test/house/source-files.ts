import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A file of the repository: its path from the root, with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** All files under a folder whose names end so; an absent folder has none. */
export function filesUnder(folder: string, ending: string): SourceFile[] {
  return entriesUnder(folder)
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => resolve(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`))
    .map((path) => ({ path: fromRoot(path), text: readFileSync(path, 'utf8') }))
    .toSorted((a, b) => a.path.localeCompare(b.path));
}

/** All folders under a folder that hold at least one file. */
export function foldersUnder(folder: string): string[] {
  const files = entriesUnder(folder).filter((entry) => entry.isFile());
  return [...new Set(files.map((entry) => fromRoot(entry.parentPath)))].toSorted();
}

/** Module names of a file's imports and re-exports, dynamic ones too. */
export function importsOf(file: SourceFile): string[] {
  const code = withoutComments(file.text);
  const found = code.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)['"]([^'"]+)['"]/g);
  return [...found].map((match) => match[1] ?? '');
}

/** A file's text with comments blanked out. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function entriesUnder(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(resolve(ROOT, folder));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

function readEntries(path: string) {
  return readdirSync(path, { recursive: true, withFileTypes: true });
}

function fromRoot(path: string): string {
  return relative(ROOT, path).split(sep).join('/');
}
