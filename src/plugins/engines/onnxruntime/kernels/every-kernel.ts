import type { Kernel } from '../graph/kernel.js';
import { arithmetic } from './arithmetic.js';
import { activations } from './activations.js';
import { attentionKernels } from './attention.js';
import { blockKernels } from './blocks.js';
import { comparisons } from './comparisons.js';
import { convolution } from './convolution.js';
import { creation } from './creation.js';
import { depthwise } from './depthwise.js';
import { divisions } from './division.js';
import { fused } from './fused.js';
import { gathering } from './gathering.js';
import { geluKernels } from './gelu.js';
import { groupNormKernels } from './group-norm.js';
import { matrices } from './matrices.js';
import { ordering } from './ordering.js';
import { pooling } from './pooling.js';
import { rearranging } from './rearranging.js';
import { reductions } from './reductions.js';
import { shapeKernels } from './shape.js';
import { resizing } from './resizing.js';
import { siluKernels } from './silu.js';
import { unaryKernels } from './unary.js';
import { upsampleKernels } from './upsample.js';

/** Every kernel that has an ONNX lowering; all others run by the cpu backend. */
export const everyKernel: readonly Kernel[] = [
  ...arithmetic,
  ...divisions,
  ...comparisons,
  ...unaryKernels,
  ...activations,
  ...creation,
  ...shapeKernels,
  ...reductions,
  ...matrices,
  ...convolution,
  ...depthwise,
  ...fused,
  ...pooling,
  ...resizing,
  ...gathering,
  ...ordering,
  ...rearranging,
  ...blockKernels,
  ...groupNormKernels,
  ...geluKernels,
  ...siluKernels,
  ...upsampleKernels,
  ...attentionKernels,
];
