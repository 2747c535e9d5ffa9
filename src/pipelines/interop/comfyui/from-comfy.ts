import { didYouMean, listed } from '../../../core/assembly/nearest-name.js';
import type { Settings } from '../../../core/assembly/plain-json.js';
import type { Use } from '../../../core/assembly/recipe.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { COMFY_SAMPLERS } from './samplers.js';
import { COMFY_SCHEDULERS } from './schedulers.js';

/** What the node KSampler asks for beside its two names. */
export interface ComfyOptions {
  readonly steps?: number;
  /** Scale of guidance: `cfg`, or `cfg-plus-plus` for the samplers with `_cfg_pp`. */
  readonly cfg?: number;
  readonly seed?: number;
  /** (0, 1]: 1 starts from noise, less from an image, with the last `steps` of a longer grid. */
  readonly denoise?: number;
  /** True for networks of flow matching (Stable Diffusion 3, Flux), where some names mean another plugin. */
  readonly flow?: boolean;
}

/** What two names of ComfyUI mean here. */
export interface ComfyReading {
  /** Slots of a recipe: put them over your own. Guidance is among them where `cfg` was given, and for `_cfg_pp`. */
  readonly plugins: { readonly sampler: Use; readonly grid: Use; readonly guidance?: Use };
  /** Settings of a request or of a recipe's `sample`: steps and seed, where they were given. */
  readonly request: { readonly steps?: number; readonly seed?: number };
  /** For `startFrom` of a request, where `denoise` is below 1. */
  readonly strength?: number;
  /** What ComfyUI does otherwise with these names, in words. */
  readonly differences: readonly string[];
}

/**
 * The slots for a sampler and a scheduler by the names that ComfyUI has for them, with the settings of its node KSampler.
 *
 * @throws DiffusionError `RXD_PLUGIN_UNKNOWN` for other names, with the nearest one, `RXD_REQUEST_INVALID` for a `denoise`
 *   outside of (0, 1] or one without `steps`
 * @example
 * const { plugins, request } = fromComfy('dpmpp_2m', 'karras', { steps: 20, cfg: 7, seed: 3 });
 * const recipe = { ...mine, plugins: { ...mine.plugins, ...plugins }, sample: request };
 */
export function fromComfy(sampler: string, scheduler: string, options: ComfyOptions = {}): ComfyReading {
  const method = known('sampler', COMFY_SAMPLERS, sampler);
  const grid = known('scheduler', COMFY_SCHEDULERS, scheduler);
  const { cfg, seed, flow = false } = options;
  const inSigma = flow && grid.overSigma ? { coordinate: 'sigma' } : {};
  const scale = cfg === undefined ? {} : { scale: cfg };
  const guidance = method.plusPlus ? use('cfg-plus-plus', scale) : use('cfg', scale);
  const { strength, ...steps } = stepsOf(options);
  return {
    plugins: {
      sampler: flow && method.onFlow !== undefined ? method.onFlow : use(method.name, method.config),
      grid: use(grid.name, { ...grid.config, ...inSigma }),
      ...(method.plusPlus || cfg !== undefined ? { guidance } : {}),
    },
    request: { ...steps, ...(seed === undefined ? {} : { seed }) },
    ...(strength === undefined ? {} : { strength }),
    differences: [method, grid].flatMap(({ differs }) => differs ?? []),
  };
}

function use(name: string, config: Settings = {}): Use {
  return Object.keys(config).length === 0 ? name : { name, config };
}

/** ComfyUI makes a grid of `steps / denoise` steps, cut down to whole ones, and visits its last `steps`. */
function stepsOf({ steps, denoise = 1 }: ComfyOptions): { readonly steps?: number; readonly strength?: number } {
  if (!(denoise > 0 && denoise <= 1))
    throw new DiffusionError('RXD_REQUEST_INVALID', {
      problem: '`denoise` is the share of the noise that is put in and taken away again',
      got: String(denoise),
      expected: 'above 0, up to 1',
      fix: 'give 1 to start from noise, or less to start from an image',
    });
  if (denoise === 1) return steps === undefined ? {} : { steps };
  if (steps === undefined)
    throw new DiffusionError('RXD_REQUEST_INVALID', {
      problem: 'with `denoise` below 1 the grid has more steps than the run',
      got: 'no `steps`',
      expected: 'the steps of the run',
      fix: 'give `steps` too',
    });
  const whole = Math.floor(steps / denoise);
  return { steps: whole, strength: steps / whole };
}

function known<T>(what: 'sampler' | 'scheduler', table: Readonly<Record<string, T>>, asked: unknown): T {
  const name = String(asked);
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(table);
  throw new DiffusionError('RXD_PLUGIN_UNKNOWN', {
    problem: `ComfyUI’s ${what} has no counterpart here, or ComfyUI has none of this name`,
    got: name.slice(0, 100),
    expected: listed(names),
    fix: `${didYouMean(name, names)}choose one of these, or fill the slots by hand`,
  });
}
