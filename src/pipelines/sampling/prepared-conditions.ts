import * as tf from '@tensorflow/tfjs';
import type { ConditionPair, Conditioner, Conditioning } from '../../core/contracts/conditioning.js';
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
  const pair = encoded(conditioner, condition, count);
  const conditional = checkedClones(pair.conditional, count);
  if (pair.unconditional === undefined) return { conditional };
  const unconditional = checkedClones(pair.unconditional, count);
  checkSides(conditional, unconditional);
  const both = Object.keys(conditional).map((name) => [
    name,
    tf.concat([conditional[name] as tf.Tensor, unconditional[name] as tf.Tensor], 0),
  ]);
  return { conditional, unconditional, both: Object.fromEntries(both) as Conditioning };
}

/** What a conditioner says of a condition. One that it refuses is the request's fault, not the plugin's. */
function encoded(conditioner: Conditioner, condition: unknown, count: number): ConditionPair {
  try {
    return conditioner.encode(condition, { count });
  } catch (error) {
    if (!(error instanceof DiffusionError) || error.code !== 'RXD_CONDITION_INVALID') throw error;
    const { code, problem, got = 'a condition', expected = 'what the conditioner understands', fix } = error;
    throw new DiffusionError(code, { problem, got, expected, fix, cause: error });
  }
}

/** Both sides go through the network in one batch: they need the same names, types and shapes. */
function checkSides(conditional: Conditioning, unconditional: Conditioning): void {
  const [got, other] = [saidOf(conditional), saidOf(unconditional)];
  if (got === other) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the conditional and the unconditional side of the conditions do not agree',
    got: `conditional: ${got}; unconditional: ${other}`,
    expected: 'the same names, types and shapes on both sides',
    fix: 'return both sides alike from `encode`; if the conditioner is not yours, tell its author',
  });
}

function saidOf(conditioning: Conditioning): string {
  const names = Object.keys(conditioning).toSorted();
  const said = names.map((name) => {
    const { dtype, shape } = conditioning[name] as tf.Tensor;
    return `${name} ${dtype} [${shape.join(', ')}]`;
  });
  return said.length === 0 ? 'nothing' : said.join(', ');
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
