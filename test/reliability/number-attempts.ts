import { lastValueFrom, take } from 'rxjs';
import type { z } from 'zod';
import { catalogue } from '../../src/core/assembly/catalogue.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { readScheduler } from '../../src/pipelines/interop/diffusers/read-scheduler.js';
import { SCHEDULER_CLASSES } from '../../src/pipelines/interop/diffusers/scheduler-classes.js';
import { nodePlugins } from '../../src/pipelines/presets/node-plugins.js';
import { sampleSettings, trainSettings } from '../../src/core/requests/settings.js';
import { full } from '../effort.js';
import { numbersOf } from './schema-numbers.js';

/** What is put wherever a config or a request holds a number. */
const HOSTILE = [0, -1, 2 ** 31, 2 ** 53, 1e308, Number.NaN];
/** Numbers that somebody may mean, and that much is made of where nothing holds them back. */
const HEAVY = [16_384, 65_536, 100_000, 1_000_000];
const VALUES: readonly number[] = full ? [...HOSTILE, ...HEAVY] : HOSTILE;

/** One number somewhere: it is refused, or what it makes runs. */
export interface Attempt {
  /** `sampler/restart intervals.0.steps = 2147483648` */
  readonly name: string;
  /** The key that a refusal by a schema names. */
  readonly key: string;
  readonly run: () => Promise<void>;
}

const TOKENS = {
  ...{ in_channels: 1, block_out_channels: [4, 4], layers_per_block: 1, norm_num_groups: 2 },
  ...{ down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'], cross_attention_dim: 4, attention_head_dim: 2 },
};
const TRANSFORMER = { num_layers: 1, num_attention_heads: 1, attention_head_dim: 8, in_channels: 4, sample_size: 4 };
const TEXT = { vocab_size: 8, num_layers: 1 };

/** Configs of plugins that have no defaults, none with all of their numbers, or those of a large network. */
const BASES: Readonly<Record<string, object>> = {
  'schedule/custom-betas': { betas: [0.1, 0.2] },
  'schedule/custom-alphas-cumprod': { alphasCumprod: [0.9, 0.5] },
  'schedule/custom-lambda': {
    points: [
      [0, 5],
      [1, -5],
    ],
  },
  'grid/custom': { times: [900, 500] },
  'conditioner/class-label': { classes: 2 },
  'postProcessor/upscale': { factor: 2 },
  'store/folder': { path: '/nowhere/at/all' },
  'dataset/image-folder': { path: '/nowhere/at/all', size: [8, 8] },
  'dataset/idx': { images: '/nowhere/at/all' },
  'denoiser/mlp': { width: 4, blocks: 1 },
  'denoiser/unet2d-condition': {
    ...TOKENS,
    sample_size: 4,
    out_channels: 1,
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
  },
  'control/controlnet': { ...TOKENS, conditioning_embedding_out_channels: [2, 2] },
  'denoiser/dit': { ...TRANSFORMER, num_embeds_ada_norm: 4, norm_num_groups: 2 },
  'denoiser/pixart': { ...TRANSFORMER, caption_channels: 4, cross_attention_dim: 8 },
  'denoiser/sd3': {
    ...TRANSFORMER,
    ...{ joint_attention_dim: 4, caption_projection_dim: 8, pooled_projection_dim: 4, pos_embed_max_size: 8 },
  },
  'denoiser/flux': {
    ...{ num_layers: 1, num_single_layers: 1, num_attention_heads: 1, attention_head_dim: 12, in_channels: 4 },
    ...{ axes_dims_rope: [4, 4, 4], joint_attention_dim: 4, pooled_projection_dim: 4 },
  },
  'conditioner/clip-text': {
    ...{ vocab_size: 8, hidden_size: 4, intermediate_size: 4, num_hidden_layers: 2, num_attention_heads: 2 },
    ...{ eos_token_id: 2, max_position_embeddings: 8 },
  },
  'conditioner/t5-encoder': { ...TEXT, d_model: 4, d_kv: 2, d_ff: 4, num_heads: 2, max_tokens: 4 },
  'codec/autoencoder-kl': { block_out_channels: [4], norm_num_groups: 2, sample_size: 4 },
  'codec/autoencoder-tiny': {
    ...{ encoder_block_out_channels: [4, 4], decoder_block_out_channels: [4, 4], num_encoder_blocks: [1, 1] },
    ...{ num_decoder_blocks: [1, 1], sample_size: 8 },
  },
  'denoiser/unet2d': {
    ...{ sample_size: 4, in_channels: 1, out_channels: 1, block_out_channels: [4, 4], layers_per_block: 1 },
    ...{
      down_block_types: ['DownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'UpBlock2D'],
      norm_num_groups: 2,
    },
  },
};

const TRAINING = new Set(['dataset', 'objective', 'optimizer', 'average', 'timestepSampler']);
const mlp = { name: 'mlp', config: { width: 4, blocks: 1 } };
const slots = {
  engine: 'tfjs-cpu',
  denoiser: mlp,
  sampler: 'ddim',
  dataset: { name: 'two-moons', config: { size: 64 } },
};
const withClasses = {
  conditioner: { name: 'class-label', config: { classes: 2 } },
  denoiser: { name: 'mlp', config: { width: 4, blocks: 1, classes: 3 } },
};
const tiny = { sample: { steps: 2 }, train: { steps: 1, batchSize: 2 } };

async function using(recipe: object, work: (pipeline: Diffusion) => Promise<unknown>): Promise<void> {
  await using pipeline = await diffusion({ format: 1, preset: 'ddpm', ...tiny, ...recipe }, { plugins: nodePlugins });
  await work(pipeline);
}

const sampled = async (pipeline: Diffusion, ask: object = {}): Promise<void> => (await pipeline.sample(ask)).dispose();
/** The first events of a run: it may be as long as its user likes. */
const trained = (pipeline: Diffusion, ask: object = {}): Promise<unknown> =>
  lastValueFrom(pipeline.train.events(ask).pipe(take(4)));

async function withPlugin(role: string, name: string, config: unknown): Promise<void> {
  const many = role === 'postProcessor' || role === 'observer';
  const isConditioned = role === 'guidance' || role === 'conditioner';
  const { dataset, ...others } = slots;
  const beside = role === 'denoiser' ? others : { ...others, dataset };
  const own = { [role]: many ? [{ name, config }] : { name, config } };
  const recipe = { plugins: { ...beside, ...(isConditioned ? withClasses : {}), ...own }, ...tiny };
  const conditioned = isConditioned ? { condition: 1 } : {};
  await using(recipe, async (pipeline) => {
    if (TRAINING.has(role)) return trained(pipeline);
    if (role === 'postProcessor') return pipeline.sample.images();
    return sampled(pipeline, conditioned);
  });
}

function ofPlugins(): readonly Attempt[] {
  return catalogue(nodePlugins).plugins.flatMap(({ role, name, config }) => {
    const id = `${role.name}/${name}`;
    const base = { ...defaultsOf(config), ...BASES[id] };
    return numbersOf(config).flatMap(({ path, put }) =>
      VALUES.map((value) => ({
        name: `${id} ${path.join('.')} = ${value}`,
        key: keyOf(path),
        run: () => withPlugin(role.name, name, put(base, value)),
      })),
    );
  });
}

/** What a schema makes of nothing, where it makes something. */
function defaultsOf(config: z.ZodType): object {
  const parsed = config.safeParse({});
  return parsed.success && parsed.data !== null && typeof parsed.data === 'object' ? parsed.data : {};
}

function ofRequests(): readonly Attempt[] {
  const sampleNumbers = numbersOf(sampleSettings).flatMap(({ path, put }) =>
    VALUES.flatMap((value) => [
      {
        name: `recipe.sample ${path.join('.')} = ${value}`,
        path,
        run: () => using({ plugins: slots, sample: put({ steps: 2 }, value) as object }, sampled),
      },
      {
        name: `sample ${path.join('.')} = ${value}`,
        path,
        run: () => using({ plugins: slots }, (it) => sampled(it, put({ steps: 2 }, value) as object)),
      },
    ]),
  );
  const trainNumbers = numbersOf(trainSettings).flatMap(({ path, put }) =>
    VALUES.flatMap((value) => [
      {
        name: `recipe.train ${path.join('.')} = ${value}`,
        path,
        run: () => using({ plugins: slots, train: put(tiny.train, value) as object }, trained),
      },
      {
        name: `train ${path.join('.')} = ${value}`,
        path,
        run: () => using({ plugins: slots }, (it) => trained(it, put(tiny.train, value) as object)),
      },
    ]),
  );
  const others = VALUES.flatMap((value) => [
    {
      name: `sample seeds = ${value}`,
      path: ['seeds'],
      run: () => using({ plugins: slots }, (it) => sampled(it, { seeds: [value] })),
    },
    {
      name: `sample startFrom.strength = ${value}`,
      path: ['strength'],
      run: () =>
        using({ plugins: slots }, (it) => sampled(it, { startFrom: { data: new Float32Array(2), strength: value } })),
    },
    {
      name: `train.events evaluate.every = ${value}`,
      path: ['every'],
      run: () =>
        using({ plugins: slots }, (it) =>
          lastValueFrom(it.train.events({ evaluate: { every: value, measure: async () => ({}) } })),
        ),
    },
  ]);
  return [...sampleNumbers, ...trainNumbers, ...others].map(({ path, ...attempt }) => ({
    ...attempt,
    key: keyOf(path),
  }));
}

const SCHEDULER_KEYS = [
  ...['num_train_timesteps', 'beta_start', 'beta_end', 'steps_offset', 'original_inference_steps', 'solver_order'],
  ...[
    'sample_max_value',
    'dynamic_thresholding_ratio',
    'clip_sample_range',
    'sigma_min',
    'sigma_max',
    'sigma_data',
    'rho',
  ],
  ...[
    'snr',
    'sampling_eps',
    'correct_steps',
    'shift',
    'base_shift',
    'max_shift',
    'base_image_seq_len',
    'shift_terminal',
  ],
  ...['flow_shift', 'timestep_scaling', 'lambda_min_clipped', 'predictor_order', 'corrector_order', 's_noise'],
];

function ofSchedulers(): readonly Attempt[] {
  return Object.keys(SCHEDULER_CLASSES).flatMap((name) =>
    SCHEDULER_KEYS.flatMap((key) =>
      VALUES.map((value) => ({
        name: `readScheduler ${name} ${key} = ${value}`,
        key,
        run: () => {
          const { plugins, request } = readScheduler({ _class_name: name, [key]: value }, { steps: 4 });
          return using({ plugins: { ...slots, ...plugins } }, (it) => sampled(it, request));
        },
      })),
    ),
  );
}

function keyOf(path: readonly string[]): string {
  return path.findLast((part) => part !== '0') ?? '';
}

/** Every attempt there is, the same list in each process. */
export const allAttempts = (): readonly Attempt[] => [...ofPlugins(), ...ofRequests(), ...ofSchedulers()];
