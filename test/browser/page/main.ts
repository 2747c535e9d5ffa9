import {
  diffusion,
  loadWeights,
  openWeights,
  Roles,
  standardPlugins,
  type SampleOptions,
  type Slots,
} from 'rxdiffusion';
import { onnxruntimeWeb, onnxruntimeWebFrom } from 'rxdiffusion/onnxruntime-web';
import { tfjsWebgpu } from 'rxdiffusion/webgpu';

interface Question {
  readonly engine: Slots[string];
  readonly request: SampleOptions;
  /** Where the files of onnxruntime-web are. */
  readonly wasmPath?: string;
}

/** The page of the test: samples what the test asks for, with the weights that it serves, and sends it back. */
async function sampled(): Promise<object> {
  const question = await fetch('/question.json');
  const { engine, request, wasmPath } = (await question.json()) as Question;
  const web = wasmPath === undefined ? onnxruntimeWeb : onnxruntimeWebFrom(wasmPath);
  const weights = await openWeights(new URL('/weights.safetensors', question.url));
  const recipe = { ...weights.recipe, plugins: { ...weights.recipe.plugins, engine } };
  const { assembly, sample } = await diffusion(recipe, { plugins: [...standardPlugins, tfjsWebgpu, web] });
  const { parameters } = await loadWeights(weights, assembly);
  const result = await sample({ ...request, parameters });
  const { shape, data } = result.images();
  return { engine: assembly.get(Roles.engine).backend, shape, data: [...data] };
}

const answer = await sampled().catch((error: unknown) => ({ error: String(error) }));
await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });
