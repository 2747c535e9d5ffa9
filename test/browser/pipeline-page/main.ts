import { diffusion, Roles, standardPlugins, type SampleOptions } from 'rxdiffusion';
import { readFiles, readPipeline, readUrl, type ChosenFile } from 'rxdiffusion/diffusers';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';

/** What the test asks the page for. */
export interface Question {
  /** Where the folder of the pipeline is: an address below the page, or what was chosen in the page. */
  readonly from: 'url' | 'files';
  readonly engine: string;
  readonly steps: number;
  readonly request: SampleOptions;
}

/** What the page samples. */
export interface Sampled {
  readonly engine: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

async function sampled({ from, engine, steps, request }: Question): Promise<Sampled> {
  const input = document.querySelector('input') as { readonly files: Iterable<ChosenFile> } | null;
  const read = from === 'url' ? readUrl(new URL('model/', location.href)) : readFiles(input?.files ?? []);
  await using model = await readPipeline(read, { steps });
  const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, engine } };
  const plugins = [...standardPlugins, onnxruntimeWeb, ...model.plugins];
  await using pipeline = await diffusion(recipe, { plugins, weights: model.weights });
  using result = await pipeline.sample(request);
  const { shape, data } = result.images();
  return { engine: pipeline.assembly.get(Roles.engine).backend, shape, data: [...data] };
}

declare const document: { querySelector(selector: string): object | null };
declare const location: { readonly href: string };

Object.assign(globalThis, { sampled });
