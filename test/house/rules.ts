import { basename } from 'node:path';
import { importsOf, withoutComments, type SourceFile } from './source-files.js';

/** Longest file of src, in lines; what grows beyond it does two things. */
export const MAX_LINES = 220;

const EMPTY_NAMES = /(Manager|Helper|Helpers|Util|Utils|Base|Impl|Handler)$/;
const EMPTY_FILES =
  /^(utils?|helpers?|common|misc|shared|types|base)\.ts$|-(manager|helpers?|utils?|base|impl|handler)\.ts$/;
const TYPE_HOLES = [/:\s*any\b/, /\bas\s+any\b/, /<any\b/, /\bany\[\]/];
const SILENCERS = /@ts-(ignore|nocheck|expect-error)/;

/** Entries that their packages document, with a path in the name. */
const PUBLIC_PATHS = new Set([
  ...['tsx/esm/api', 'protobufjs/minimal.js'],
  ...['onnxruntime-web/wasm', 'onnxruntime-web/webgpu'],
]);

/** What is wrong with a source file; nothing where it keeps the house's rules. */
export function brokenRules(file: SourceFile): string[] {
  const code = withoutComments(file.text);
  return [
    lineCount(file.text) > MAX_LINES && `has ${lineCount(file.text)} lines, at most ${MAX_LINES}: split it`,
    /\bexport\s*\*/.test(code) && 'has `export *`: name what is exported',
    EMPTY_FILES.test(basename(file.path)) && 'has a file name that says nothing: name it after what it does',
    ...emptyNames(code).map((name) => `declares ${name}: name it after what it does`),
    TYPE_HOLES.some((hole) => hole.test(code)) && 'has `any`: say the type, or `unknown`',
    SILENCERS.test(file.text) && 'silences the compiler: fix the type',
    /\b(TODO|FIXME|XXX|HACK)\b/.test(file.text) && 'has a note to do something: do it or open an issue',
    ...deepImports(file).map((name) => `imports ${name}: import packages by their public entry`),
    !/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(basename(file.path)) && 'has a name that is not kebab-case',
  ].filter((broken) => typeof broken === 'string');
}

function lineCount(text: string): number {
  return text.trimEnd().split('\n').length;
}

function emptyNames(code: string): string[] {
  const declared = code.matchAll(/\b(?:class|interface|type|function|const|let)\s+([A-Za-z_$][\w$]*)/g);
  return [...declared].map((match) => match[1] ?? '').filter((name) => EMPTY_NAMES.test(name));
}

/** Bare module names with a path behind the package's name, other than Node's own. */
function deepImports(file: SourceFile): string[] {
  return importsOf(file).filter((name) => !PUBLIC_PATHS.has(name) && /^(@[^/]+\/[^/]+|[^@./][^/:]*)\/.+/.test(name));
}
