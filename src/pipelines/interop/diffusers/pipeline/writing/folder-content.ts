import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { TokenizerFiles } from '../../../../../plugins/conditioners/text/tokenizer-files.js';
import type { ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';
import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import { parametersBySlot } from '../../../../../core/training/trained-slots.js';
import type { WeightsOfSlots } from '../../../../../core/assembly/slot-weights.js';
import type { NamedSlots } from './named-slots.js';
import { networkConfig, textConfig } from './part-configs.js';
import type { PipelineClass } from './pipeline-class.js';
import { noClass } from './no-class.js';

/** What a folder will hold. */
export interface FolderContent {
  /** Files of settings by path: JSON, or text. */
  readonly settings: Readonly<Record<string, Settings | string>>;
  /** Tensors by the path of their file. */
  readonly weights: Readonly<Record<string, ReadableTensors>>;
}

const CODECS: Readonly<Record<string, string>> = {
  'autoencoder-kl': 'AutoencoderKL',
  'autoencoder-tiny': 'AutoencoderTiny',
};

/** The version of diffusers that folders are written for: some of its classes ask for one. */
const VERSION = '0.42.1';

const NETWORK_FILE = 'diffusion_pytorch_model.safetensors';

/** Weights of a network that lie beside those of another: of control networks. */
const BESIDE = /^control(:[^/]+)?\//;

/**
 * Everything of a pipeline but its scheduler.
 *
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED`, `RXD_REQUEST_INVALID` where weights or a tokenizer are missing
 */
export function folderContent(slots: NamedSlots, kind: PipelineClass, given: WeightsOfSlots): FolderContent {
  const index: Record<string, Settings[string]> = { _class_name: kind.className, _diffusers_version: VERSION };
  const settings: Record<string, Settings | string> = {};
  const weights: Record<string, ReadableTensors> = {};
  const all = bySlot(given);
  const put = (part: string, slot: string, said: string, config: Settings): void => {
    const className = typeof config['_class_name'] === 'string' ? config['_class_name'] : said;
    index[part] = ['diffusers', className];
    settings[`${part}/config.json`] = networkConfig(slot === 'codec' ? 'codec' : 'network', className, config);
    weights[`${part}/${NETWORK_FILE}`] = ownOf(needed(all, slot));
  };
  const [part, className] = kind.network;
  put(part, 'denoiser', className, slots.configOf('denoiser'));
  const codec = slots.nameOf('codec');
  if (codec !== undefined) put('vae', 'codec', CODECS[codec] ?? refuseCodec(codec), slots.configOf('codec'));
  if (slots.nameOf('control') !== undefined) {
    slots.refuseOther('control', ['controlnet']);
    put('controlnet', 'control', 'ControlNetModel', slots.configOf('control'));
  }
  for (const [at, slot] of kind.text.entries()) {
    const suffix = at === 0 ? '' : `_${at + 1}`;
    const files = slots.tokenizerOf(slot);
    const config = slots.configOf(slot);
    const said = [config['architectures']].flat()[0];
    const className = typeof said === 'string' ? said : 'CLIPTextModel';
    index[`text_encoder${suffix}`] = ['transformers', className];
    index[`tokenizer${suffix}`] = ['transformers', 'CLIPTokenizer'];
    settings[`text_encoder${suffix}/config.json`] = textConfig(className, config);
    weights[`text_encoder${suffix}/model.safetensors`] = needed(all, slot);
    for (const [name, content] of Object.entries(tokenizerContent(files)))
      settings[`tokenizer${suffix}/${name}`] = content;
  }
  if (kind.text.length === 1) Object.assign(index, { safety_checker: [null, null], feature_extractor: [null, null] });
  settings['model_index.json'] = { ...index, ...kind.options };
  return { settings, weights };
}

function tokenizerContent(files: TokenizerFiles): Readonly<Record<string, Settings | string>> {
  const entries = Object.entries(files).filter(([, content]) => content !== undefined);
  return Object.fromEntries(entries) as Record<string, Settings | string>;
}

function refuseCodec(name: string): never {
  throw noClass(`the codec ${name}`);
}

/** Weights by slot, also of those that lie beside others: what was trained together is one flat set. */
function bySlot(given: WeightsOfSlots): WeightsOfSlots {
  const { denoiser = {}, ...others } = given;
  const { denoiser: network = {}, ...trained } = parametersBySlot(denoiser);
  const control = Object.entries(network).filter(([name]) => name.startsWith('control/'));
  const named = control.map(([name, tensor]) => [name.slice('control/'.length), tensor] as const);
  const beside = named.length > 0 ? { control: Object.fromEntries(named) } : {};
  return { ...others, ...trained, ...beside, denoiser: network };
}

const ownOf = (tensors: ReadableTensors): ReadableTensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !BESIDE.test(name)));

function needed(weights: WeightsOfSlots, slot: string): ReadableTensors {
  const own = Object.hasOwn(weights, slot) ? weights[slot] : undefined;
  if (own !== undefined && Object.keys(own).length > 0) return own;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `there are no weights for the slot ${slot}, which the folder is to hold`,
    got: `weights for ${Object.keys(weights).join(', ') || 'none'}`,
    expected: 'weights for every network of the pipeline',
    fix: `take those of a pipeline: \`slotWeights(pipeline.assembly, '${slot}').tensors\``,
  });
}
