/** The parts of Stable Diffusion 1, by their `config.json`, with random weights: what both sides of this benchmark open. */
export const MODELS = {
  /** 860 M parameters. */
  unet: {
    _class_name: 'UNet2DConditionModel',
    sample_size: 64,
    in_channels: 4,
    out_channels: 4,
    block_out_channels: [320, 640, 1280, 1280],
    layers_per_block: 2,
    attention_head_dim: 8,
    cross_attention_dim: 768,
  },
  /** 84 M parameters, of which the decoder has 50. */
  vae: {
    _class_name: 'AutoencoderKL',
    sample_size: 512,
    in_channels: 3,
    out_channels: 3,
    latent_channels: 4,
    block_out_channels: [128, 256, 512, 512],
    layers_per_block: 2,
    down_block_types: Array.from({ length: 4 }, () => 'DownEncoderBlock2D'),
    up_block_types: Array.from({ length: 4 }, () => 'UpDecoderBlock2D'),
    norm_num_groups: 32,
  },
  /** 123 M parameters. */
  text: {
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    vocab_size: 49408,
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    max_position_embeddings: 77,
    hidden_act: 'quick_gelu',
    projection_dim: 768,
  },
} as const;

/** A part of Stable Diffusion 1. */
export type ModelName = keyof typeof MODELS;
