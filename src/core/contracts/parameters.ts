import type { Tensor } from '@tensorflow/tfjs';

/** Weights by name. Names are the checkpoint's (diffusers' where the network is one of theirs). */
export type ParameterSet = Readonly<Record<string, Tensor>>;

/** Weights of several networks, by slot: `{ denoiser: …, 'denoiser:weak': …, conditioner: … }`. */
export type ParametersBySlot = Readonly<Record<string, ParameterSet>>;

/**
 * How a parameter lies in a checkpoint, where that differs from memory: a convolution is `[h, w, in, out]` in memory
 * and `[out, in, h, w]` on disk, a linear layer `[in, out]` and `[out, in]`.
 */
export type ParameterLayout = 'same' | 'conv2d' | 'linear';
