import * as tf from '@tensorflow/tfjs';
import type { Adapter } from '../../contracts/adapter.js';
import type { ParameterSet } from '../../contracts/denoiser.js';
import type { Engine } from '../../contracts/engine.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { compiledOnce } from '../../tensors/compiled-once.js';
import { isSameShape } from '../../tensors/same-shape.js';

/** What a compiled call of an adapter takes. */
type AdapterInput = { readonly base: ParameterSet; readonly own: ParameterSet; readonly scale: tf.Scalar };

/** The compiled call of an adapter on an engine; made once. It gives the changed weights, all of them new tensors. */
export const adapterCall = compiledOnce((engine: Engine, adapter: Adapter) =>
  engine.compile(({ base, own, scale }: AdapterInput): ParameterSet => {
    const given = adapter.apply(base, own, scale);
    return Object.fromEntries(
      Object.entries(checkedChanges(adapter, given)).map(([name, tensor]) => [name, tf.clone(tensor)]),
    );
  }),
);

function checkedChanges(adapter: Adapter, given: ParameterSet): ParameterSet {
  const names = [...new Set([...Object.keys(adapter.changes), ...Object.keys(given)])];
  const wrong = names.find((name) => !isAsSaid(given[name], adapter.changes[name]));
  if (wrong === undefined) return given;
  const [made, expected] = [given[wrong] as unknown, adapter.changes[wrong]];
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the adapter gave other weights than those that it changes',
    got: made instanceof tf.Tensor ? `${wrong}: ${made.dtype} [${made.shape.join(', ')}]` : `no tensor ${wrong}`,
    expected: expected ? `${wrong}: float32 [${expected.join(', ')}]` : `only the names in \`changes\`, not ${wrong}`,
    fix: 'return a tensor for each name in `changes`, of its shape',
    plugin: identityOf(adapter, 'adapter'),
  });
}

function isAsSaid(tensor: unknown, shape: readonly number[] | undefined): boolean {
  return (
    shape !== undefined &&
    tensor instanceof tf.Tensor &&
    tensor.dtype === 'float32' &&
    isSameShape(tensor.shape, [...shape])
  );
}
