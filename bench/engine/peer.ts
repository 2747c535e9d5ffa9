import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether there is a Python with PyTorch to compare with. */
export const hasPeer = process.env['RXDIFFUSION_PYTHON'] !== undefined;

/** Milliseconds of the same work by PyTorch; nothing where `RXDIFFUSION_PYTHON` names no Python. */
export async function torchMs(words: readonly string[]): Promise<number | undefined> {
  const said = await peer('torch_unet.py', words);
  return said === undefined ? undefined : Number(said['msMedian']);
}

/** Milliseconds of the same work of a DiT by diffusers. */
export async function ditMs(words: readonly string[]): Promise<number | undefined> {
  const said = await peer('diffusers_dit.py', words);
  return said === undefined ? undefined : Number(said['msMedian']);
}

/** Milliseconds of the same run by diffusers. */
export async function diffusersMs(words: readonly string[]): Promise<number | undefined> {
  const said = await peer('diffusers_sample.py', words);
  return said === undefined ? undefined : 1000 * Number(said['secondsMedian']);
}

async function peer(script: string, words: readonly string[]): Promise<Record<string, unknown> | undefined> {
  const python = process.env['RXDIFFUSION_PYTHON'];
  if (python === undefined) return undefined;
  const path = fileURLToPath(new URL(`../../tools/peers/${script}`, import.meta.url));
  const { stdout } = await run(python, [path, ...words]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
}
