import { didYouMean, listed } from '../../../core/assembly/nearest-name.js';
import { isPlainObject } from '../../../core/assembly/plain-json.js';
import type { DiffusersQuirk } from './quirks.js';
import { REFUSED_CLASSES } from './refused-classes.js';
import { refuseScheduler, said } from './refuse.js';
import { SCHEDULER_CLASSES } from './scheduler-classes.js';
import { SchedulerFile, type SchedulerClip, type SchedulerOptions, type SchedulerPlugins } from './scheduler-file.js';
import { checkVisitedLevels } from './visited-levels.js';
import { beyondLimit } from '../../../core/storage/corrupt.js';
import { strictJson } from '../../../core/storage/strict-json.js';

/** What Python writes for numbers that JSON has no word for. */
const NON_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|(?<![\w.-])(-?Infinity|NaN)(?!\w)/g;

/** Longer than any config, with its tables of levels. */
const MAX_LENGTH = 2 ** 20;

/**
 * Parses JSON as Python's `json` writes it: `Infinity`, `-Infinity` and `NaN` stand for themselves, and come back as
 * strings of that name, since JSON has no such numbers. Everything else is strict.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` for text that is no JSON, names twice and nesting without end,
 * `RXD_FORMAT_UNSUPPORTED` for text longer than any config
 */
export function parsePythonJson(text: string, file = 'scheduler_config.json'): unknown {
  if (text.length > MAX_LENGTH)
    throw beyondLimit(file, `a config of at most ${MAX_LENGTH} characters`, `${text.length} characters`);
  const quoted = text.replace(NON_FINITE, (match, word: string | undefined) =>
    word === undefined ? match : `"${word}"`,
  );
  return strictJson(quoted, 'a scheduler config', file);
}

/** What a scheduler's config means here. */
export interface SchedulerReading {
  /** Slots of a recipe: put them beside your denoiser, or over a preset's own. */
  readonly plugins: SchedulerPlugins;
  /** `sample` settings of a recipe, or part of a request: the steps that it was read for, and how estimates are clipped. */
  readonly request: { readonly steps: number; readonly clip?: SchedulerClip };
  /** Keys that have no effect, there or here. */
  readonly ignored: readonly string[];
  /** What diffusers does otherwise with this config, whether it is repeated or not: names for `compatible`. */
  readonly compatibility: readonly DiffusersQuirk[];
}

/**
 * Reads a `scheduler_config.json` of diffusers: its parsed JSON, or its text, in which `-Infinity` and `NaN` may stand as
 * Python writes them. By itself the reading is right where diffusers is not; `compatible` repeats what it does.
 *
 * @throws DiffusionError `RXD_SCHEDULER_CONFIG` for classes, values and combinations that have no counterpart,
 *   `RXD_FILE_CORRUPT` for text that is no JSON
 * @example
 * const { plugins, request } = readScheduler(await readFile('scheduler_config.json', 'utf8'), { steps: 20 });
 * const recipe = { format: 1, preset: 'ddpm', plugins: { ...plugins, denoiser }, sample: request };
 */
export function readScheduler(config: unknown, options: SchedulerOptions = {}): SchedulerReading {
  const json = typeof config === 'string' ? parsePythonJson(config) : config;
  if (!isPlainObject(json)) return refuseForm(json);
  const name = json['_class_name'];
  const read = typeof name === 'string' && Object.hasOwn(SCHEDULER_CLASSES, name) ? SCHEDULER_CLASSES[name] : undefined;
  if (read === undefined) return refuseClass(name);
  const file = new SchedulerFile(json, options);
  const { clip, steps = file.steps, ...plugins } = read(file);
  checkVisitedLevels(file, plugins);
  return {
    plugins,
    request: { steps, ...(clip === undefined ? {} : { clip }) },
    ignored: file.ignored,
    compatibility: file.shown,
  };
}

function refuseForm(json: unknown): never {
  return refuseScheduler({
    problem: 'a scheduler config is an object',
    got: Array.isArray(json) ? 'a list' : json === null ? 'null' : typeof json,
    expected: '{ "_class_name": "DDIMScheduler", … }',
    fix: 'give the parsed scheduler_config.json, or its text',
  });
}

function refuseClass(name: unknown): never {
  const known = Object.keys(SCHEDULER_CLASSES);
  const reason = typeof name === 'string' && Object.hasOwn(REFUSED_CLASSES, name) ? REFUSED_CLASSES[name] : undefined;
  if (reason !== undefined)
    return refuseScheduler({
      problem: `this class of scheduler is known and cannot be read: ${reason}`,
      got: `_class_name ${said(name)}`,
      expected: listed(known),
      fix: 'choose sampler, schedule and grid by hand',
    });
  return refuseScheduler({
    problem: 'this class of scheduler has no counterpart',
    got: `_class_name ${said(name)}`,
    expected: listed(known),
    fix: `${typeof name === 'string' ? didYouMean(name, known) : ''}choose sampler, schedule and grid by hand`,
  });
}
