import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A recipe over the packed package and a third party's sampler; what stands behind `@ts-expect-error` has to be wrong. */
const RECIPES = `
import { defineRecipe, diffusion } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { ab2 } from './index.js';

const plugins = [...nodePlugins, ab2];
export const recipe = defineRecipe(plugins, {
  preset: 'flow',
  plugins: { sampler: 'ab2', denoiser: { name: 'mlp', config: { width: 8 } }, 'denoiser:weak': 'mlp', observer: ['progress'] },
  sample: { steps: 5 },
});
export const pipeline = () => diffusion(recipe, { plugins });
// @ts-expect-error: no such slot
defineRecipe(plugins, { plugins: { samplr: 'ab2' } });
// @ts-expect-error: no such sampler
defineRecipe(plugins, { plugins: { sampler: 'ab3' } });
// @ts-expect-error: no such key
defineRecipe(plugins, { plugins: { sampler: { name: 'ddim', config: { etaa: 1 } } } });
// @ts-expect-error: no number
defineRecipe(plugins, { plugins: { sampler: { name: 'ddim', config: { eta: '1' } } } });
// @ts-expect-error: the list has no such plugin
defineRecipe(nodePlugins, { plugins: { sampler: 'ab2' } });
`;

/** The same while it is being typed: \`|\` is where the editor is asked what may stand there. */
const TYPED: readonly (readonly [recipe: string, offered: readonly string[]])[] = [
  ["{ preset: '|', plugins: {} }", ['ddpm', 'edm', 'flow']],
  ['{ plugins: { | } }', ['sampler', 'denoiser', 'postProcessor']],
  ["{ plugins: { sampler: '|' } }", ['ab2', 'euler', 'unipc']],
  ["{ plugins: { 'sampler:late': { name: '|' } } }", ['ab2', 'euler', 'unipc']],
  ["{ plugins: { sampler: { name: 'unipc', config: { | } } } }", ['order', 'variant', 'lowerOrderFinal']],
  ["{ plugins: { sampler: { name: 'unipc', config: { variant: '|' } } } }", ['bh1', 'bh2']],
];
const HEAD = RECIPES.slice(0, RECIPES.indexOf('export const recipe'));

/**
 * Whether the packed types serve an editor: recipes are checked and completed, under both ways in which programs find
 * packages today.
 *
 * @param folder - of TypeScript files beside which the package is installed
 * @returns what was seen
 * @throws Error naming what an editor would get wrong
 */
export function packedTypes(folder: string): string {
  const files = [
    ['recipes.ts', RECIPES] as const,
    ...TYPED.map(([recipe], i) => [`typed-${i}.ts`, typed(recipe)] as const),
  ];
  for (const [name, text] of files) writeFileSync(join(folder, name), text.replace('|>', ''));
  const kinds = [ts.ModuleResolutionKind.NodeNext, ts.ModuleResolutionKind.Bundler];
  const errors = kinds.flatMap((kind) => errorsOf(join(folder, 'recipes.ts'), kind));
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const missing = kinds.flatMap((kind) => missingOf(folder, files.slice(1), kind));
  if (missing.length > 0) throw new Error(`an editor does not offer ${missing.join('\n')}`);
  return `${kinds.length * TYPED.length} completions offered`;
}

const typed = (recipe: string): string => `${HEAD}defineRecipe(plugins, ${recipe.replace('|', '|>')});\n`;

function optionsOf(moduleResolution: ts.ModuleResolutionKind): ts.CompilerOptions {
  const module = moduleResolution === ts.ModuleResolutionKind.NodeNext ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext;
  const lib = ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'];
  return { module, moduleResolution, target: ts.ScriptTarget.ES2022, lib, types: [], strict: true, noEmit: true };
}

function errorsOf(file: string, kind: ts.ModuleResolutionKind): readonly string[] {
  const program = ts.createProgram([file], { ...optionsOf(kind), skipLibCheck: true });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file: at, messageText }) => `${at?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

type Typed = readonly (readonly [name: string, text: string])[];

function missingOf(folder: string, files: Typed, kind: ts.ModuleResolutionKind): readonly string[] {
  const paths = files.map(([name]) => join(folder, name));
  const service = ts.createLanguageService({
    getCompilationSettings: () => optionsOf(kind),
    getScriptFileNames: () => paths,
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const text = ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => ts.sys.fileExists(path),
    readFile: (path) => ts.sys.readFile(path),
    directoryExists: (path) => ts.sys.directoryExists(path),
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
  });
  return TYPED.flatMap(([recipe, offered], i) => {
    const found = service.getCompletionsAtPosition(paths[i] ?? '', files[i]?.[1].indexOf('|>') ?? 0, {});
    const names = new Set(found?.entries.map(({ name }) => name));
    return offered.filter((name) => !names.has(name)).map((name) => `${name} in ${recipe}`);
  });
}
