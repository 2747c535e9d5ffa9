import * as tf from '@tensorflow/tfjs';
import type { Columns } from '../core/contracts/columns.js';
import type {
  Conditioner,
  ConditionContext,
  ConditionInputs,
  Conditioning,
  InpaintedInputs,
} from '../core/contracts/conditioning.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('conditioners');

/** What `conditionerLaws` says to a conditioner. */
export interface ConditionerCase {
  /** Conditions of a request, each for one sample or for all: a label, a text, an image, … */
  readonly conditions: readonly unknown[];
  /** Conditions that cannot be. */
  readonly refused?: readonly unknown[];
  /** A training batch of two rows or more: the columns that the conditioner reads. */
  readonly columns: Columns;
  /** What a request for so many samples keeps, for conditioners that read it. */
  readonly inpainted?: (count: number) => InpaintedInputs;
}

/**
 * Checks the laws of the conditioner contract on the current tfjs backend: it reads no column but those of `reads`; equal
 * inputs give equal bits; all conditions, those of no condition and of training too, have the names, types and shapes of
 * `gives`; a batch equals its singles; `encode` changes nothing, and each weight that trains has a gradient; a condition
 * that cannot be is `RXD_CONDITION_INVALID`.
 *
 * @throws Error that says which law is broken.
 */
export async function conditionerLaws(conditioner: Conditioner, given: ConditionerCase): Promise<void> {
  const { conditions, refused = [], columns, inpainted } = given;
  const kept = (of: number): Pick<ConditionContext, 'inpainted'> =>
    inpainted ? { inpainted: () => Promise.resolve(inpainted(of)) } : {};
  const missing = conditioner.reads.find((name) => columns[name] === undefined);
  holds(missing === undefined, `the case has the columns that it reads (there is no ${missing})`);
  const read = Object.fromEntries(Object.entries(columns).filter(([name]) => conditioner.reads.includes(name)));
  const count = rowsOf(read) ?? 2;
  holds(conditions.length > 0 && count > 1, 'there is a condition to try, and a batch of two rows');
  const batch = (uniform: number) => () =>
    conditioner.prepareBatch(read, { count, uniform: () => uniform, ...kept(count) });
  const nothing = { count, side: 'unconditional', condition: conditions[0], ...kept(count) };
  const asked = [
    ...conditions.map((condition) => () => conditioner.prepare(condition, { count: 1, ...kept(1) })),
    ...conditions.map((condition) => () => conditioner.prepare(condition, { count, ...kept(count) })),
    ...(conditioner.prepareNothing ? [() => conditioner.prepareNothing?.(nothing) ?? {}] : []),
    batch(0),
    batch(1 - 2 ** -24),
  ];
  const prepared: ConditionInputs[] = [];
  for (const ask of asked) {
    const [inputs, again] = [await ask(), await ask()];
    holds(textOf(inputs) === textOf(again), 'equal conditions give equal inputs');
    holds([1, count].includes(rowsOf(inputs) ?? 0), 'inputs have one row, or one for each sample');
    prepared.push(inputs);
  }
  for (const condition of refused) holds(await isRefused(conditioner, condition), refusal(condition));
  tf.tidy(() => checkEncoding(conditioner, prepared));
}

function checkEncoding(conditioner: Conditioner, prepared: readonly ConditionInputs[]): void {
  const { parameters = {}, frozen = false } = conditioner;
  const before = weightsOf(conditioner);
  const forms = prepared.map((inputs) => {
    const encoded = encode(conditioner, inputs);
    holds(sameBits(encoded, encode(conditioner, inputs)), 'equal inputs give equal conditions');
    checkShapes(conditioner, encoded, rowsOf(inputs) ?? 0);
    for (let row = 0; row < (rowsOf(inputs) ?? 0); row++)
      holds(isNear(encode(conditioner, rowIn(inputs, row)), encoded, row), 'a batch equals its singles');
    return formOf(encoded);
  });
  holds(new Set(forms).size === 1, 'all conditions have the same names and types');
  holds(weightsOf(conditioner) === before, 'encode leaves weights as they are');
  if (frozen) return;
  const names = Object.keys(parameters);
  const loss = (...weights: tf.Tensor[]): tf.Scalar => {
    const own = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
    const sums = prepared.flatMap((inputs) => Object.values(encode({ ...conditioner, parameters: own }, inputs)));
    return tf.addN(sums.map((tensor) => tf.sum(tf.square(tf.cast(tensor, 'float32')))));
  };
  const gradients = names.length > 0 ? tf.grads(loss)(Object.values(parameters)) : [];
  names.forEach((name, i) =>
    holds(gradients[i]?.shape.join() === parameters[name]?.shape.join(), `${name} has a gradient of its own shape`),
  );
}

function encode(conditioner: Conditioner, inputs: ConditionInputs): Conditioning {
  const tensors = Object.entries(inputs).map(([name, { data, shape }]) => {
    const values = data instanceof Uint8Array ? Int32Array.from(data) : data;
    return [name, tf.tensor(values, [...shape], values instanceof Float32Array ? 'float32' : 'int32')] as const;
  });
  return conditioner.encode(conditioner.parameters ?? {}, Object.fromEntries(tensors));
}

function checkShapes({ gives }: Conditioner, encoded: Conditioning, rows: number): void {
  holds(Object.keys(encoded).length > 0, 'encode gives a condition');
  for (const [name, tensor] of Object.entries(encoded)) {
    holds(tensor.shape[0] === rows, `${name} has as many rows as the inputs`);
    holds(tensor.dataSync().every(Number.isFinite), `${name} is finite`);
    const said = gives?.[name];
    const shape = tensor.shape.slice(1);
    const fits =
      said?.dtype === tensor.dtype &&
      said.shape.length === shape.length &&
      said.shape.every((side, i) => typeof side === 'string' || side === shape[i]);
    holds(gives === undefined || fits, `${name} is as \`gives\` says (it is ${tensor.dtype} [${shape.join(', ')}])`);
  }
  const unsaid = Object.keys(gives ?? {}).find((name) => encoded[name] === undefined);
  holds(unsaid === undefined, `it gives ${unsaid}, as \`gives\` says`);
}

async function isRefused(conditioner: Conditioner, condition: unknown): Promise<boolean> {
  try {
    await conditioner.prepare(condition, { count: 2 });
    return false;
  } catch (error) {
    return error instanceof DiffusionError && error.code === 'RXD_CONDITION_INVALID';
  }
}

const refusal = (condition: unknown): string =>
  `${JSON.stringify(condition) ?? String(condition)} is refused with RXD_CONDITION_INVALID`;

/** Rows of columns; nothing where there is no column, or they differ. */
function rowsOf(columns: Columns): number | undefined {
  const counts = Object.values(columns).map((column) =>
    column.kind === 'numbers' ? column.shape[0] : column.kind === 'text' ? column.values.length : column.rows.length,
  );
  return new Set(counts).size === 1 ? counts[0] : undefined;
}

function rowIn(inputs: ConditionInputs, row: number): ConditionInputs {
  const rows = Object.entries(inputs).map(
    ([
      name,
      {
        data,
        shape: [count = 1, ...shape],
      },
    ]) => {
      const width = data.length / count;
      return [
        name,
        { kind: 'numbers', data: data.slice(row * width, (row + 1) * width), shape: [1, ...shape] },
      ] as const;
    },
  );
  return Object.fromEntries(rows);
}

function isNear(single: Conditioning, batch: Conditioning, row: number): boolean {
  return Object.entries(single).every(([name, tensor]) => {
    const whole = batch[name];
    const off = whole && tf.max(tf.abs(tf.sub(tensor, tf.slice(whole, [row], [1])))).dataSync()[0];
    return (off ?? Number.NaN) <= 1e-5;
  });
}

const formOf = (encoded: Conditioning): string =>
  Object.entries(encoded)
    .map(([name, { dtype, rank }]) => `${name}: ${dtype} of rank ${rank}`)
    .toSorted()
    .join();

const sameBits = (a: Conditioning, b: Conditioning): boolean =>
  Object.entries(a).every(([name, tensor]) => tensor.dataSync().join() === b[name]?.dataSync().join());

const textOf = (inputs: ConditionInputs): string =>
  Object.entries(inputs)
    .map(([name, { data, shape }]) => `${name}: ${shape.join()}: ${data.join()}`)
    .join(';');

const weightsOf = ({ parameters = {} }: Conditioner): string =>
  Object.entries(parameters)
    .map(([name, tensor]) => `${name}: ${tensor.dataSync().join()}`)
    .join(';');
