import * as tf from '@tensorflow/tfjs';

type Numbers4 = [number, number, number, number];

/** What tfjs gives to a kernel. */
interface Call {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: unknown;
}

type NativeKernel = (call: Call) => tf.Tensor;

const ours = new WeakSet<object>();

/**
 * Convolutions with padding by numbers, and their gradients, for the backend of tfjs-node: its own kernels know `same`
 * and `valid` only. Where `same` pads by as much, it is said so; elsewhere the input is padded before a `valid` one.
 */
export function registerExplicitPadding(backendName: string): void {
  replace(backendName, 'Conv2D', (former) => (call) => {
    const [x, filter] = [call.inputs['x'], call.inputs['filter']];
    if (x === undefined || filter === undefined) return former(call);
    return asFormer(call, x.shape, filter.shape, {
      same: former,
      padded: (pads) => former({ ...call, inputs: { filter, x: tf.pad(x, pads) }, attrs: valid(call.attrs) }),
    });
  });
  replace(backendName, 'Conv2DBackpropFilter', (former) => (call) => {
    const [x, dy] = [call.inputs['x'], call.inputs['dy']];
    if (x === undefined || dy === undefined) return former(call);
    return asFormer(call, x.shape, call.attrs['filterShape'] as number[], {
      same: former,
      padded: (pads) => former({ ...call, inputs: { dy, x: tf.pad(x, pads) }, attrs: valid(call.attrs) }),
    });
  });
  replace(backendName, 'Conv2DBackpropInput', (former) => (call) => {
    const [filter, inputShape] = [call.inputs['filter'], call.attrs['inputShape'] as number[]];
    if (filter === undefined) return former(call);
    return asFormer(call, inputShape, filter.shape, {
      same: former,
      padded: (pads) => {
        const grown = inputShape.map((side, axis) => side + sum(pads[axis]));
        const whole = former({ ...call, attrs: { ...valid(call.attrs), inputShape: grown } });
        return tf.slice(
          whole,
          pads.map(([before]) => before),
          inputShape,
        );
      },
    });
  });
}

interface Ways {
  /** For padding that the former kernel knows by name. */
  same(call: Call): tf.Tensor;
  /** For any other, with what is padded before and after each axis. */
  padded(pads: [number, number][]): tf.Tensor;
}

function asFormer(call: Call, inputShape: readonly number[], filterShape: readonly number[], ways: Ways): tf.Tensor {
  const { pad, dataFormat = 'NHWC' } = call.attrs;
  if (typeof pad === 'string' || dataFormat !== 'NHWC') return ways.same(call);
  const info = (padding: unknown): tf.backend_util.Conv2DInfo =>
    tf.backend_util.computeConv2DInfo(
      [...inputShape] as Numbers4,
      [...filterShape] as Numbers4,
      call.attrs['strides'] as [number, number],
      (call.attrs['dilations'] as [number, number] | undefined) ?? 1,
      padding as 'same',
      padding === 'same' ? undefined : (call.attrs['dimRoundingMode'] as 'floor' | undefined),
    );
  const { padInfo, outHeight, outWidth } = info(pad);
  const named = info('same');
  const sides = ({ top, bottom, left, right }: tf.backend_util.PadInfo): string => [top, bottom, left, right].join();
  const isSame =
    sides(padInfo) === sides(named.padInfo) && outHeight === named.outHeight && outWidth === named.outWidth;
  if (isSame) return ways.same({ ...call, attrs: { ...call.attrs, pad: 'same' } });
  return tf.tidy(() =>
    ways.padded([
      [0, 0],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [0, 0],
    ]),
  );
}

const valid = (attrs: Call['attrs']): Call['attrs'] => ({ ...attrs, pad: 'valid' });
const sum = (pair: readonly [number, number] | undefined): number => (pair === undefined ? 0 : pair[0] + pair[1]);

function replace(backendName: string, kernelName: string, make: (former: NativeKernel) => NativeKernel): void {
  const former = tf.getKernel(kernelName, backendName);
  if (former === undefined || ours.has(former.kernelFunc)) return;
  const kernelFunc = make(former.kernelFunc as unknown as NativeKernel) as unknown as tf.KernelFunc;
  ours.add(kernelFunc);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...former, kernelFunc });
}
