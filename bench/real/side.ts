import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a side of a pair is to do. */
export interface Job {
  readonly model: string;
  readonly folder: string;
  /** `fp16` reads the files in float16; float32 where absent. Both compute in float32. */
  readonly variant?: string;
  readonly batch: number;
  /** Side of a map of latents. */
  readonly size: number;
  /** Calls that are timed, after a first one. */
  readonly runs: number;
}

/** What it says when it is done. */
export interface Said {
  /** From the folder to a model that can be called. */
  readonly loadMs: number;
  /** Most memory of the process until then. */
  readonly loadMb: number;
  /** The first call: compiling, and whatever loading left for later. */
  readonly firstMs: number;
  readonly callMs: readonly number[];
  /** Most memory of the process. */
  readonly peakMb: number;
}

/** Our side of a job, in a process of its own. */
export function ours(job: Job): Promise<Said> {
  const program = fileURLToPath(new URL('ours.ts', import.meta.url));
  return said(process.execPath, [...process.execArgv, program, JSON.stringify(job)]);
}

/** diffusers' side of it; nothing where `RXDIFFUSION_PYTHON` names no Python. */
export async function theirs(job: Job, how: 'eager' | 'compiled' = 'eager'): Promise<Said | undefined> {
  const python = process.env['RXDIFFUSION_PYTHON'];
  if (python === undefined) return undefined;
  const program = fileURLToPath(new URL('../../tools/peers/diffusers_true_scale.py', import.meta.url));
  return said(python, [program, JSON.stringify(job), how]);
}

async function said(program: string, words: readonly string[]): Promise<Said> {
  const { stdout } = await run(program, [...words]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Said;
}
