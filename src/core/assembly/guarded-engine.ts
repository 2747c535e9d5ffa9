import * as tf from '@tensorflow/tfjs';
import type { Engine, TensorTree } from '../contracts/engine.js';
import { blame } from '../errors/blame.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';
import { refusePromises } from './promises.js';

/**
 * An engine's `run`: what the work throws comes through as it was thrown, what the engine itself throws names the engine,
 * and it gives what the work gave.
 */
export function guardedRun(run: Engine['run'], id: string): Engine['run'] {
  return <T>(work: () => T): T => {
    const seen: { gave?: { readonly value: T }; threw?: { readonly error: unknown } } = {};
    const watched = watching(work, seen);
    const first = nextId();
    try {
      const given = blamingEngine(seen, id, () => run(watched));
      if (seen.gave !== undefined && given === seen.gave.value) return given;
      disposeMade(given, first);
      throw lost(`\`run\` gave ${formatValue(given)}`, 'what the work gave, as it is', id, given, 'run');
    } catch (error) {
      disposeMade(seen.gave?.value, first);
      throw error;
    }
  };
}

/** An engine's `compile`: it gives a function, which gives tensors in plain records and lists. */
export function guardedCompile(compile: Engine['compile'], id: string): Engine['compile'] {
  return <I extends TensorTree, O extends TensorTree>(work: (input: I) => O): ((input: I) => O) => {
    const seen: { threw?: { readonly error: unknown } } = {};
    const compiled = blamingEngine({}, id, () =>
      compile((input: I): O => {
        try {
          return work(input);
        } catch (error) {
          seen.threw = { error };
          throw error;
        }
      }),
    );
    if (typeof compiled !== 'function')
      throw lost(`\`compile\` gave ${formatValue(compiled)}`, 'a function', id, compiled, 'compile');
    return (input) => {
      delete seen.threw;
      const output = blamingEngine(seen, id, () => compiled(input));
      if (typeof output === 'object' && output !== null && !('then' in output)) return output;
      throw lost(`compiled work gave ${formatValue(output)}`, 'the tensors that the work gave', id, output, 'compile');
    };
  };
}

/** The id of the next tensor; tfjs counts them and keeps the count to itself. */
const nextId = (): number => (tf.engine() as unknown as { nextTensorId(): number }).nextTensorId();

/** Frees what work made and nobody will get: tensors with later ids than the first. */
function disposeMade(value: unknown, first: number): void {
  for (const tensor of tf.tensor_util.getTensorsInContainer(value as tf.TensorContainer))
    if (tensor.id >= first) tensor.dispose();
}

function watching<T>(
  work: () => T,
  seen: { gave?: { readonly value: T }; threw?: { readonly error: unknown } },
): () => T {
  return () => {
    try {
      const value = work();
      seen.gave = { value };
      return value;
    } catch (error) {
      seen.threw = { error };
      throw error;
    }
  };
}

/** What the work threw is thrown again as it was, unless the engine says more of it (that memory ran out). */
function blamingEngine<T>(seen: { readonly threw?: { readonly error: unknown } }, id: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (seen.threw !== undefined && !(error instanceof DiffusionError)) throw seen.threw.error;
    if (seen.threw !== undefined && error === seen.threw.error) throw error;
    throw blame(error, id);
  }
}

function lost(got: string, expected: string, id: string, given: unknown, hook: string): DiffusionError {
  try {
    refusePromises(given, hook);
  } catch (error) {
    return blame(error, id);
  }
  return new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the engine did not run the function that it was given',
    got,
    expected,
    fix: 'correct the engine, or choose another one',
    plugin: id,
  });
}
