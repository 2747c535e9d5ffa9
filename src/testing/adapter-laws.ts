import * as tf from '@tensorflow/tfjs';
import type { Adapter } from '../core/contracts/adapter.js';
import type { ParameterSet } from '../core/contracts/denoiser.js';
import { normals } from '../core/random/draws.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('adapters');

type Numbers = Readonly<Record<string, readonly number[]>>;

/**
 * Checks the laws of the adapter contract: what `apply` gives has the names and shapes of `changes`; scale 0 changes
 * nothing; equal arguments give equal weights; weights of the network and of the adapter stay as they are.
 *
 * @param base - weights of the network that it adapts
 * @throws Error that says which law is broken.
 */
export function adapterLaws(adapter: Adapter, base: ParameterSet): void {
  tf.tidy(() => {
    const names = Object.keys(adapter.changes).toSorted();
    holds(names.length > 0, 'an adapter changes something');
    for (const name of names)
      holds(base[name]?.shape.join() === adapter.changes[name]?.join(), `the network has ${name} in its shape`);
    const own = drawnLike(adapter.parameters);
    for (const parameters of [adapter.parameters, own]) {
      const before = [numbersOf(base), numbersOf(parameters)];
      const apply = (scale: number): ParameterSet => adapter.apply(base, parameters, tf.scalar(scale));
      const [none, once, again] = [apply(0), apply(0.75), apply(0.75)];
      for (const [name, tensor] of Object.entries(once))
        holds(
          tensor.dtype === 'float32' && tensor.shape.join() === adapter.changes[name]?.join(),
          'the changed weights are float32 and have the shapes of `changes`',
        );
      holds(Object.keys(once).toSorted().join() === names.join(), 'what `apply` gives are the names of `changes`');
      holds(isNear(numbersOf(none), numbersOf(base), names), 'scale 0 changes nothing');
      holds(isNear(numbersOf(once), numbersOf(again), names), 'equal arguments give equal weights');
      const after = [numbersOf(base), numbersOf(parameters)];
      holds(JSON.stringify(before) === JSON.stringify(after), 'apply changes nothing given to it');
    }
  });
}

/** Weights of the same names and shapes, none of them zero. */
function drawnLike(parameters: ParameterSet): ParameterSet {
  const drawn = Object.entries(parameters).map(([name, { shape, size }]) => {
    const values = Float32Array.from(normals({ seed: 1, purpose: `laws/${name}`, step: 0 }, size));
    return [name, tf.tensor(values, [...shape])] as const;
  });
  return Object.fromEntries(drawn);
}

function numbersOf(parameters: ParameterSet): Numbers {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
}

function isNear(a: Numbers, b: Numbers, names: readonly string[]): boolean {
  return names.every((name) =>
    a[name]?.every((value, i) => Math.abs(value - (b[name]?.[i] ?? Number.NaN)) <= 1e-6 * (1 + Math.abs(value))),
  );
}
