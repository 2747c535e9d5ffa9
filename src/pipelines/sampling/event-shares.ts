import * as tf from '@tensorflow/tfjs';
import type { Subscriber } from 'rxjs';
import type { Engine } from '../../core/contracts/engine.js';
import { emitEnd, emitStart, emitStep } from '../../core/loop/lent-sample-event.js';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import { isReadLater } from '../../core/tensors/read-floats.js';
import { decoderOfEnd } from '../../core/sampling/run/decoder.js';
import type { KeptRegion } from '../../core/sampling/start/inpaint.js';

/** What one request has of a batch: the samples from `first` on, one for each of its seeds. */
export interface Share {
  readonly run: string;
  readonly seeds: readonly number[];
  readonly first: number;
  /** What it keeps, in pixels, where samples are latents. */
  readonly keptPixels: KeptRegion | undefined;
  readonly subscriber: Subscriber<SampleEvent>;
}

type Rows = (share: Share) => tf.Tensor;

/** Hands an event of a batch to those that share it: to each as an event of its own run, with its own samples. */
export function emitShares(event: SampleEvent, shares: readonly Share[], engine: Engine): void {
  const x = rowsIn(() => event.x, engine);
  const denoised = event.kind === 'step' ? rowsIn(() => event.denoised, engine) : x;
  for (const share of shares) if (!share.subscriber.closed) emitShare(event, share, { x, denoised, engine });
}

interface Lending {
  readonly x: Rows;
  readonly denoised: Rows;
  readonly engine: Engine;
}

function emitShare(event: SampleEvent, share: Share, { x, denoised, engine }: Lending): void {
  const { run, seeds, subscriber, keptPixels } = share;
  const own = { run, batch: seeds.length, decode: event.decode };
  const emit = (mine: SampleEvent): void => subscriber.next(mine);
  const lentX = (): tf.Tensor => x(share);
  if (event.kind === 'start') emitStart(emit, { ...event, ...own, seeds }, lentX);
  else if (event.kind === 'step') emitStep(emit, { ...event, ...own }, lentX, () => denoised(share));
  else emitEnd(emit, { ...event, ...own, decode: decoderOfEnd(event.decode, keptPixels, engine) }, lentX);
}

/** The rows of a tensor, which is read once for all that ask: it is computed, so that this does not wait for work. */
function rowsIn(whole: () => tf.Tensor, engine: Engine): Rows {
  let values: Float32Array | undefined;
  return ({ first, seeds }) => {
    const tensor = whole();
    const shape = [seeds.length, ...tensor.shape.slice(1)];
    const rest = shape.slice(1).map(() => 0);
    if (isReadLater(tensor)) return engine.run(() => tf.slice(tensor, [first, ...rest], shape));
    values ??= tensor.dataSync<'float32'>();
    const width = values.length / (tensor.shape[0] ?? 1);
    const own = values.slice(first * width, (first + seeds.length) * width);
    return engine.run(() => tf.tensor(own, shape));
  };
}
