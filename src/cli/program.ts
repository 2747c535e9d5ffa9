import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { DiffusionError } from '../index.js';
import { devicesCommand } from './commands/devices.js';
import { explainCommand } from './commands/explain.js';
import { sampleCommand, type SampleOptions } from './commands/sample.js';
import { trainCommand, type TrainOptions } from './commands/train.js';
import { statusAfter } from './interrupt.js';
import type { Output } from './output.js';
import { collectUse } from './slots.js';

/**
 * Runs the command line.
 *
 * @param words - without `node` and the script
 * @returns the exit status: 0, 1 after an error, 2 for words that it does not know, 128 and its number after a signal: 130 after Ctrl-C
 */
export async function runProgram(words: readonly string[], output: Output): Promise<number> {
  let status = 0;
  const program = programOf(output, (code) => (status = code));
  try {
    await program.parseAsync([...words], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    output.status(`${error instanceof DiffusionError ? error.message : unexpected(error)}\n`);
    return error instanceof DiffusionError && error.code === 'RXD_ABORTED' ? statusAfter(error.cause) : 1;
  }
}

function programOf(output: Output, exit: (code: number) => void): Command {
  const program = new Command('rxdiffusion')
    .description('Diffusion models as typed plugins and RxJS streams')
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.line(text.trimEnd()), writeErr: (text) => output.status(text) });
  command(program, 'train <recipe>', 'train by a recipe (JSON, YAML or a checkpoint) and leave checkpoints')
    .option('--out <folder>', 'where checkpoints go; the recipe’s store, else `out`')
    .option('--steps <n>', 'optimiser updates', positive)
    .option('--batch-size <n>', 'examples of an update', positive)
    .option('--seed <n>', 'seed of order, noise and times', integer)
    .option('--resume [run]', 'go on from the newest checkpoint, of this run where there are several')
    .option('--use <slot=plugin>', 'another plugin in a slot; may be repeated', collectUse)
    .action(async (path: string, options: TrainOptions) => exit(await trainCommand(path, options, output)));
  command(program, 'sample <checkpoint>', 'sample from a checkpoint')
    .option('--count <n>', 'number of samples', positive, 16)
    .option('--batch <n>', 'samples in one run of the network', positive, 100)
    .option('--labels <which>', '`all`, or numbers with commas: round and round')
    .option('--seed <n>', 'sample k has seed n + k', integer)
    .option('--steps <n>', 'steps of the grid', positive)
    .option('--scheduler <file>', 'sample as a scheduler_config.json of diffusers says')
    .option('--raw <file>', 'write samples and labels as safetensors')
    .option('--out <file>', 'write a picture; samples.png unless --raw is given')
    .option('--use <slot=plugin>', 'another plugin in a slot; may be repeated', collectUse)
    .action((path: string, options: SampleOptions) => sampleCommand(path, options, output));
  command(program, 'explain <recipe>', 'print which plugin fills which slot, and why').action(
    (path: string, options: { readonly json?: boolean }) => explainCommand(path, options, output),
  );
  command(program, 'devices', 'print which engines can run here').action((options: { readonly json?: boolean }) =>
    devicesCommand(options, output),
  );
  return program;
}

function command(program: Command, words: string, description: string): Command {
  return program.command(words).description(description).option('--json', 'for machines: one JSON value a line');
}

function integer(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Give an integer.');
  return value;
}

function positive(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError('Give a positive integer.');
  return value;
}

function unexpected(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
