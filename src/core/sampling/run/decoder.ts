import type { Tensor } from '@tensorflow/tfjs';
import type { ParametersBySlot } from '../../contracts/denoiser.js';
import type { Engine } from '../../contracts/engine.js';
import { decodedLatents } from '../../codec/coding.js';
import type { Tiling } from '../../codec/tile-plan.js';
import type { SampleEvent } from '../../loop/sample-events.js';
import { scoped } from '../../tensors/scoped.js';
import { asVector, tensorOf } from '../../tensors/tensor-space.js';
import { composed, keptTensors, type KeptRegion } from '../start/inpaint.js';
import type { ReverseParts } from '../reverse-parts.js';

type Decode = SampleEvent['decode'];

/** What the images of a run depend on beside its latents. */
export interface DecodeSetting {
  readonly tiling: Tiling | undefined;
  /** Pixels that stay, for the end of a run. */
  readonly kept: KeptRegion | undefined;
}

/** How events of a run decode latents; nothing where samples are images. */
export function decoderOf(
  { engine, codec }: Pick<ReverseParts, 'engine' | 'codec'>,
  { codec: parameters }: ParametersBySlot,
  { tiling, kept }: DecodeSetting,
): Decode {
  const decode = codec && ((latents: Tensor): Tensor => decodedLatents({ engine, codec, parameters, tiling }, latents));
  return decoderOfEnd(decode, kept, engine);
}

/**
 * How the end of a run decodes: with the kept pixels as they are, mixed by the mask. The codec loses some of them, and a
 * cell of latents holds pixels of both kinds.
 */
export function decoderOfEnd(decode: Decode, kept: KeptRegion | undefined, engine: Engine): Decode {
  if (decode === undefined || kept === undefined) return decode;
  return (latents) =>
    engine.run(() =>
      scoped(() => {
        const made = decode(latents);
        return tensorOf(composed(asVector(made), keptTensors(kept, made.shape)));
      }),
    );
}
