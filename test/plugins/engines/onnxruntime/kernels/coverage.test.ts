import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { everyKernel } from '../../../../../src/plugins/engines/onnxruntime/kernels/every-kernel.js';
import { hostKernels } from '../../../../../src/plugins/engines/onnxruntime/recorder/host-kernels.js';

/** Kernels of tfjs that the engine leaves to the cpu backend, by why. */
const LEFT_TO_CPU: Readonly<Record<string, readonly string[]>> = {
  'no numbers that graphs hold: complex ones and strings': [
    ...['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real'],
    ...['StaticRegexReplace', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast'],
  ],
  'the size of the result depends on numbers': [
    ...['NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'Unique'],
    ...['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor'],
    ...['SparseFillEmptyRows', 'SparseReshape', 'SparseSegmentMean', 'SparseSegmentSum', 'BroadcastArgs'],
  ],
  'no inputs, so nothing crosses': ['LinSpace', 'Range'],
  'drawn by a generator of tfjs, or onto a canvas': ['Multinomial', 'Draw'],
  'no operator of ONNX is it, and no network of ours needs it': [
    ...['Atan2', 'Bincount', 'DenseBincount', 'CropAndResize', 'Cumprod', 'Diag', 'Einsum', 'FlipLeftRight'],
    ...['Dilation2D', 'Dilation2DBackpropFilter', 'Dilation2DBackpropInput', 'LRN', 'LRNGrad', 'MaxPoolWithArgmax'],
    ...['RotateWithOffset', 'SearchSorted', 'SparseToDense', 'Transform'],
  ],
  'of volumes, and no network of ours has any': [
    ...['AvgPool3D', 'AvgPool3DGrad', 'MaxPool3D', 'MaxPool3DGrad'],
    ...['Conv3D', 'Conv3DBackpropFilterV2', 'Conv3DBackpropInputV2'],
  ],
};

describe('kernels of the onnxruntime engine', () => {
  it('are all of tfjs but for those that are left to the cpu backend, with a reason', () => {
    const recorded = new Set([...everyKernel.map(({ name }) => name), ...Object.keys(hostKernels)]);
    const left = tf
      .getKernelsForBackend('cpu')
      .map(({ kernelName }) => kernelName)
      .filter((name) => !recorded.has(name) && !name.startsWith('Rxd'));
    expect(left.toSorted()).toEqual(Object.values(LEFT_TO_CPU).flat().toSorted());
  });

  it('have one lowering each', () => {
    const names = everyKernel.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
