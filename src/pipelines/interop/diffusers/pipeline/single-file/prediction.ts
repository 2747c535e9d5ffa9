import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';
import type { Generation } from './kinds.js';

/** What a U-Net predicts, and whether its noisiest level is noise alone. */
export interface Prediction {
  readonly type: 'epsilon' | 'v_prediction';
  readonly zeroTerminalSnr: boolean;
}

/** Beyond this deviation of a late bias ComfyUI takes a Stable Diffusion 2 for one that predicts v. */
const V_DEVIATION = 0.09;

const EPSILON: Prediction = { type: 'epsilon', zeroTerminalSnr: false };

/**
 * What the U-Net of a file predicts, which its shapes do not say: tensors `v_pred` and `ztsnr` mark it; else a Stable
 * Diffusion 2 is told by the spread of a bias, as ComfyUI does (`comfy/supported_models.py`), and all others predict the noise.
 *
 * @param unet - its tensors in CompVis' names
 */
export async function predictionOf(
  tensors: ReadableTensors,
  unet: ReadableTensors,
  generation: Generation,
): Promise<Prediction> {
  if (Object.hasOwn(tensors, 'v_pred'))
    return { type: 'v_prediction', zeroTerminalSnr: Object.hasOwn(tensors, 'ztsnr') };
  const adds = unet['input_blocks.0.0.weight']?.shape[1] !== unet['out.2.weight']?.shape[0];
  if (generation !== 'sd2' || adds) return EPSILON;
  const biases = Object.keys(unet).filter((name) =>
    /^output_blocks\.\d+\.1\.transformer_blocks\.0\.norm1\.bias$/.test(name),
  );
  const [last] = biases.toSorted((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]));
  const bias = last === undefined ? undefined : await unet[last]?.read();
  return bias !== undefined && deviation(bias.data) > V_DEVIATION
    ? { type: 'v_prediction', zeroTerminalSnr: false }
    : EPSILON;
}

function deviation(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
}

const BETAS = {
  ...{ num_train_timesteps: 1000, beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012 },
  ...{ clip_sample: false, set_alpha_to_one: false, steps_offset: 1 },
} as const;

/** The scheduler that the folder of each generation has. */
export function schedulerConfig(generation: Generation, { type, zeroTerminalSnr }: Prediction): Settings {
  const common = { ...BETAS, prediction_type: type, ...(zeroTerminalSnr ? { rescale_betas_zero_snr: true } : {}) };
  if (generation === 'sdxl') {
    const { clip_sample: _clip, set_alpha_to_one: _end, ...sigmas } = common;
    return { _class_name: 'EulerDiscreteScheduler', ...sigmas, timestep_spacing: 'leading' };
  }
  if (generation === 'sd2' || type === 'v_prediction') return { _class_name: 'DDIMScheduler', ...common };
  const { clip_sample: _clip, ...plain } = common;
  return { _class_name: 'PNDMScheduler', ...plain, skip_prk_steps: true };
}
