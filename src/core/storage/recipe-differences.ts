import type { Recipe, Use } from '../assembly/recipe.js';
import type { Settings } from '../assembly/plain-json.js';

/** Slots that decide what training computes; engine, store, observers and what samples with the weights do not. */
const SLOTS = [
  ...['dataset', 'denoiser', 'schedule', 'parameterization', 'conditioner', 'objective', 'optimizer', 'average'],
  ...['codec', 'timestepSampler', 'noise'],
] as const;

const SETTINGS = ['batchSize', 'seed'] as const;

/** What a resumed run may have otherwise than the run that it goes on with: a slot of the recipe, or a setting. */
export type ResumeDifference =
  | 'dataset'
  | 'denoiser'
  | 'schedule'
  | 'parameterization'
  | 'conditioner'
  | 'objective'
  | 'optimizer'
  | 'average'
  | 'codec'
  | 'timestepSampler'
  | 'noise'
  | 'batchSize'
  | 'seed';

/** All of them. */
export const RESUME_DIFFERENCES = [...SLOTS, ...SETTINGS] as readonly ResumeDifference[];

/** One thing that differs, as text. */
export interface RecipeDifference {
  readonly what: ResumeDifference;
  readonly was: string;
  readonly is: string;
}

/** What a recipe of a run says otherwise than an older one; what the older one leaves open is not compared. */
export function recipeDifferences(was: Recipe, is: Recipe): readonly RecipeDifference[] {
  return RESUME_DIFFERENCES.flatMap((what) => {
    const [before, now] = isSetting(what)
      ? [was.train?.[what], is.train?.[what]]
      : [was.plugins[what], is.plugins[what]];
    if (before === undefined || agrees(before, now)) return [];
    return [{ what, ...shown(before, now) }];
  });
}

const isSetting = (what: ResumeDifference): what is (typeof SETTINGS)[number] =>
  (SETTINGS as readonly string[]).includes(what);

/** Whether all that the older value says is said now: a config key that came later has its default there. */
function agrees(before: unknown, now: unknown): boolean {
  if (typeof before === 'string' && typeof now === 'object')
    return before === (now as { readonly name?: unknown }).name;
  if (typeof before !== 'object' || before === null || typeof now !== 'object' || now === null) return before === now;
  if (Array.isArray(before) && Array.isArray(now) && before.length !== now.length) return false;
  return Object.entries(before).every(([key, value]) => agrees(value, (now as Settings)[key]));
}

/** Both sides, without what they have in common where they are plugins of one name. */
function shown(before: unknown, now: unknown): { readonly was: string; readonly is: string } {
  const [a, b] = [parts(before), parts(now)];
  if (a === undefined || b === undefined || a.name !== b.name) return { was: said(before), is: said(now) };
  const keys = Object.keys(a.config).filter((key) => !agrees(a.config[key], b.config[key]));
  const only = (config: Settings): string => keys.map((key) => `${key} ${JSON.stringify(config[key])}`).join(', ');
  return { was: `${a.name} with ${only(a.config)}`, is: `${b.name} with ${only(b.config)}` };
}

function parts(use: unknown): { readonly name: string; readonly config: Settings } | undefined {
  if (typeof use !== 'object' || use === null || !('name' in use)) return undefined;
  const { name, config = {} } = use as Exclude<Use, string>;
  return { name, config };
}

const said = (value: unknown): string => (value === undefined ? 'none' : (parts(value)?.name ?? JSON.stringify(value)));
