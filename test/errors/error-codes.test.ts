import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/core/errors/error-codes.js';
import { filesUnder, ROOT, withoutComments } from '../house/source-files.js';

/** Codes that no file of src throws yet, each with the work that will. */
const PLANNED: readonly string[] = [];

const codes = Object.keys(ERROR_CODES);
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
const sources = filesUnder('src', '.ts').filter((file) => !file.path.startsWith('src/core/errors/'));

describe('error codes', () => {
  it('have the prefix and a sentence', () => {
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^RXD(_[A-Z]+)+$/);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('are the headings of docs/errors.md, both ways', () => {
    const headings = [...page.matchAll(/^## `(RXD_[A-Z_]+)`$/gm)].map((match) => match[1] ?? '');
    expect(headings.toSorted()).toEqual(codes.toSorted());
  });

  it.each(codes)('%s: the page says what it means, causes and fix', (code) => {
    const section = page.split(/^## /m).find((part) => part.startsWith(`\`${code}\``)) ?? '';
    expect(section).toContain(ERROR_CODES[code as keyof typeof ERROR_CODES]);
    expect(section).toMatch(/\*\*Causes?\.\*\* \S/);
    expect(section).toMatch(/\*\*Fix\.\*\* \S/);
  });

  it('are all used in src, but for the planned ones', () => {
    const used = new Set(sources.flatMap((file) => withoutComments(file.text).match(/RXD_[A-Z_]+/g) ?? []));
    expect(codes.filter((code) => !used.has(code)).toSorted()).toEqual(PLANNED.toSorted());
  });

  it('are the only codes that src names', () => {
    const named = sources.flatMap((file) => file.text.match(/\bRXD_[A-Z_]+\b/g) ?? []);
    expect([...new Set(named)].filter((code) => !codes.includes(code))).toEqual([]);
  });
});

describe('every DiffusionError of src', () => {
  const uses = sources.flatMap((file) => constructions(file.text).map((text) => ({ path: file.path, text })));

  it('says what to do', () => {
    const silent = uses.filter(({ text }) => !/\bfix\b|\.\.\./.test(text)).map(({ path, text }) => `${path}: ${text}`);
    expect(silent).toEqual([]);
  });
});

/** The argument text of each `new DiffusionError(...)`, found by counting brackets. */
function constructions(source: string): string[] {
  return source
    .split('new DiffusionError(')
    .slice(1)
    .map((rest) => rest.slice(0, closing(rest)));
}

function closing(text: string): number {
  let depth = 1;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at;
  }
  return text.length;
}
