import type { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { unsupported } from '../../../../core/storage/corrupt.js';

const MERGE = 'merge it into the model with what trained it, or extract a plain LoRA of the merged model';

/** Other ways to change weights that come in such files, and how their keys tell them. */
const KINDS: readonly (readonly [key: RegExp, kind: string])[] = [
  [/\.(dora_scale|lora_magnitude_vector)(\.|$)/, 'a DoRA, which scales each column of a weight too (`dora_scale`)'],
  [/\.hada_(w|t)\d/, 'a LoHa, the product of two low-rank matrices (`hada_w1_a`)'],
  [/\.lokr_(w|t)\d/, 'a LoKr, a Kronecker product (`lokr_w1`)'],
  [/\.(oft_(blocks|diag|R)|boft_)/, 'an OFT, which turns weights (`oft_blocks`)'],
  [/\.lora_mid\.weight$/, 'a LoCon in Tucker form, with a third tensor for each layer (`lora_mid`)'],
  [/\.(on_input|ia3_l)(\.|$)/, 'an IA3, which scales activations'],
  [/\.(a1|a2|b1|b2|c1|c2|bm1|bm2)\.weight$/, 'a GLoRA'],
  [/\.lora_embedding_[AB](\.|$)/, 'a LoRA of a table of embeddings (`lora_embedding_A`)'],
  [/\.(lora_B(\.\w+)?|lora_up|lora_magnitude)\.bias$|\.diff_b$|\.bias_(indices|values|size)$/, 'a change of biases'],
  [/\.diff$/, 'whole differences of weights (`diff`)'],
  [/\.(w_norm|b_norm|set_weight)$/, 'a change of norms'],
];

/** Throws `RXD_FORMAT_UNSUPPORTED` for a file with keys of another kind of adapter, by its name. */
export function refuseOtherKinds(names: readonly string[], file: string): void {
  for (const [key, kind] of KINDS) {
    const found = names.find((name) => key.test(name));
    if (found !== undefined) throw otherKind(file, `${kind}: ${found}`);
  }
}

/** The error for a file that changes weights in another way than by low-rank deltas. */
export function otherKind(file: string, got: string): DiffusionError {
  return unsupported(file, got, 'a LoRA: low-rank deltas of linear layers and convolutions', MERGE);
}
