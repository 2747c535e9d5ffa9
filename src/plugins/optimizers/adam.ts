import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { adaptiveMoments, momentsConfig } from './adaptive-moments.js';

/**
 * Adam (Kingma & Ba 2015, algorithm 1) with bias correction, learning-rate plan and clipping of the global norm.
 * `weightDecay` is added to the gradient as L2 regularisation, as torch's `Adam` does; for decay of the weights
 * themselves see `adamw`. When: a paper or a torch program uses Adam; else adamw.
 */
export const adam = definePlugin({
  role: Roles.optimizer,
  name: 'adam',
  summary:
    'Adam with bias correction, learning-rate plan and clipping of the global norm; weight decay is L2 regularisation.',
  reference: 'Kingma & Ba 2015, algorithm 1',
  tags: { when: 'a paper or a torch program uses Adam; else adamw' },
  config: momentsConfig(0),
  create: ({ config }) => adaptiveMoments(config, 'l2'),
});
