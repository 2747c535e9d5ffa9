import * as tf from '@tensorflow/tfjs';
import type { Conditioner, Conditioning } from '../../contracts/conditioning.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { identityOf } from '../../assembly/plugin-identity.js';

/** The conditions of a run by name: `conditional`, `unconditional`, and further ones of the request. */
export type RunConditions = Readonly<Record<string, Conditioning>>;

/** Frees them. Idempotent. */
export function disposeConditions(conditions: RunConditions): void {
  tf.dispose(conditionTensors(conditions));
}

/** The tensors of all of them. */
export function conditionTensors(conditions: RunConditions): tf.Tensor[] {
  return Object.values(conditions).flatMap((condition) => Object.values(condition));
}

/** The conditions of requests that share a batch, of one form each. Runs in the caller's tidy. */
export function joinedConditions(requests: readonly RunConditions[]): RunConditions {
  const names = Object.keys(requests[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, stacked(requests.map((conditions) => conditions[name] as Conditioning))]),
  );
}

/** The rows of all, in order, under the names of the first. */
export function stacked(conditions: readonly Conditioning[]): Conditioning {
  const [first = {}] = conditions;
  if (conditions.length === 1) return first;
  const rowsOf = (name: string): tf.Tensor =>
    tf.concat(
      conditions.map((condition) => condition[name] as tf.Tensor),
      0,
    );
  return Object.fromEntries(Object.keys(first).map((name) => [name, rowsOf(name)]));
}

/** What the conditions of two requests must have in common to share a batch: names, types and shapes of a row. */
export function formOf(conditions: RunConditions): string {
  return JSON.stringify(
    Object.keys(conditions)
      .toSorted()
      .map((name) => [name, formOfOne(conditions[name] as Conditioning)]),
  );
}

/** Names, types and shapes of a row of one condition. */
export function formOfOne(condition: Conditioning): string {
  return Object.keys(condition)
    .toSorted()
    .map((name) => `${name} ${condition[name]?.dtype} [${condition[name]?.shape.slice(1).join(', ')}]`)
    .join(', ');
}

/** Throws `RXD_PLUGIN_OUTPUT` where the conditions of a run differ in names or types: the network reads each of them. */
export function checkSides(conditions: RunConditions, conditioner: Conditioner): void {
  const [first = {}] = Object.values(conditions);
  if (Object.values(conditions).every((condition) => kindsOf(condition) === kindsOf(first))) return;
  const said = Object.entries(conditions).map(([name, condition]) => `${name}: ${formOfOne(condition) || 'nothing'}`);
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the conditional and the unconditional side of the conditions do not agree',
    got: said.join('; '),
    expected: 'the same names, types and ranks on all sides',
    fix: 'return all sides alike from `encode`; if the conditioner is not yours, tell its author',
    plugin: identityOf(conditioner, 'conditioner'),
  });
}

const kindsOf = (condition: Conditioning): string =>
  Object.keys(condition)
    .toSorted()
    .map((name) => `${name} ${condition[name]?.dtype} ${condition[name]?.rank}`)
    .join();
