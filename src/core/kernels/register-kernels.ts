import { attentionGradKernel, attentionKernel, biasedAttentionGradKernel, biasedAttentionKernel } from './attention.js';
import { embeddingLookupGradKernel, embeddingLookupKernel } from './embedding-lookup.js';
import { geluGradKernel, geluKernel } from './gelu.js';
import { groupNormGradKernel, groupNormKernel } from './group-norm.js';
import { registerPlain } from './kernel.js';
import { layerNormGradKernel, layerNormKernel } from './layer-norm.js';
import { siluGradKernel, siluKernel } from './silu.js';
import { upsampleNearest2xGradKernel, upsampleNearest2xKernel } from './upsample-nearest-2x.js';

/**
 * Registers our kernels for a backend, each in its plain version where the backend has none of its own, and their
 * gradients. An engine calls it once it has registered what it does better; calling an operation does it too.
 */
export function registerKernels(backendName: string): void {
  registerPlain(groupNormKernel, backendName);
  registerPlain(groupNormGradKernel, backendName);
  registerPlain(layerNormKernel, backendName);
  registerPlain(layerNormGradKernel, backendName);
  registerPlain(geluKernel, backendName);
  registerPlain(geluGradKernel, backendName);
  registerPlain(siluKernel, backendName);
  registerPlain(siluGradKernel, backendName);
  registerPlain(attentionKernel, backendName);
  registerPlain(attentionGradKernel, backendName);
  registerPlain(biasedAttentionKernel, backendName);
  registerPlain(biasedAttentionGradKernel, backendName);
  registerPlain(embeddingLookupKernel, backendName);
  registerPlain(embeddingLookupGradKernel, backendName);
  registerPlain(upsampleNearest2xKernel, backendName);
  registerPlain(upsampleNearest2xGradKernel, backendName);
}
