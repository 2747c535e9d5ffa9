import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';

/**
 * Parameters with fewer values than this are joined into one vector. On wasm, one thread, 150 tensors of 370,000 values
 * take 13 ms an update one by one, 4.5 ms so, and 100 ms as one vector (cutting it copies it whole for every piece).
 */
const JOINED_BELOW = 1024;

/** The key of the joined vector; parameters that stand alone keep their names. */
const JOINED = '*';

/** How a parameter set is grouped: a function of names and shapes only, whatever the order of the record. */
export interface Groups {
  readonly alone: readonly string[];
  readonly joined: readonly string[];
}

/** Groups of a parameter set, sorted by name. */
export function groupsOf(parameters: ParameterSet): Groups {
  const names = Object.keys(parameters).toSorted();
  const isSmall = (name: string): boolean => (parameters[name]?.size ?? 0) < JOINED_BELOW;
  return { alone: names.filter((name) => !isSmall(name)), joined: names.filter(isSmall) };
}

/** Tensors by group: the large ones as they are, the small ones as one vector. */
export function join(tensors: ParameterSet, { alone, joined }: Groups): ParameterSet {
  const grouped = Object.fromEntries(alone.map((name) => [name, tensorOf(tensors, name)]));
  if (joined.length === 0) return grouped;
  return { ...grouped, [JOINED]: tf.concat(joined.map((name) => tf.reshape(tensorOf(tensors, name), [-1]))) };
}

/** Undoes `join`: tensors by name, with the shapes and in the order of `like`. */
export function separate(grouped: ParameterSet, { joined }: Groups, like: ParameterSet): ParameterSet {
  const vector = grouped[JOINED];
  const sizes = joined.map((name) => tensorOf(like, name).size);
  const pieces = vector === undefined ? [] : tf.split(vector, sizes);
  const small = Object.fromEntries(joined.map((name, index) => [name, pieces[index]]));
  return Object.fromEntries(
    Object.entries(like).map(([name, { shape }]) => [
      name,
      small[name] === undefined ? tensorOf(grouped, name) : tf.reshape(small[name], shape),
    ]),
  );
}

function tensorOf(tensors: ParameterSet, name: string): tf.Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`no tensor named ${name}`);
  return tensor;
}
