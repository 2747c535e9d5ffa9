import { arranged, arrangedShape } from './arranged.js';
import type { PlainTensor, PlainTensors, ReadableTensor, ReadableTensors } from './plain-tensor.js';
import { storedReader, withStored } from './stored-numbers.js';

/** Plain data that can be read. */
export function readableOf(tensors: PlainTensors): ReadableTensors {
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const read: ReadableTensor['read'] = async (order) => arranged(tensor, order);
    return [name, { dtype: tensor.dtype, shape: tensor.shape, read }] as const;
  });
  return Object.fromEntries(entries);
}

/** The same tensors with their axes in other orders: see `arranged`. */
export function ordered(
  tensors: ReadableTensors,
  orderOf: (name: string) => readonly number[] | undefined,
): ReadableTensors {
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const order = orderOf(name);
    const read: ReadableTensor['read'] = async (again) => arranged(await tensor.read(order), again);
    const made: ReadableTensor = { dtype: tensor.dtype, shape: arrangedShape(tensor.shape, order), read };
    return [name, storedInOrder(tensor, made, order)] as const;
  });
  return Object.fromEntries(entries);
}

/** The tensor in order, read as it lies in its file too where the other one can be and has no order yet. */
function storedInOrder(
  tensor: ReadableTensor,
  inOrder: ReadableTensor,
  order: readonly number[] | undefined,
): ReadableTensor {
  const read = storedReader(tensor);
  if (read === undefined) return inOrder;
  if (order === undefined || order.length !== tensor.shape.length) return withStored(inOrder, read);
  return withStored(inOrder, async () => {
    const stored = await read();
    return { ...stored, order: stored.order === undefined ? order : order.map((axis) => stored.order?.[axis] ?? axis) };
  });
}

/** Reads all of them, one after the other. */
export async function readAll(tensors: ReadableTensors): Promise<PlainTensors> {
  const read: [string, PlainTensor][] = [];
  for (const [name, tensor] of Object.entries(tensors)) read.push([name, await tensor.read()]);
  return Object.fromEntries(read);
}

/** The same numbers, row by row, in another shape. */
export function reshaped(tensor: ReadableTensor, shape: readonly number[]): ReadableTensor {
  const read: ReadableTensor['read'] = async (order) => arranged({ ...(await tensor.read()), shape }, order);
  return { dtype: tensor.dtype, shape, read };
}

/** Some rows of a tensor: those of its first axis from `start` on, as many as `count`. */
export function someRows(tensor: ReadableTensor, start: number, count: number): ReadableTensor {
  const [, ...sides] = tensor.shape;
  const shape = [count, ...sides];
  const size = sides.reduce((product, side) => product * side, 1);
  const read: ReadableTensor['read'] = async (order) => {
    const { dtype, data } = await tensor.read();
    return arranged({ dtype, shape, data: data.slice(start * size, (start + count) * size) }, order);
  };
  return { dtype: tensor.dtype, shape, read };
}
