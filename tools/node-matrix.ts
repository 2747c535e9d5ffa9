import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * Runs scripts on several versions of Node and compares what they print:
 * `tsx tools/node-matrix.ts [script.ts ...]`, by default `tools/noise-digest.ts`. Non-zero exit where one differs.
 * The versions come from the npm package `node`, into the folder of temporary files, once.
 */
const VERSIONS = [20, 22, 24];
const run = promisify(execFile);

const scripts = process.argv.slice(2);
let differing = 0;
for (const script of scripts.length > 0 ? scripts : ['tools/noise-digest.ts']) {
  if (!(await agrees(script))) differing += 1;
}
process.exitCode = differing > 0 ? 1 : 0;

async function agrees(script: string): Promise<boolean> {
  const outputs: string[] = [];
  for (const version of VERSIONS) outputs.push(await outputOn(version, script));
  const [first = ''] = outputs;
  const same = outputs.every((output) => output === first);
  console.log(`${script}: ${same ? 'equal' : 'DIFFERENT'} on Node ${VERSIONS.join(', ')}`);
  for (const output of same ? [first] : outputs) console.log(output.trimEnd());
  return same;
}

async function outputOn(version: number, script: string): Promise<string> {
  const node = await nodeBinary(version);
  const { stdout: name } = await run(node, ['--version']);
  if (!name.startsWith(`v${version}.`)) throw new Error(`${node} is Node ${name.trim()}, not ${version}`);
  const { stdout } = await run(node, ['--import', 'tsx', '--conditions=source', resolve(script)]);
  return stdout;
}

async function nodeBinary(version: number): Promise<string> {
  const folder = join(tmpdir(), `rxdiffusion-node-${version}`);
  const binary = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const arguments_ = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node@${version}`];
  await run('npm', arguments_, { shell: process.platform === 'win32' });
  return binary;
}
