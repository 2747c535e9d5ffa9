import * as tf from '@tensorflow/tfjs';
import type { ConditionPair, Conditioner, Conditioning } from '../../core/contracts/conditioning.js';
import type { GuidanceBranches } from '../../core/contracts/guidance.js';
import { blame } from '../../core/errors/blame.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { invalid } from './sample-request.js';

/** The conditions of a run for each set of branches; the tensors live as long as the run. */
export type PreparedConditions = Readonly<Partial<Record<GuidanceBranches, Conditioning>>>;

/** Encodes a request's condition once, for all steps. Runs in the caller's tidy. */
export function prepareConditions(
  conditioner: Conditioner | undefined,
  condition: unknown,
  count: number,
): PreparedConditions {
  return withBoth(encodedCondition(conditioner, condition, count));
}

/** Both sides of a request's condition, as rows for each sample. Runs in the caller's tidy. */
export function encodedCondition(
  conditioner: Conditioner | undefined,
  condition: unknown,
  count: number,
): ConditionPair {
  if (conditioner === undefined) {
    if (condition !== undefined) throw unasked();
    return { conditional: {} };
  }
  try {
    return checkedPair(conditioner.encode(condition, { count }), count);
  } catch (error) {
    throw faultOf(conditioner, error);
  }
}

function checkedPair(pair: ConditionPair, count: number): ConditionPair {
  const conditional = checkedClones(pair.conditional, count);
  if (pair.unconditional === undefined) return { conditional };
  const unconditional = checkedClones(pair.unconditional, count);
  checkSides(conditional, unconditional);
  return { conditional, unconditional };
}

/** The conditions of requests that share a batch, of one form each. Runs in the caller's tidy. */
export function joinedConditions(pairs: readonly ConditionPair[]): PreparedConditions {
  const conditional = stacked(pairs.map((pair) => pair.conditional));
  const unconditional = pairs.flatMap((pair) => (pair.unconditional ? [pair.unconditional] : []));
  return withBoth(unconditional.length > 0 ? { conditional, unconditional: stacked(unconditional) } : { conditional });
}

/** What the conditions of two requests must have in common to share a batch: names, types and shapes of a row. */
export function formOf({ conditional, unconditional }: ConditionPair): string {
  return JSON.stringify([conditional, unconditional ?? null].map((side) => side && formOfSide(side)));
}

const formOfSide = (side: Conditioning): readonly unknown[] =>
  Object.keys(side)
    .toSorted()
    .map((name) => [name, side[name]?.dtype, side[name]?.shape.slice(1)]);

function withBoth({ conditional, unconditional }: ConditionPair): PreparedConditions {
  if (unconditional === undefined) return { conditional };
  return { conditional, unconditional, both: stacked([conditional, unconditional]) };
}

/** The rows of all, in order, under the names of the first. */
function stacked(sides: readonly Conditioning[]): Conditioning {
  const rowsOf = (name: string): tf.Tensor =>
    tf.concat(
      sides.map((side) => side[name] as tf.Tensor),
      0,
    );
  return Object.fromEntries(Object.keys(sides[0] ?? {}).map((name) => [name, rowsOf(name)]));
}

/** A condition that a conditioner refuses is the request's fault; anything else is the plugin's. */
function faultOf(conditioner: Conditioner, error: unknown): DiffusionError {
  if (!(error instanceof DiffusionError) || error.code !== 'RXD_CONDITION_INVALID')
    return blame(error, identityOf(conditioner, 'conditioner'));
  const { code, problem, got = 'a condition', expected = 'what the conditioner understands', fix } = error;
  return new DiffusionError(code, { problem, got, expected, fix, cause: error });
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
