import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from 'rxdiffusion';
import type { ParameterSpecs } from '../../src/core/networks/parameter-specs.js';
import { outputOf } from '../../src/core/tensors/network-output.js';
import { autoencoderKlOf } from '../../src/plugins/codecs/autoencoder-kl/autoencoder-kl.js';
import { autoencoderKlConfig } from '../../src/plugins/codecs/autoencoder-kl/config.js';
import { autoencoderKlShapes } from '../../src/plugins/codecs/autoencoder-kl/parameter-shapes.js';
import { clipTextOf } from '../../src/plugins/conditioners/clip-text/clip-text.js';
import { clipTextConfig } from '../../src/plugins/conditioners/clip-text/config.js';
import { clipTextShapes } from '../../src/plugins/conditioners/clip-text/parameter-shapes.js';
import { unet2dConditionConfig } from '../../src/plugins/denoisers/unet2d-condition/config.js';
import { conditionShapes } from '../../src/plugins/denoisers/unet2d-condition/plan.js';
import { unet2dConditionNetwork } from '../../src/plugins/denoisers/unet2d-condition/unet2d-condition.js';
import { MODELS, type ModelName } from './models.js';

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** What is called again and again: a pure function of weights and inputs. */
type Work = (weights: ParameterSet, inputs: Inputs) => tf.Tensor;

/** A part of Stable Diffusion 1: its tensors, and how it is called. */
export interface Part {
  /** Name of its weights' files, without what follows the point. */
  readonly stem: string;
  readonly specs: ParameterSpecs;
  /** Inputs of a call; `size` is the side of a map of latents. */
  inputs(batch: number, size: number): Inputs;
  /** The network over these weights. */
  work(parameters: ParameterSet): Work;
}

const TOKENS = 77;

/** The parts by name. */
export const PARTS: Readonly<Record<ModelName, () => Part>> = {
  unet: () => {
    const config = unet2dConditionConfig.parse(MODELS.unet);
    return {
      stem: 'diffusion_pytorch_model',
      specs: conditionShapes(config),
      inputs: (batch, size) => ({
        x: tf.randomNormal([batch, size, size, config.in_channels]),
        time: tf.fill([batch], 500),
        states: tf.randomNormal([batch, TOKENS, MODELS.unet.cross_attention_dim]),
      }),
      work: (parameters) => {
        const network = unet2dConditionNetwork.of(config, parameters);
        return (weights, { x, time, states }) =>
          outputOf(
            network.predict(weights, x as tf.Tensor, time as tf.Tensor1D, {
              encoder_hidden_states: states as tf.Tensor,
            }),
          );
      },
    };
  },
  vae: () => {
    const config = autoencoderKlConfig.parse(MODELS.vae);
    return {
      stem: 'diffusion_pytorch_model',
      specs: autoencoderKlShapes(config),
      inputs: (batch, size) => ({ latents: tf.randomNormal([batch, size, size, config.latent_channels]) }),
      work: (parameters) => {
        const codec = autoencoderKlOf(config, parameters);
        return (weights, { latents }) => codec.decode(weights, latents as tf.Tensor);
      },
    };
  },
  text: () => {
    const config = clipTextConfig.parse(MODELS.text);
    return {
      stem: 'model',
      specs: clipTextShapes(config),
      inputs: (batch) => ({ input_ids: tf.fill([batch, 1, TOKENS], 7, 'int32') }),
      work: (parameters) => {
        const text = clipTextOf(config, parameters);
        return (weights, inputs) => text.encode(weights, inputs)['encoder_hidden_states'] as tf.Tensor;
      },
    };
  },
};
