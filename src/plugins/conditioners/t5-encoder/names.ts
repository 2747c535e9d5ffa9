/**
 * The name of a tensor of an encoder: files may hold the table of tokens under a second name, and the decoder of a whole T5,
 * for which there is none.
 */
export function t5EncoderName(name: string): string | undefined {
  if (name === 'encoder.embed_tokens.weight') return 'shared.weight';
  return name.startsWith('encoder.') || name === 'shared.weight' ? name : undefined;
}
