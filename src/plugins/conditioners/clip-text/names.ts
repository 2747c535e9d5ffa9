/**
 * A tensor's name below `text_model.`, as most files have it: transformers from 5.6 on leaves the prefix out, and one file of
 * a whole Stable Diffusion has another in front. Nothing for the list of positions, which is no weight.
 */
export function clipTextName(name: string): string | undefined {
  const plain = name.replace(/^cond_stage_model\.transformer\./, '').replace(/^text_model\./, '');
  if (plain === 'embeddings.position_ids') return undefined;
  return plain.startsWith('text_projection.') ? plain : `text_model.${plain}`;
}
