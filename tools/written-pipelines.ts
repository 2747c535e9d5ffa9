import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, diffusion, encodeSafetensors, Roles, type NoiseSource, type Slots } from 'rxdiffusion';
import { readPipeline, readScheduler, writePipeline, type PipelineReading } from 'rxdiffusion/diffusers';
import { nodePlugins, openFile, readFolder, writeFolder } from 'rxdiffusion/node';
import { z } from 'zod';

/**
 * `npx tsx --conditions=source tools/written-pipelines.ts OUT`: writes tiny golden pipelines, also with other samplers, as folders of
 * diffusers, and what a run of each makes of recorded noise. `tools/peers/diffusers_written.py OUT` opens them and compares.
 */
const STEPS = 4;
const BETAS = { beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012, steps_offset: 1 };

interface Written {
  readonly name: string;
  readonly read: () => Promise<PipelineReading>;
  /** The scheduler that takes the place of its own. */
  readonly scheduler?: Readonly<Record<string, unknown>>;
  readonly scale?: number;
}

const oneFile = (name: string) => async (): Promise<PipelineReading> => {
  const place = `test/golden/single-files/${name}`;
  return readPipeline(await openFile(`${place}/${name}.safetensors`), { config: readFolder(place), steps: STEPS });
};

const CASES: readonly Written[] = [
  { name: 'sd2-ddim', read: oneFile('sd2'), scale: 5 },
  {
    name: 'sd2-dpm-karras',
    read: oneFile('sd2'),
    scheduler: {
      ...{ _class_name: 'DPMSolverMultistepScheduler', ...BETAS, use_karras_sigmas: true },
      prediction_type: 'v_prediction',
    },
    scale: 5,
  },
  {
    name: 'sdxl-euler',
    read: oneFile('sdxl'),
    scheduler: { _class_name: 'EulerDiscreteScheduler', ...BETAS },
    scale: 3,
  },
  {
    name: 'unconditional-ddim',
    read: () => readPipeline(readFolder('test/golden/unet2d/ddpm'), { steps: STEPS }),
    scheduler: { _class_name: 'DDIMScheduler', clip_sample: false },
  },
];

/** Numbers that look normal, the same on every machine. */
function drawn(count: number): Float64Array {
  let state = 1;
  const next = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  return Float64Array.from({ length: count }, () =>
    Math.fround(Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())),
  );
}

const noise: NoiseSource = {
  normal: (_key, count) => drawn(count),
  uniform: () => {
    throw new Error('a sampling run draws no uniform numbers');
  },
};
const recorded = definePlugin({ role: Roles.noise, name: 'recorded', config: z.strictObject({}), create: () => noise });

async function write(out: string, { name, read, scheduler, scale }: Written): Promise<void> {
  await using model = await read();
  const swapped = scheduler ? readScheduler(scheduler, { steps: STEPS, compatible: 'diffusers' }).plugins : {};
  const guided: Slots = scale === undefined ? {} : { guidance: { name: 'cfg', config: { scale } } };
  const { clip: _clip, ...sample } = model.recipe.sample ?? {};
  const own = scheduler ? sample : (model.recipe.sample ?? {});
  const recipe = { ...model.recipe, sample: own, plugins: { ...model.recipe.plugins, ...swapped } };
  const place = join(out, name);
  const { className } = await writePipeline(writeFolder(place), { ...model, recipe });
  const run = { ...recipe, plugins: { ...recipe.plugins, ...guided, engine: 'tfjs-wasm', noise: 'recorded' } };
  const plugins = [...nodePlugins, ...model.plugins, recorded];
  await using pipeline = await diffusion(run, { plugins, weights: model.weights });
  const [height = 0, width = 0, channels = 0] = pipeline.assembly.get(Roles.denoiser).info.sampleShape;
  const prompt = scale === undefined ? {} : { condition: 'a cat', negative: 't' };
  using result = await pipeline.sample({ seed: 0, steps: STEPS, ...prompt });
  const { data, shape } = result.images();
  const start = Float32Array.from(drawn(height * width * channels));
  const tensors = {
    latents: { dtype: 'float32', shape: [1, height, width, channels], data: start },
    images: { dtype: 'float32', shape, data },
  } as const;
  await writeFile(join(out, `${name}.safetensors`), encodeSafetensors({ tensors, metadata: {} }));
  const asked = { className, steps: STEPS, ...(scale === undefined ? {} : { scale, ...prompt }) };
  await writeFile(join(out, `${name}.json`), JSON.stringify(asked));
  console.log(`${name}: a ${className}`);
}

const [out = ''] = process.argv.slice(2);
if (out === '') throw new Error('say where: npx tsx --conditions=source tools/written-pipelines.ts OUT');
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const one of CASES) await write(out, one);
