import type { Kernel } from '../graph/kernel.js';
import { arithmetic } from './arithmetic.js';
import { attentionKernels } from './attention.js';
import { convolution } from './convolution.js';
import { creation } from './creation.js';
import { groupNormKernels } from './group-norm.js';
import { matrices } from './matrices.js';
import { reductions } from './reductions.js';
import { shapeKernels } from './shape.js';
import { siluKernels } from './silu.js';
import { unaryKernels } from './unary.js';
import { upsampleKernels } from './upsample.js';

/** Every kernel that has an ONNX lowering; all others run by the cpu backend. */
export const everyKernel: readonly Kernel[] = [
  ...arithmetic,
  ...unaryKernels,
  ...creation,
  ...shapeKernels,
  ...reductions,
  ...matrices,
  ...convolution,
  ...groupNormKernels,
  ...siluKernels,
  ...upsampleKernels,
  ...attentionKernels,
];
