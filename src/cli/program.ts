import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { take } from 'rxjs';
import { DiffusionError } from '../index.js';
import { devicesCommand } from './commands/devices.js';
import { explainCommand } from './commands/explain.js';
import { exportCommand, type ExportOptions } from './commands/export.js';
import { listCommand, type ListOptions } from './commands/list.js';
import { sampleCommand, type SampleFlags } from './commands/sample.js';
import { trainCommand, type TrainFlags } from './commands/train.js';
import { collectConditions } from './conditions.js';
import { collectLora } from './loras.js';
import { statusAfter } from './interrupt.js';
import type { Output } from './output.js';
import { inOwnWords } from './own-words.js';
import { collectSetting, collectUse, jsonOr, type RecipeOptions } from './slots.js';
import { numberOrList, share } from './pictures.js';
import { neverSettles, settled } from './unsettled.js';
import { collectWeights } from './weights.js';

/** Version of the package, as its `package.json` says it: a test compares them. */
const VERSION = '0.1.0';

/**
 * Runs the command line.
 *
 * @param words - without `node` and the script
 * @returns the exit status: 0, 1 after an error, 2 for words that it does not know, 128 and its number after a signal: 130
 * after Ctrl-C, 141 where nobody reads the results any more
 */
export async function runProgram(words: readonly string[], output: Output): Promise<number> {
  const json = words.includes('--json');
  let status = 0;
  let unread = false;
  const reading = output.closed$.pipe(take(1)).subscribe(() => (unread = true));
  try {
    const program = programOf(output, json, (code) => (status = code));
    await settled(() => program.parseAsync([...words], { from: 'user' }), neverSettles);
    return unread ? statusAfter('SIGPIPE') : status;
  } catch (thrown) {
    const error = inOwnWords(thrown);
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (unread) return statusAfter('SIGPIPE');
    // Commander has said what is wrong with the words, unless a machine reads.
    if (json) output.status(`${errorJson(error)}\n`);
    else if (!(error instanceof CommanderError)) output.status(`${errorText(error)}\n`);
    if (error instanceof CommanderError) return 2;
    return error instanceof DiffusionError && error.code === 'RXD_ABORTED' ? statusAfter(error.cause) : 1;
  } finally {
    reading.unsubscribe();
  }
}

function programOf(output: Output, json: boolean, exit: (code: number) => void): Command {
  const program = new Command('rxdiffusion')
    .description('Diffusion models as typed plugins and RxJS streams')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.trimEnd()),
      writeErr: (text) => (json ? undefined : output.status(text)),
    });
  runCommand(program, 'train <recipe>', 'train by a recipe (JSON, YAML or a checkpoint) and leave checkpoints')
    .option('--out <folder>', 'where checkpoints go; the recipe’s store, else `out`')
    .option('--steps <n>', 'optimiser updates', positive)
    .option('--batch-size <n>', 'examples of an update', positive)
    .option('--seed <n>', 'seed of order, noise and times', integer)
    .option('--resume [run]', 'go on from the newest checkpoint, of this run where there are several')
    .option('--allow <what>', 'what a resumed run may have otherwise: optimizer,batchSize', listed)
    .action(async (path: string, options: TrainFlags) => exit(await trainCommand(path, options, output)));
  modelOptions(
    runCommand(
      program,
      'sample <model>',
      'sample from a checkpoint, a file of weights, a folder or a file of a whole model',
    ),
  )
    .option('--count <n>', 'number of samples; 16, of a folder 1', positive)
    .option('--batch <n>', 'samples in one run of the network', positive, 100)
    .option('--labels <which>', '`all`, or numbers with commas: round and round')
    .option('--condition <what>', 'what to sample, as JSON or text: a label, a caption, a list of one a sample', jsonOr)
    .option('--prompt <text>', 'what to sample, as a text')
    .option('--negative <what>', 'what guidance goes away from, said as --condition is', jsonOr)
    .option('--conditions <name=what>', 'a further condition for guidance; may be repeated', collectConditions)
    .option('--height <pixels>', 'height of the samples, where the network takes others than its own', positive)
    .option('--width <pixels>', 'width of the samples, likewise', positive)
    .option('--seed <n>', 'sample k has seed n + k', integer)
    .option('--steps <n>', 'steps of the grid', positive)
    .option('--image <file>', 'a picture that the run starts from; beside --mask, whose rest is kept')
    .option('--mask <file>', 'a picture, white where the image is made anew')
    .option('--strength <share>', 'share of the steps that a run with an image makes; as the model has it', share)
    .option('--control-image <file>', 'a picture for a control network; repeat it for several', collected)
    .option('--control-scale <x>', 'how much control networks do: 0.8, or one each: 0.8,0.5', numberOrList)
    .option('--control-start <share>', 'share of the steps from which they act', numberOrList)
    .option('--control-end <share>', 'share of the steps until which they act', numberOrList)
    .option('--scheduler <file>', 'sample as a scheduler_config.json of diffusers says')
    .option('--comfy <sampler/scheduler>', 'sample as these names of ComfyUI say: dpmpp_2m/karras', comfyNames)
    .option('--lora <file[=scale]>', 'a LoRA file over the model of a folder; may be repeated', collectLora)
    .option('--raw <file>', 'write samples and labels as .safetensors', safetensors)
    .option('--out <file>', 'write a picture, .png or .gif; samples.png unless --raw is given')
    .option(
      '--weights <slot=file>',
      'a file for a slot: denoiser:weak=FILE, adapter:style=FILE; may be repeated',
      collectWeights,
    )
    .action((path: string, options: SampleFlags) => sampleCommand(path, options, output));
  modelOptions(command(program, 'export <model>', 'write the weights of a checkpoint alone; a whole model as a folder'))
    .option(
      '--out <place>',
      'the file to write (the name of the checkpoint with `weights`); the folder of a whole model',
    )
    .addOption(
      new Option('--dtype <type>', 'how floats are stored')
        .choices(['float32', 'float16', 'bfloat16'])
        .default('float32'),
    )
    .action((path: string, options: ExportOptions) => exportCommand(path, options, output));
  recipeCommand(program, 'explain <recipe>', 'print which plugin fills which slot, and why').action(
    (path: string, options: RecipeOptions) => explainCommand(path, options, output),
  );
  command(program, 'list [what]', 'print the plugins that there are, those of a role, or the config of `role/name`')
    .option('--plugins <file>', 'a module of plugins of your own; may be repeated', collected)
    .action((what: string | undefined, options: ListOptions) => listCommand(what, options, output));
  command(program, 'devices', 'print which engines can run here').action((options: { readonly json?: boolean }) =>
    devicesCommand(options, output),
  );
  return program;
}

function command(program: Command, words: string, description: string): Command {
  return program.command(words).description(description).option('--json', 'for machines: one JSON value a line');
}

/** How a whole model is read. */
function modelOptions(words: Command): Command {
  return words
    .option('--variant <name>', 'which files of a folder: `fp16`')
    .option('--tokenizer <folder>', 'tokenizer of a model that is one file')
    .option('--config <folder>', 'folder of a pipeline: configs of a model that is one file');
}

function recipeCommand(program: Command, words: string, description: string): Command {
  return command(program, words, description)
    .option('--use <slot=plugin>', 'another plugin in a slot; may be repeated', collectUse)
    .option('--set <slot.key=value>', 'a config key, as JSON or text; may be repeated', collectSetting)
    .option('--plugins <file>', 'a module of plugins of your own; may be repeated', collected);
}

function runCommand(program: Command, words: string, description: string): Command {
  const command = recipeCommand(program, words, description);
  return command.option('--memory-limit <mb>', 'megabytes that the pipeline and its runs may need; 2048', positive);
}

const collected = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

const listed = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map((word) => word.trim()),
];

function safetensors(path: string): string {
  if (path.toLowerCase().endsWith('.safetensors')) return path;
  throw new InvalidArgumentError('It holds safetensors: give a name that ends in .safetensors.');
}

function comfyNames(text: string): readonly [sampler: string, scheduler: string] {
  const [sampler, scheduler, ...rest] = text.split('/');
  if (sampler && scheduler && rest.length === 0) return [sampler, scheduler];
  throw new InvalidArgumentError('Give sampler/scheduler, for example --comfy dpmpp_2m/karras');
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

/** An error of the command line for people; a stack only where it was not expected. */
function errorText(error: unknown): string {
  if (error instanceof DiffusionError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The same for machines, on one line: `{"kind":"error","code":…,"message":…}` and what a `DiffusionError` tells beside. */
function errorJson(error: unknown): string {
  if (error instanceof DiffusionError) {
    const { code, message, problem, got, expected, fix, plugin, step } = error;
    return JSON.stringify({ kind: 'error', code, message, problem, got, expected, fix, plugin, step });
  }
  if (error instanceof CommanderError)
    return JSON.stringify({ kind: 'error', code: 'usage', message: error.message.replace(/^error: /, '') });
  const message = error instanceof Error ? error.message : String(error);
  return JSON.stringify({ kind: 'error', code: 'unexpected', message });
}
