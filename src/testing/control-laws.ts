import * as tf from '@tensorflow/tfjs';
import type { Control, ControlResiduals } from '../core/contracts/control.js';
import { normals } from '../core/random/draws.js';
import { lawsOf } from './broken-law.js';
import { drawnConditions } from './drawn-conditions.js';

const holds = lawsOf('control networks');

/** How `controlLaws` asks. */
export interface ControlCase {
  /** Shape of one sample: `[height, width, channels]`. */
  readonly sampleShape: readonly number[];
  /** Sizes that its conditions leave free, by their word; those of the sample, or 2, where absent. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** The time of each sample; 3 and 700 where absent. */
  readonly times?: readonly number[];
  /** Largest difference between a batch and its singles; 1e-5 where absent. */
  readonly tolerance?: number;
}

/**
 * Checks the laws of the control contract on the current tfjs backend, under drawn conditions of the types and shapes that
 * the network takes: residuals are finite float32, equal calls give equal bits, a batch equals its singles, weights stay as
 * they are, and each weight has a gradient of its own shape.
 *
 * @throws Error that says which law is broken.
 */
export function controlLaws(control: Control, asked: ControlCase): void {
  const { times = [3, 700], tolerance = 1e-5 } = asked;
  tf.tidy(() => {
    const before = text(control);
    const whole = residualsOf(control, asked, times, 0);
    holds(whole.length > 1, 'there are residuals of skip connections and of the middle');
    holds(
      whole.every((map) => map.dtype === 'float32' && map.dataSync().every(Number.isFinite)),
      'residuals are finite float32',
    );
    const again = residualsOf(control, asked, times, 0);
    holds(
      whole.every((map, at) => map.dataSync().join() === again[at]?.dataSync().join()),
      'equal calls give equal bits',
    );
    times.forEach((time, sample) => {
      const single = residualsOf(control, asked, [time], sample);
      const off = whole.map((map, at) => largest(tf.sub(tf.slice(map, [sample], [1]), single[at] as tf.Tensor)));
      holds(Math.max(...off) <= tolerance, 'a batch equals its singles');
    });
    holds(text(control) === before, 'weights stay as they are');
    checkGradients(control, asked, times);
  });
}

function checkGradients(control: Control, asked: ControlCase, times: readonly number[]): void {
  const names = Object.keys(control.parameters);
  const loss = (...weights: tf.Tensor[]): tf.Scalar => {
    const parameters = Object.fromEntries(names.map((name, at) => [name, weights[at] as tf.Tensor]));
    const maps = residualsOf({ ...control, parameters }, asked, times, 0);
    return tf.addN(maps.map((map) => tf.mean(tf.square(map))));
  };
  const gradients = tf.grads(loss)(Object.values(control.parameters));
  names.forEach((name, at) => {
    const expected = control.parameters[name]?.shape.join();
    holds(gradients[at]?.shape.join() === expected, `${name} has a gradient of its own shape`);
  });
}

/** The residuals of samples `first`, `first + 1`, …, those of the middle last. */
function residualsOf(
  control: Control,
  { sampleShape, sizes = {} }: ControlCase,
  times: readonly number[],
  first: number,
): readonly tf.Tensor[] {
  const size = sampleShape.reduce((product, side) => product * side, 1);
  const rows = times.flatMap((_, at) => [...normals({ seed: first + at, purpose: 'laws/control', step: 0 }, size)]);
  const [height, width] = sampleShape;
  const conditioning = drawnConditions(control.info.takes, {
    ...{ count: times.length, first, sizes: { height, width, ...sizes } },
  });
  const x = tf.tensor(Float32Array.from(rows), [times.length, ...sampleShape]);
  const time = tf.tensor1d([...times], 'float32');
  const made: ControlResiduals = control.residuals(control.parameters, { x, time, conditioning });
  return [...made.skips, made.middle];
}

const largest = (x: tf.Tensor): number => tf.max(tf.abs(x)).dataSync()[0] ?? Number.NaN;

function text({ parameters }: Control): string {
  return Object.entries(parameters)
    .map(([name, tensor]) => `${name}:${tensor.dataSync().join()}`)
    .join(';');
}
