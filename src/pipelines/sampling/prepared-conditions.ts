import * as tf from '@tensorflow/tfjs';
import type { Conditioner, Conditioning } from '../../core/contracts/conditioning.js';
import type { GuidanceBranches } from '../../core/contracts/guidance.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { invalid } from './sample-request.js';

/** The conditions of a run for each set of branches; the tensors live as long as the run. */
export type PreparedConditions = Readonly<Partial<Record<GuidanceBranches, Conditioning>>>;

/** Encodes a request's condition once, for all steps. Runs in the caller's tidy. */
export function prepareConditions(
  conditioner: Conditioner | undefined,
  condition: unknown,
  count: number,
): PreparedConditions {
  if (conditioner === undefined) {
    if (condition !== undefined) throw unasked();
    return { conditional: {} };
  }
  const pair = conditioner.encode(condition, { count });
  const conditional = checkedClones(pair.conditional, count);
  if (pair.unconditional === undefined) return { conditional };
  const unconditional = checkedClones(pair.unconditional, count);
  const both = Object.keys(conditional).map((name) => [
    name,
    tf.concat([conditional[name] as tf.Tensor, unconditional[name] as tf.Tensor], 0),
  ]);
  return { conditional, unconditional, both: Object.fromEntries(both) as Conditioning };
}

/** The tensors of all sides. */
export function conditionTensors(conditions: PreparedConditions): tf.Tensor[] {
  return Object.values(conditions).flatMap((side) => Object.values(side));
}

/** Clones, so that a conditioner may return tensors that it keeps. */
function checkedClones(conditioning: Conditioning, count: number): Conditioning {
  const clones = Object.entries(conditioning).map(([name, tensor]) => {
    if (tensor instanceof tf.Tensor && tensor.shape[0] === count) return [name, tf.clone(tensor)] as const;
    throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
      problem: `the condition \`${name}\` is not a tensor with a row for each sample`,
      got: tensor instanceof tf.Tensor ? `shape [${tensor.shape.join(', ')}]` : typeof tensor,
      expected: `${count} rows`,
      fix: 'return tensors, batch first, of `ctx.count` rows',
    });
  });
  return Object.fromEntries(clones);
}

/** The conditions of one call. Throws `RXD_COMBINATION` where guidance needs a side that there is not. */
export function conditionsFor(conditions: PreparedConditions, branches: GuidanceBranches): Conditioning {
  const found = conditions[branches];
  if (found !== undefined) return found;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'the guidance needs an unconditional side and the pipeline has none',
    got: Object.keys(conditions).join(', '),
    expected: branches,
    fix: 'add a conditioner with an unconditional side (class-label), or use guidance none',
  });
}

function unasked(): DiffusionError {
  return invalid(
    'the request has a `condition` and the pipeline has no conditioner',
    'a condition',
    'no condition',
    'add a conditioner to the recipe (for example class-label), or leave `condition` out',
  );
}
