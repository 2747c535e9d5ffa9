import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, whole } from '../../core/plugins/config-numbers.js';
import type { Conditioner, Conditioning } from '../../core/contracts/conditioning.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { formatValue } from '../../core/errors/format-value.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';

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
  tags: { when: 'the network knows classes, and guidance needs its unconditional side' },
  config,
  create: ({ config: { classes, dropout } }): Conditioner => ({
    hasUnconditional: true,
    classes: classes + 1,
    gives: { classLabels: { dtype: 'int32', shape: [] } },
    encode(input, { count }) {
      const labels = labelsOf(input, count, classes);
      return { conditional: conditioning(labels), unconditional: conditioning(labels.map(() => classes)) };
    },
    encodeTraining(labels, { count, uniform }) {
      const checked = labelsOf(labels && [...labels], count, classes);
      return conditioning(checked.map((label, sample) => (uniform(sample) < dropout ? classes : label)));
    },
  }),
});

function conditioning(labels: readonly number[]): Conditioning {
  return { classLabels: tf.tensor1d([...labels], 'int32') };
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
