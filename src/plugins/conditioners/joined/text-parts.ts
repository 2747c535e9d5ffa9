import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import type {
  ConditionContext,
  Conditioner,
  ConditionInputs,
  Conditioning,
  TrainingConditionContext,
} from '../../../core/contracts/conditioning.js';
import type { Columns } from '../../../core/contracts/columns.js';
import type { ParameterLayout, ParameterSet } from '../../../core/contracts/parameters.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { rowsOf } from '../../../core/training/condition-inputs.js';
import { refusedPrompt } from '../text/prompts.js';

/** Text encoders by label. */
export type TextParts = Readonly<Record<string, Conditioner>>;

/** A condition with a text for each encoder: those that it does not say are the first. */
export const promptsSchema = {
  prompt: z.unknown(),
  prompt_2: z.unknown().optional(),
  prompt_3: z.unknown().optional(),
};

/** A text, a list of texts, or an object of a schema, as the object. */
export function saidPrompts<T extends { readonly prompt?: unknown }>(condition: unknown, schema: z.ZodType<T>): T {
  const isPlain = typeof condition === 'object' && condition !== null && !Array.isArray(condition);
  const read = schema.safeParse(isPlain && !('ids' in condition) ? condition : { prompt: condition });
  if (read.success && read.data.prompt !== undefined) return read.data;
  const [issue] = read.error?.issues ?? [];
  throw refusedPrompt(
    issue ? `${issue.path.join('.')}: ${issue.message}` : 'no prompt',
    'a text, a list of texts, or `{ prompt, prompt_2, … }`',
    'see the page of this conditioner',
  );
}

/** Inputs of as many rows each: one, or where one of them has more, one for each sample. */
export function evenRows(inputs: ConditionInputs, count: number): ConditionInputs {
  const columns = Object.entries(inputs);
  if (columns.every(([, { shape }]) => shape[0] === 1)) return inputs;
  return Object.fromEntries(columns.map(([name, column]) => [name, rowsOf(column, 0, count)] as const));
}

/** What the encoders have in common as one: reading, weights, and inputs under their labels. */
export class JoinedText {
  readonly parts: TextParts;

  constructor(parts: TextParts) {
    this.parts = parts;
  }

  /** The members of a conditioner that follow from its parts. */
  common(): Pick<Conditioner, 'reads' | 'parameters' | 'frozen' | 'layout'> {
    const all = Object.entries(this.parts);
    const named = all.flatMap(([label, { parameters = {} }]) =>
      Object.entries(parameters).map(([name, tensor]) => [`${label}.${name}`, tensor] as const),
    );
    return {
      reads: [...new Set(all.flatMap(([, { reads }]) => reads))],
      parameters: Object.fromEntries(named),
      frozen: all.every(([, { frozen }]) => frozen === true),
      layout: (name) => this.#layout(name),
    };
  }

  #layout(name: string): ParameterLayout {
    const at = name.indexOf('.');
    return this.parts[name.slice(0, at)]?.layout?.(name.slice(at + 1)) ?? 'same';
  }

  /** The inputs of each part for its text, under its label. */
  async prepared(texts: Readonly<Record<string, unknown>>, ctx: ConditionContext): Promise<ConditionInputs> {
    return this.#joined(ctx.count, (part, label) => part.prepare(texts[label], ctx));
  }

  /** The inputs of each part for no condition. */
  async nothing(ctx: ConditionContext): Promise<ConditionInputs> {
    return this.#joined(ctx.count, (part) => part.prepareNothing?.(ctx) ?? part.prepare('', ctx));
  }

  /** The inputs of each part for a training batch: a text is dropped for all of them. */
  async ofBatch(columns: Columns, ctx: TrainingConditionContext): Promise<ConditionInputs> {
    return this.#joined(ctx.count, (part) => part.prepareBatch(columns, ctx));
  }

  async #joined(
    count: number,
    prepare: (part: Conditioner, label: string) => ConditionInputs | Promise<ConditionInputs>,
  ): Promise<ConditionInputs> {
    const columns: [string, ConditionInputs[string]][] = [];
    for (const [label, part] of Object.entries(this.parts))
      for (const [name, column] of Object.entries(await prepare(part, label)))
        columns.push([`${label}.${name}`, column]);
    return evenRows(Object.fromEntries(columns), count);
  }

  /** What each part gives for its inputs. */
  encoded(parameters: ParameterSet, inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Conditioning>> {
    const made = Object.entries(this.parts).map(([label, part]) => {
      const own = <T>(of: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
        Object.fromEntries(
          Object.entries(of).flatMap(([name, value]) =>
            name.startsWith(`${label}.`) ? [[name.slice(label.length + 1), value] as const] : [],
          ),
        );
      return [label, part.encode(own(parameters), own(inputs))] as const;
    });
    return Object.fromEntries(made);
  }

  /**
   * The width of a condition that a part gives.
   *
   * @throws DiffusionError `RXD_COMBINATION` where it gives none of that name
   */
  width(label: string, names: readonly string[]): number {
    const gives = this.parts[label]?.gives ?? {};
    const width = names.map((name) => gives[name]?.shape.at(-1)).find((size) => typeof size === 'number');
    if (width !== undefined) return width;
    throw new DiffusionError('RXD_COMBINATION', {
      problem: `the text encoder in the slot conditioner:${label} does not give what is joined`,
      got: Object.keys(gives).join(', ') || 'nothing',
      expected: names.join(' or '),
      fix: 'choose another encoder for the slot (for clip-text: `pooled: true`, or `architectures` with a projection)',
    });
  }
}
