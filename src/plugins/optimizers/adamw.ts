import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { adaptiveMoments, momentsConfig } from './adaptive-moments.js';

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2): every update shrinks the weights by `1 -
 * learningRate * weightDecay` before it moves them, as torch's `AdamW` does. When: the usual choice, that of all
 * presets.
 */
export const adamw = definePlugin({
  role: Roles.optimizer,
  name: 'adamw',
  summary: 'Adam with decoupled weight decay: every update shrinks the weights before it moves them.',
  reference: 'Loshchilov & Hutter 2019, algorithm 2',
  tags: { when: 'the usual choice, that of all presets' },
  config: momentsConfig(0.01),
  create: ({ config }) => adaptiveMoments(config, 'decoupled'),
});
