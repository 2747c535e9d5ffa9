import type { CatalogueEntry } from '../../../../../core/assembly/catalogue.js';
import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { Slots, Use } from '../../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../../core/assembly/slot-weights.js';
import type { ModelFile } from '../../../../../core/contracts/model-file.js';
import { fixedImage } from '../../../../../core/model-files/model-roles.js';
import { modelFiles } from '../../../../../core/model-files/slot-models.js';
import { unsupported } from '../../../../../core/storage/corrupt.js';
import { onnxTextWith } from '../../../../../plugins/conditioners/onnx-text/onnx-text.js';
import type { PipelineParts } from '../pipeline-files.js';
import { tokenizerIn } from '../tokenizer.js';
import type { OnnxFiles } from './onnx-files.js';

/** How latents are scaled where the exported config does not say it: of Stable Diffusion 1 and 2, and of XL. */
const SCALES = { plain: 0.18215, xl: 0.13025 } as const;

/** What folders without a scheduler were trained with: Stable Diffusion's levels, at the end of each span of them. */
const USUAL_SCHEDULER: Settings = {
  _class_name: 'EulerDiscreteScheduler',
  ...{ beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012 },
  ...{ num_train_timesteps: 1000, timestep_spacing: 'trailing', prediction_type: 'epsilon' },
};

/** Conditions that tell pipelines apart, by the names of the network's inputs. */
type Kind = 'unconditional' | 'text' | 'consistency' | 'xl';

/** Inputs beside the sample and the time. */
const KINDS: Readonly<Record<string, Kind>> = {
  '': 'unconditional',
  encoder_hidden_states: 'text',
  'encoder_hidden_states,timestep_cond': 'consistency',
  'encoder_hidden_states,text_embeds,time_ids': 'xl',
};

/** The parts of a pipeline whose networks are model files. The inputs of its network say which pipeline it is. */
export async function onnxParts(files: OnnxFiles, options: Settings): Promise<PipelineParts> {
  const network = (await files.open('unet')) ?? (await files.open('transformer')) ?? (await files.needed('unet'));
  const kind = kindOf(network);
  const config = await files.config(network.name.startsWith('transformer') ? 'transformer' : 'unet');
  const denoiser: Use = { name: 'onnx-denoiser', config: networkConfig(network, config) };
  if (kind === 'unconditional') return { plugins: { denoiser }, weights: { denoiser: modelFiles({ model: network }) } };
  const [codec, text] = [await codecOf(files, kind, config), await textsOf(files, kind, config, options)];
  return {
    plugins: { denoiser, codec: codec.use, ...text.plugins },
    definitions: text.definitions,
    weights: { denoiser: modelFiles({ model: network }), codec: codec.files, ...text.weights },
    scheduler: USUAL_SCHEDULER,
  };
}

function kindOf({ name, inputs }: ModelFile): Kind {
  const time = ['timestep', 'timesteps', 't'];
  const samples = ['sample', 'hidden_states', 'latent_sample', 'x'];
  const rest = inputs.map((port) => port.name).filter((port) => ![...time, ...samples].includes(port));
  const kind = KINDS[rest.toSorted().join()];
  if (kind !== undefined) return kind;
  throw unsupported(
    name,
    `the inputs ${inputs.map((port) => port.name).join(', ')}`,
    `sample, timestep and one of: ${Object.keys(KINDS).filter(Boolean).join('; ')}`,
    'compose the pipeline of its parts by hand: `onnx-denoiser` takes any conditions, `openModelFile` opens the file',
  );
}

function networkConfig(network: ModelFile, json: Settings): Settings {
  const { sample_size: size, in_channels: channels, block_out_channels: levels } = json;
  const own = network.inputs.find(({ dims }) => dims?.length === 4);
  return {
    ...(isSize(size) ? { sample_size: size } : {}),
    ...(typeof channels === 'number' ? { channels } : {}),
    // Exported graphs halve sides evenly.
    multiple_of: Array.isArray(levels) ? 2 ** (levels.length - 1) : own && fixedImage(own).height === undefined ? 8 : 1,
  };
}

const isSize = (size: unknown): size is number => typeof size === 'number';

async function codecOf(files: OnnxFiles, kind: Kind, network: Settings) {
  const [decoder, encoder] = [await files.needed('vae_decoder'), await files.open('vae_encoder')];
  const json = { ...(await files.config('vae')), ...(await files.config('vae_decoder')) };
  const { scaling_factor: scale, shift_factor: shift, latent_channels: latents, block_out_channels: levels } = json;
  const factor = Array.isArray(levels) ? 2 ** (levels.length - 1) : 8;
  const { sample_size: size } = network;
  const config: Settings = {
    factor,
    ...(isSize(size) ? { sample_size: size * factor } : {}),
    ...(typeof latents === 'number' ? { latent_channels: latents } : {}),
    scaling_factor: typeof scale === 'number' ? scale : kind === 'xl' ? SCALES.xl : SCALES.plain,
    ...(typeof shift === 'number' ? { shift_factor: shift } : {}),
    posterior: 'sample',
  };
  const use: Use = { name: 'onnx-codec', config };
  return { use, files: modelFiles(encoder ? { decoder, encoder } : { decoder }) };
}

interface Texts {
  readonly plugins: Slots;
  readonly definitions: readonly CatalogueEntry[];
  readonly weights: WeightsOfSlots;
}

async function textsOf(files: OnnxFiles, kind: Kind, network: Settings, options: Settings): Promise<Texts> {
  if (kind === 'xl') return xlTexts(files, options);
  const text = await textOf(files, '', {});
  const { time_cond_proj_dim: width } = network;
  const slots: Slots =
    kind === 'text'
      ? { conditioner: text.use, guidance: { name: 'cfg', config: { scale: 7.5 } } }
      : {
          conditioner: {
            name: 'latent-consistency-text',
            config: typeof width === 'number' ? { time_cond_proj_dim: width } : {},
          },
          'conditioner:text': text.use,
        };
  const slot = kind === 'text' ? 'conditioner' : 'conditioner:text';
  return { plugins: slots, definitions: [text.definition], weights: { [slot]: text.files } };
}

async function xlTexts(files: OnnxFiles, options: Settings): Promise<Texts> {
  const { force_zeros_for_empty_prompt: zeros } = options;
  const states: Settings = { hidden_states: 'penultimate' };
  const [first, second] = [
    await textOf(files, '', states),
    await textOf(files, '_2', { ...states, pooled: 'text_embeds' }),
  ];
  return {
    plugins: {
      conditioner: {
        name: 'stable-diffusion-xl-text',
        config: typeof zeros === 'boolean' ? { force_zeros_for_empty_prompt: zeros } : {},
      },
      'conditioner:first': first.use,
      'conditioner:second': second.use,
      guidance: { name: 'cfg', config: { scale: 5 } },
    },
    definitions: [first.definition, second.definition],
    weights: { 'conditioner:first': first.files, 'conditioner:second': second.files },
  };
}

async function textOf(files: OnnxFiles, suffix: '' | '_2', own: Settings) {
  const part = `text_encoder${suffix}` as const;
  const [file, json] = [await files.needed(part), await files.config(part)];
  const { max_position_embeddings: tokens, vocab_size: vocabulary, hidden_size: width } = json;
  const name = `onnx-text-of-${part.replaceAll('_', '-')}`;
  const config: Settings = {
    ...(typeof tokens === 'number' ? { max_tokens: tokens } : {}),
    ...(typeof vocabulary === 'number' ? { vocab_size: vocabulary } : {}),
    ...(typeof width === 'number' ? { hidden_size: width } : {}),
    ...own,
  };
  const definition = onnxTextWith(await tokenizerIn(files, `tokenizer${suffix}`), name);
  return { use: { name, config } satisfies Use, definition, files: modelFiles({ model: file }) };
}
