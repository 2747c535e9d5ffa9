import { groupNormGradKernel, groupNormKernel } from '../../../../core/kernels/group-norm.js';
import { siluGradKernel, siluKernel } from '../../../../core/kernels/silu.js';
import { upsampleNearest2xGradKernel, upsampleNearest2xKernel } from '../../../../core/kernels/upsample-nearest-2x.js';
import { CONVOLUTION_WITH_ADDENDS } from '../passes/convolution-with-addends.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { blockedConcat, blockedSplit } from './channels.js';
import { blockedConvolution } from './convolution.js';
import { blockedFilterGradient } from './convolution-filter-gradient.js';
import { blockedInputGradient } from './convolution-input-gradient.js';
import { blockedAdd, blockedElementwise, blockedMultiply } from './elementwise.js';
import { blockedGroupNorm, blockedGroupNormGradient } from './group-norm.js';
import { blockedPad } from './pad.js';
import { blockedSum } from './sums.js';
import { blockedUpsample, blockedUpsampleGradient } from './upsample.js';

/** Kernels whose row-major lowering looks at one element at a time. */
const ELEMENTWISE = [
  ...['Sub', 'RealDiv', 'Maximum', 'Minimum', 'AddN', 'Abs', 'Neg', 'Sqrt', 'Rsqrt', 'Square', 'Exp', 'Log'],
  ...['Tanh', 'Sigmoid', 'Relu', 'Softplus', 'Erf', siluKernel.name, siluGradKernel.name],
];

/** Lowerings over blocked data, by the name of the kernel. */
export const BLOCKED_KERNELS: ReadonlyMap<string, BlockedKernel> = new Map<string, BlockedKernel>([
  ...ELEMENTWISE.map((name) => [name, blockedElementwise] as const),
  ['Add', blockedAdd],
  ['Multiply', blockedMultiply],
  ['Conv2D', blockedConvolution],
  [CONVOLUTION_WITH_ADDENDS, blockedConvolution],
  ['Conv2DBackpropInput', blockedInputGradient],
  ['Conv2DBackpropFilter', blockedFilterGradient],
  ['Concat', blockedConcat],
  ['SplitV', blockedSplit],
  ['Sum', blockedSum],
  ['PadV2', blockedPad],
  [groupNormKernel.name, blockedGroupNorm],
  [groupNormGradKernel.name, blockedGroupNormGradient],
  [upsampleNearest2xKernel.name, blockedUpsample],
  [upsampleNearest2xGradKernel.name, blockedUpsampleGradient],
]);
