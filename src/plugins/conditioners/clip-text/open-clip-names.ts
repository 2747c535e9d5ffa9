import type { ReadableTensor, ReadableTensors } from '../../../core/tensors/plain-tensor.js';
import { ordered, someRows } from '../../../core/tensors/readable-tensor.js';

const WHOLE: Readonly<Record<string, string>> = {
  positional_embedding: 'embeddings.position_embedding.weight',
  'token_embedding.weight': 'embeddings.token_embedding.weight',
  'ln_final.weight': 'final_layer_norm.weight',
  'ln_final.bias': 'final_layer_norm.bias',
};

const LAYER: readonly (readonly [old: string, name: string])[] = [
  ['ln_1', 'layer_norm1'],
  ['ln_2', 'layer_norm2'],
  ['mlp.c_fc', 'mlp.fc1'],
  ['mlp.c_proj', 'mlp.fc2'],
  ['attn.out_proj', 'self_attn.out_proj'],
];

const IN_LAYER = /^transformer\.resblocks\.(\d+)\.(.+)$/;
const FUSED = /^attn\.in_proj_(weight|bias)$/;

/**
 * The text tower of OpenCLIP under the names of transformers: query, key and value are one tensor there, and the projection
 * lies the other way round. What is no weight of it (`logit_scale`, `attn_mask`) is left out.
 *
 * @param tensors - by OpenCLIP's names
 */
export function fromOpenClip(tensors: ReadableTensors): ReadableTensors {
  return Object.fromEntries(Object.entries(tensors).flatMap(([name, tensor]) => renamed(name, tensor)));
}

type Named = readonly [name: string, tensor: ReadableTensor];

function renamed(old: string, tensor: ReadableTensor): readonly Named[] {
  const whole = Object.hasOwn(WHOLE, old) ? WHOLE[old] : undefined;
  if (whole !== undefined) return [[`text_model.${whole}`, tensor]];
  if (old === 'text_projection')
    return Object.entries(ordered({ 'text_projection.weight': tensor }, () => [1, 0] as const));
  const [, layer, rest = ''] = IN_LAYER.exec(old) ?? [];
  if (layer === undefined) return [];
  const prefix = `text_model.encoder.layers.${layer}`;
  const kind = FUSED.exec(rest)?.[1];
  if (kind !== undefined) return parted(`${prefix}.self_attn`, kind, tensor);
  const [from, to] = LAYER.find(([name]) => rest.startsWith(`${name}.`)) ?? ['', ''];
  return [[`${prefix}.${to}${rest.slice(from.length)}`, tensor]];
}

function parted(prefix: string, kind: string, tensor: ReadableTensor): readonly Named[] {
  const width = (tensor.shape[0] ?? 0) / 3;
  return ['q', 'k', 'v'].map((name, at) => [`${prefix}.${name}_proj.${kind}`, someRows(tensor, at * width, width)]);
}
