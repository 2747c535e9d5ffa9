import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import type { Conditioner, ConditionInputs } from '../../core/contracts/conditioning.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { formatValue } from '../../core/errors/format-value.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  classes: whole(MOST.classes - 1).describe('number of classes, without the null class'),
  dropout: z.number().min(0).max(1).default(0.1).describe('share of training labels that become the null class'),
});

/**
 * Class labels 0 … classes - 1 as `classLabels` (int32 [N]); label `classes` is the null class of classifier-free
 * guidance (Ho & Salimans 2022), which training sees in place of a dropped label. When: the network knows classes, and
 * guidance needs its unconditional side.
 */
export const classLabel = definePlugin({
  role: Roles.conditioner,
  name: 'class-label',
  summary: 'Class labels 0 … classes - 1 as classLabels, with one label more for the null class of guidance.',
  reference: 'Ho & Salimans 2022, section 3',
  tags: { when: 'the network takes class labels, and guidance needs its unconditional side' },
  config,
  create: ({ config: { classes, dropout } }): Conditioner => ({
    reads: ['label'],
    classes: classes + 1,
    gives: { classLabels: { dtype: 'int32', shape: [] } },
    prepare: (condition, { count }) => inputs(labelsOf(condition, count, classes)),
    prepareNothing: () => inputs([classes]),
    prepareBatch({ label }, { count, uniform }) {
      const given = label?.kind === 'numbers' ? [...label.data] : undefined;
      const labels = labelsOf(given, count, classes);
      return inputs(labels.map((one, sample) => (uniform(sample) < dropout ? classes : one)));
    },
    encode: (_, { classLabels }) => ({ classLabels: classLabels as Tensor }),
  }),
});

function inputs(labels: readonly number[]): ConditionInputs {
  return { classLabels: { kind: 'numbers', data: Int32Array.from(labels), shape: [labels.length] } };
}

function labelsOf(input: unknown, count: number, classes: number): readonly number[] {
  const labels: readonly unknown[] = Array.isArray(input) ? input : Array.from({ length: count }, () => input);
  const wrong = labels.findIndex(
    (label) => !(Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes),
  );
  if (wrong < 0 && labels.length === count) return labels as readonly number[];
  throw new DiffusionError('RXD_CONDITION_INVALID', {
    problem:
      labels.length === count ? 'a class label is out of range' : 'there must be one label, or one for each sample',
    got: labels.length === count ? formatValue(labels[wrong]) : `${labels.length} labels for ${count} samples`,
    expected: `integers from 0 to ${classes - 1}`,
    fix: 'give `condition` as a label or a list of labels; for samples of no class, guide with scale 0',
  });
}
