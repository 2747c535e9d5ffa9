import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenRules, MAX_LINES } from './rules.js';
import { filesUnder, foldersUnder, importsOf, ROOT } from './source-files.js';

const sources = filesUnder('src', '.ts');

describe('the house', () => {
  it('keeps its rules in every file of src', () => {
    const broken = sources.flatMap((file) => brokenRules(file).map((rule) => `${file.path} ${rule}`));
    expect(sources.length).toBeGreaterThan(20);
    expect(broken).toEqual([]);
  });

  it('has a README of two to seven lines in every folder of src', () => {
    const folders = new Set(foldersUnder('src').flatMap(withParents));
    const wrong = [...folders].filter((folder) => !isShortReadme(join(ROOT, folder, 'README.md')));
    expect(wrong).toEqual([]);
  });

  it('installs without running a script of another package, on npm 10 too, which knows no allowScripts', () => {
    const json = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    const { allowScripts } = json('package.json') as { allowScripts: Readonly<Record<string, boolean>> };
    const { packages } = json('package-lock.json') as {
      packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
    };
    const withScripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
    expect(Object.values(allowScripts)).not.toContain(true);
    expect(withScripts, 'take `hasInstallScript` out of the lock file, and name the package in allowScripts').toEqual(
      [],
    );
  });

  it('imports inversify in at most two files, both in core/assembly', () => {
    const files = sources.filter((file) => importsOf(file).includes('inversify')).map((file) => file.path);
    expect(files.length).toBeLessThanOrEqual(2);
    expect(files.filter((path) => !path.startsWith('src/core/assembly/'))).toEqual([]);
  });

  it('has examples that import the package by name only', () => {
    const reaching = filesUnder('examples', '.ts').flatMap((file) =>
      importsOf(file)
        .filter((name) => /(^|\/)(src|dist|test)\//.test(name))
        .map((name) => `${file.path}: ${name}`),
    );
    expect(reaching).toEqual([]);
  });
});

describe('the rules can fail', () => {
  const rule = (text: string, path = 'src/core/file.ts'): string[] => brokenRules({ path, text });

  it.each([
    ['export * from "./a.js";', 'export *'],
    ['export class RunManager {}', 'RunManager'],
    ['const a: any = 1;', 'any'],
    ['const a = b as any;', 'any'],
    ['// @ts-ignore\nlet a = 1;', 'silences'],
    ['// TODO: later', 'note'],
    ['import x from "inversify/lib/y.js";', 'inversify/lib/y.js'],
    ['import x from "@tensorflow/tfjs/dist/y";', '@tensorflow/tfjs/dist/y'],
  ])('%j', (text, says) => expect(rule(text).join()).toContain(says));

  it('a file that is too long', () => expect(rule('const a = 1;\n'.repeat(MAX_LINES + 1)).join()).toContain('lines'));

  it.each(['src/core/utils.ts', 'src/core/runManager.ts'])('%s', (path) => expect(rule('', path)).toHaveLength(1));

  it('lets good code pass', () => {
    const text = `import * as tf from '@tensorflow/tfjs';\nimport { a } from './a.js';\n/** has any word: any */\nexport const b = a;\n`;
    expect(rule(text)).toEqual([]);
  });
});

function withParents(folder: string): string[] {
  const parts = folder.split('/');
  return parts.slice(1).map((_, end) => parts.slice(0, end + 2).join('/'));
}

function isShortReadme(path: string): boolean {
  if (!existsSync(path)) return false;
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.length >= 2 && lines.length <= 7;
}
