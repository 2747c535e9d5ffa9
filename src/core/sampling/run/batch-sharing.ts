import type { VectorSpace } from '../../contracts/vector.js';
import type { DiffusionError } from '../../errors/diffusion-error.js';
import { tensorSpace } from '../../tensors/tensor-space.js';
import type { RunConditions } from '../conditions/run-conditions.js';

/** The error that says why some samples are lost. It reads tensors. */
export type Explain = (samples: readonly number[]) => Promise<DiffusionError>;

/** What a reverse run asks of those whose samples it computes: one request, or several that share a batch. */
export interface BatchSharing {
  /** The operations of samplers and guidance; a mean over the batch is over the samples of one request. */
  readonly space: VectorSpace;
  /** The conditions of the whole batch, which the run owns from now on. Runs in the run's tidy. */
  conditions(): RunConditions;
  /** Told after each step of the samples that are not finite. Throws where the run cannot go on without them. */
  lose(samples: readonly number[], explain: Explain): Promise<void>;
}

/** The batch of one request: it fails with the first of its samples. It takes the conditions over. */
export function ownBatch(conditions: RunConditions): BatchSharing {
  return {
    space: tensorSpace,
    conditions: () => conditions,
    lose: async (samples, explain) => {
      throw await explain(samples);
    },
  };
}
