import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { buildBesidePackages, built, ENTRIES } from '../built-source.js';
import { full } from '../effort.js';
import { ROOT } from '../house/source-files.js';
import type { CodeBlock } from './code-blocks.js';

const FOLDER = join(ROOT, 'out', 'code-blocks');

/** How a program ended. */
export interface EndedProgram {
  readonly status: number | null;
  readonly output: string;
  /** The places of blocks that ended well. */
  readonly ended: readonly string[];
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
    const code = full ? block.code : shorter(block.code);
    writeFileSync(programOf(block), ts.transpileModule(code, { compilerOptions }).outputText);
  }
}

/** The same block with shorter runs: hundreds of steps become ten. */
const shorter = (code: string): string => code.replaceAll(/\bsteps: \d{3,}/g, 'steps: 10');

const programOf = (block: CodeBlock): string => join(FOLDER, block.file.replace(/\.ts$/, '.js'));

const ENDED = 'ended well: ';

/** Runs a saved block as a program of its own, in its folder; several one after the other in one, and says which ended well. */
export async function runBlocks(blocks: readonly CodeBlock[]): Promise<EndedProgram> {
  const [first, ...others] = blocks;
  if (first !== undefined && others.length === 0) {
    const { status, output } = await run(programOf(first), dirname(programOf(first)));
    return { status, output, ended: status === 0 ? [first.place] : [] };
  }
  const program = join(FOLDER, 'all-of-them.js');
  const lines = blocks.flatMap((block) => [
    `process.chdir(${JSON.stringify(dirname(programOf(block)))});`,
    `await import(${JSON.stringify(pathToFileURL(programOf(block)).href)});`,
    `console.log(${JSON.stringify(`${ENDED}${block.place}`)});`,
  ]);
  writeFileSync(program, lines.join('\n'));
  const { status, output } = await run(program, FOLDER);
  const said = output.split('\n').filter((line) => line.startsWith(ENDED));
  return { status, output, ended: said.map((line) => line.slice(ENDED.length)) };
}

function run(program: string, cwd: string): Promise<Omit<EndedProgram, 'ended'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}
