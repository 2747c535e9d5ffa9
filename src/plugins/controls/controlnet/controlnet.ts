import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Control } from '../../../core/contracts/control.js';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { ownParameters } from '../../../core/networks/own-parameters.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { controlnetConfig, type ControlNetConfig } from './config.js';
import { controlResiduals } from './network.js';
import { controlConditions, controlShapes, planControl } from './plan.js';

/**
 * diffusers' ControlNetModel, built from its `config.json` with its tensor names: the contracting path and the middle of a
 * U-Net over tokens, which see an image (edges, depth, a pose) and are added to another U-Net's skip connections and
 * middle (Zhang et al. 2023). New ones begin with zeros where they are added. When: an image is to say where things are,
 * beside a text that says what they are.
 */
export const controlnet = definePlugin({
  role: Roles.control,
  name: 'controlnet',
  summary: "diffusers' ControlNetModel: an image steers a U-Net through its skip connections and its middle.",
  reference: 'Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models"',
  tags: { controls: 'unet2d-condition', when: 'an image says where things are, and a text what they are' },
  config: controlnetConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(controlShapes(config)),
  create: async ({ config, ...from }): Promise<Control> =>
    controlnetOf(config, await ownParameters(controlShapes(config), { ...from, seed: config.seed })),
});

/** The network over given weights, which it owns from now on. */
function controlnetOf(config: ControlNetConfig, parameters: ParameterSet): Control {
  const plan = planControl(config);
  const specs = controlShapes(config, plan);
  return {
    info: { takes: controlConditions(config, plan) },
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    residuals: (weights, input) => controlResiduals({ config, plan, parameters: weights }, input),
    dispose: () => tf.dispose(parameters),
  };
}
