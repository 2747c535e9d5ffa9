import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { buildBesidePackages, built, ENTRIES } from '../built-source.js';
import { ROOT } from '../house/source-files.js';
import type { CodeBlock } from './code-blocks.js';

const FOLDER = join(ROOT, 'out', 'code-blocks');

/** How a program ended. */
export interface EndedProgram {
  readonly status: number | null;
  readonly output: string;
}

/** Saves blocks as files of JavaScript in a package that has `rxdiffusion` installed, as a reader of the guides would. */
export async function saveBlocks(blocks: readonly CodeBlock[]): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  const installed = join(FOLDER, 'node_modules', 'rxdiffusion');
  mkdirSync(installed, { recursive: true });
  await buildBesidePackages(installed);
  const exports = Object.fromEntries(
    ENTRIES.map((entry) => [entry === 'index' ? '.' : `./${entry}`, `./${built(`src/${entry}.ts`, '')}`]),
  );
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ name: 'rxdiffusion', type: 'module', exports }));
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  for (const block of blocks) {
    mkdirSync(dirname(programOf(block)), { recursive: true });
    writeFileSync(programOf(block), ts.transpileModule(block.code, { compilerOptions }).outputText);
  }
}

const programOf = (block: CodeBlock): string => join(FOLDER, block.file.replace(/\.ts$/, '.js'));

/** Runs a saved block as a program of its own, in its folder. */
export function runBlock(block: CodeBlock): Promise<EndedProgram> {
  return new Promise((resolve, reject) => {
    const program = programOf(block);
    const child = spawn(process.execPath, [program], { cwd: dirname(program), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}
