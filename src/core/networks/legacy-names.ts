const RENAMED: Readonly<Record<string, string>> = { query: 'to_q', key: 'to_k', value: 'to_v', proj_attn: 'to_out.0' };

/** Today's name of a tensor: checkpoints of before diffusers 0.17 name the layers of attentions otherwise. */
export function modernName(name: string): string {
  return name.replace(
    /(\.attentions\.\d+)\.(query|key|value|proj_attn)\./,
    (_, block: string, layer: string) => `${block}.${RENAMED[layer] ?? layer}.`,
  );
}
