import { didYouMean, listed } from '../../../core/assembly/nearest-name.js';
import { isPlainObject } from '../../../core/assembly/plain-json.js';
import { parsePythonJson } from './python-json.js';
import type { DiffusersQuirk } from './quirks.js';
import { refuseScheduler, said } from './refuse.js';
import { SCHEDULER_CLASSES } from './scheduler-classes.js';
import { SchedulerFile, type SchedulerClip, type SchedulerOptions, type SchedulerPlugins } from './scheduler-file.js';
import { checkVisitedLevels } from './visited-levels.js';

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
  return refuseScheduler({
    problem: 'this class of scheduler has no counterpart',
    got: `_class_name ${said(name)}`,
    expected: listed(known),
    fix: `${typeof name === 'string' ? didYouMean(name, known) : ''}choose sampler, schedule and grid by hand`,
  });
}
