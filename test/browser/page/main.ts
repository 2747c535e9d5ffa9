import { checkpointWeights, decodeCheckpoint, diffusion, Roles, standardPlugins, type SampleAsk } from 'rxdiffusion';
import { onnxruntimeWeb, onnxruntimeWebFrom } from 'rxdiffusion/onnxruntime-web';
import { tfjsWebgpu } from 'rxdiffusion/webgpu';

interface Question {
  readonly recipe: unknown;
  readonly request: SampleAsk;
  /** Where the files of onnxruntime-web are. */
  readonly wasmPath?: string;
}

/** The page of the test: samples what the test asks for, with the checkpoint that it serves, and sends it back. */
async function sampled(): Promise<object> {
  const question = await fetch('/question.json');
  const { recipe, request, wasmPath } = (await question.json()) as Question;
  const web = wasmPath === undefined ? onnxruntimeWeb : onnxruntimeWebFrom(wasmPath);
  const file = await fetch('/checkpoint.safetensors');
  const checkpoint = await decodeCheckpoint(new Uint8Array(await file.arrayBuffer()));
  const { assembly, sample } = await diffusion(recipe, { plugins: [...standardPlugins, tfjsWebgpu, web] });
  const parameters = checkpointWeights(checkpoint, assembly.get(Roles.denoiser), assembly.get(Roles.engine));
  const result = await sample({ ...request, parameters });
  const { shape, data } = result.images();
  return { engine: assembly.get(Roles.engine).backend, shape, data: [...data] };
}

const answer = await sampled().catch((error: unknown) => ({ error: String(error) }));
await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });
