import { InvalidArgumentError } from 'commander';
import { DiffusionError, type SampleOptions } from '../index.js';
import { jsonOr } from './slots.js';

/** What the command line says of conditions. */
export interface ConditionOptions {
  /** A condition that is a text, whatever JSON it may look like. */
  readonly prompt?: string;
  readonly condition?: unknown;
  readonly negative?: unknown;
  /** Further conditions by name. */
  readonly conditions?: Readonly<Record<string, unknown>>;
}

/** `--conditions name=what`, collected. */
export function collectConditions(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('Give name=what, for example --conditions left="a seven"');
  return { ...before, [text.slice(0, at)]: jsonOr(text.slice(at + 1)) };
}

/** The options with a prompt as the condition. Throws `RXD_CONDITION_INVALID` where there is a condition too. */
export function withPrompt<T extends ConditionOptions>({ prompt, ...options }: T): Omit<T, 'prompt'> {
  if (prompt === undefined) return options;
  if (options.condition === undefined) return { ...options, condition: prompt };
  throw new DiffusionError('RXD_CONDITION_INVALID', {
    problem: '--prompt and --condition both say what to sample',
    got: '--prompt and a condition',
    expected: 'one of them',
    fix: 'leave one out',
  });
}

/** Throws `RXD_CONDITION_INVALID` where labels and a condition are both given: they are said of the same samples. */
export function refuseBoth(labels: string | undefined, { condition }: ConditionOptions): void {
  if (labels === undefined || condition === undefined) return;
  throw new DiffusionError('RXD_CONDITION_INVALID', {
    problem: '--labels and --condition both say what to sample',
    got: `--labels ${labels} and a condition`,
    expected: 'one of them',
    fix: 'leave one out; --labels writes labels beside --raw samples',
  });
}

/** The conditions of some of all samples: of a list with one for each sample, those of these. */
export function conditionsOf(
  { condition, negative, conditions }: ConditionOptions,
  { first, count, of }: { readonly first: number; readonly count: number; readonly of: number },
): Pick<SampleOptions, 'condition' | 'negative' | 'conditions'> {
  const part = (value: unknown): unknown =>
    Array.isArray(value) && value.length === of ? value.slice(first, first + count) : value;
  const named = Object.entries(conditions ?? {}).map(([name, value]) => [name, part(value)] as const);
  return {
    ...(condition === undefined ? {} : { condition: part(condition) }),
    ...(negative === undefined ? {} : { negative: part(negative) }),
    ...(conditions === undefined ? {} : { conditions: Object.fromEntries(named) }),
  };
}
