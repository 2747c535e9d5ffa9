import type { PlainTensor, SampleOptions } from 'rxdiffusion';
import { controlGuidance, type PipelineReading } from 'rxdiffusion/diffusers';
import { namedTensor, type NetworkFolder } from './network-folder.js';
import { batchOf, SIZES, type PipelineRecord } from './pipeline-record.js';

interface Arguments {
  readonly height?: number;
  readonly width?: number;
  readonly num_images_per_prompt?: number;
  readonly num_inference_steps?: number;
  readonly controlnet_conditioning_scale?: number | readonly number[];
  readonly control_guidance_start?: number | readonly number[];
  readonly control_guidance_end?: number | readonly number[];
  readonly guess_mode?: boolean;
}

/** What a recorded call asks for, as a request. */
export function requestOf(
  folder: NetworkFolder,
  record: PipelineRecord,
  model: Pick<PipelineReading, 'recipe' | 'strength'>,
): SampleOptions {
  const { height, width, num_images_per_prompt: each = 1 } = record.arguments as Arguments;
  const negative = textsOf(record, 'negative_', each, false);
  return {
    seeds: Array.from({ length: batchOf(folder, record) }, (_, sample) => sample),
    ...startOf(folder, record, model.strength),
    ...conditionOf(folder, record, textsOf(record, '', each, tellsGuidance(model)), model),
    ...(negative === undefined ? {} : { negative }),
    ...(height === undefined || width === undefined ? sizeOf(folder, record) : { height, width }),
  };
}

/** The size of the control image, of which samples are then. */
function sizeOf(folder: NetworkFolder, { inputs }: PipelineRecord): Partial<SampleOptions> {
  if (inputs['control_image'] === undefined) return {};
  const [, , height = 0, width = 0] = namedTensor(folder, inputs['control_image']).shape;
  return { height, width };
}

/** The condition, with the control images of the run, where it has them. */
function conditionOf(
  folder: NetworkFolder,
  { inputs, arguments: said, scheduler }: PipelineRecord,
  prompt: unknown,
  { recipe, strength }: Pick<PipelineReading, 'recipe' | 'strength'>,
): Partial<SampleOptions> {
  const images = Object.entries(inputs).filter(([name]) => name.startsWith('control_image'));
  if (images.length === 0) return { condition: prompt };
  const { controlnet_conditioning_scale: scale = 1, guess_mode: guesses, ...at } = said as Arguments;
  const whole = Number(recipe.sample?.['steps']);
  const steps = inputs['image'] === undefined ? whole : Math.floor(whole * strength);
  const { control_guidance_start: start = 0, control_guidance_end: end = 1 } = at;
  const control_image = images.map(([, tensor]) => channelsLast(namedTensor(folder, tensor)));
  const texts = typeof prompt === 'object' && !Array.isArray(prompt) ? prompt : { prompt };
  const condition = { ...texts, control_image, ...(guesses === undefined ? {} : { guess_mode: guesses }) };
  const extraCalls = scheduler['_class_name'] === 'PNDMScheduler' ? 1 : 0;
  return controlGuidance(condition, { steps, extraCalls, scale, start, end });
}

/** The image that a run starts from or keeps, and its size where nothing else says one. */
function startOf(folder: NetworkFolder, { inputs }: PipelineRecord, strength: number): Partial<SampleOptions> {
  if (inputs['image'] === undefined) return {};
  const { data, shape } = channelsLast(namedTensor(folder, inputs['image']));
  const [, height = 0, width = 0] = shape;
  const images = data.map((value) => 2 * value - 1);
  const mask =
    inputs['mask_image'] === undefined ? undefined : Float32Array.from(namedTensor(folder, inputs['mask_image']).data);
  const isBegun = mask === undefined || strength < 1;
  return {
    ...{ height, width },
    ...(isBegun ? { startFrom: { data: images, strength } } : {}),
    ...(mask ? { inpaint: { data: images, mask } } : {}),
  };
}

/** Images of a record, which lie as NCHW. */
function channelsLast({ data, shape }: PlainTensor): { readonly data: Float32Array; readonly shape: number[] } {
  const [count = 0, channels = 0, height = 0, width = 0] = shape;
  const place = height * width;
  const images = Float32Array.from({ length: data.length }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels];
    return data[(Math.floor(pixel / place) * channels + channel) * place + (pixel % place)] ?? Number.NaN;
  });
  return { data: images, shape: [count, height, width, channels] };
}

/** Whether the conditioner tells the network the guidance scale. */
function tellsGuidance({ recipe }: Pick<PipelineReading, 'recipe'>): boolean {
  const { conditioner } = recipe.plugins as { readonly conditioner?: unknown };
  return /latent-consistency-text|"guidance_scale"/.test(JSON.stringify(conditioner ?? ''));
}

/** The texts of one side, each as often as images are made of it; an object where more is said than one text. */
function textsOf(
  { arguments: said }: PipelineRecord,
  prefix: '' | 'negative_',
  each: number,
  isTold: boolean,
): unknown {
  const repeated = (texts: unknown): unknown =>
    (Array.isArray(texts) ? (texts as readonly unknown[]) : [texts]).flatMap((text) =>
      Array.from({ length: each }, () => text),
    );
  const prompt = said[`${prefix}prompt`];
  if (prompt === undefined || prompt === null) return undefined;
  const further = ['prompt_2', 'prompt_3'].filter(
    (name) => typeof (said[prefix + name] ?? null) !== 'object' || Array.isArray(said[prefix + name]),
  );
  const sizes = SIZES.filter((name) => said[prefix + name] !== undefined);
  const scale = isTold && said['guidance_scale'] !== undefined ? { guidance_scale: said['guidance_scale'] } : {};
  if (further.length + sizes.length + Object.keys(scale).length === 0) return repeated(prompt);
  return {
    prompt: repeated(prompt),
    ...Object.fromEntries(further.map((name) => [name, repeated(said[prefix + name])])),
    ...Object.fromEntries(sizes.map((name) => [name, said[prefix + name]])),
    ...scale,
  };
}
