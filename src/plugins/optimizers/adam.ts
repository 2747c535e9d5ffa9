import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { adaptiveMoments, momentsConfig } from './adaptive-moments.js';

/**
 * Adam (Kingma & Ba 2015, algorithm 1) with bias correction, learning-rate plan and clipping of the global norm.
 * `weightDecay` is added to the gradient as L2 regularisation, as torch's `Adam` does; for decay of the weights
 * themselves see `adamw`.
 */
export const adam = definePlugin({
  role: Roles.optimizer,
  name: 'adam',
  config: momentsConfig(0),
  create: ({ config }) => adaptiveMoments(config, 'l2'),
});
