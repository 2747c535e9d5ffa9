import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Classifier } from '../../src/core/contracts/classifier.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';

/** Tells points of two classes apart by the side of their first number on which they lie. */
export const bayes = definePlugin({
  role: Roles.classifier,
  name: 'bayes',
  config: z.strictObject({}),
  create: (): Classifier => ({
    info: { sampleShape: [2], classes: 2 },
    parameters: {},
    logProbability(_, x, __, { classLabels }) {
      const first = tf.reshape(tf.slice(x, [0, 0], [-1, 1]), [-1]);
      const sign = tf.sub(tf.mul(tf.cast(classLabels ?? tf.zeros([1]), 'float32'), 2), 1);
      return tf.neg(tf.softplus(tf.neg(tf.mul(first, sign))));
    },
  }),
});
