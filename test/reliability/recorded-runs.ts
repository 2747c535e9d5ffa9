import type { Observable } from 'rxjs';
import type { Denoiser } from '../../src/core/contracts/denoiser.js';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import type { CatalogueEntry } from '../../src/core/assembly/catalogue.js';
import type { PluginDefinition } from '../../src/core/assembly/define-plugin.js';
import type { Slots } from '../../src/core/assembly/recipe.js';
import { diffusion, type Diffusion, type DiffusionOptions } from '../../src/pipelines/diffusion.js';
import type { SampleOptions } from '../../src/pipelines/sample-function.js';
import { bayes } from './tiny-classifier.js';
import { tinyPlugins, tinySlots } from './tiny-pipeline.js';
import { line } from './tiny-plugins.js';

/** Rows of each network call that was made. */
export const calls: number[] = [];

/** The tiny network, and how many samples it is given each time: both sides of a condition count. */
const counting: PluginDefinition<Denoiser> = {
  ...line,
  name: 'counting',
  async create(deps) {
    const denoiser = await line.create(deps);
    return {
      ...denoiser,
      predict(parameters, x, ...rest) {
        calls.push(x.shape[0] ?? 0);
        return denoiser.predict(parameters, x, ...rest);
      },
    };
  },
};

/** The tiny pipeline with a network that counts. */
export function countingPipeline(
  slots: Slots = {},
  options: Partial<DiffusionOptions> & { readonly plugins?: readonly CatalogueEntry[] } = {},
): Promise<Diffusion> {
  const all = { ...tinySlots, observer: [], denoiser: 'counting', ...slots };
  const plugins = [...tinyPlugins, counting, bayes, ...(options.plugins ?? [])];
  return diffusion({ format: 1, plugins: all, sample: { steps: 4, condition: 1 } }, { ...options, plugins });
}

/** What one run told its subscriber, as plain data. */
export interface Recorded {
  readonly events: readonly PlainEvent[];
  readonly outcome: unknown;
}

type PlainEvent = Readonly<Record<string, unknown>> & { readonly x: readonly number[] };

/** Listens to a run to its end; `outcome` is `complete` or the error. */
export function recorded(run: Observable<SampleEvent>): Promise<Recorded> {
  return new Promise((resolve) => {
    const events: PlainEvent[] = [];
    run.subscribe({
      next: (event) => {
        const denoised = event.kind === 'step' ? { denoised: [...event.denoised.dataSync()] } : {};
        events.push({ ...event, x: [...event.x.dataSync()], ...denoised });
      },
      error: (outcome: unknown) => resolve({ events, outcome }),
      complete: () => resolve({ events, outcome: 'complete' }),
    });
  });
}

/** All at once. */
export const atOnce = (pipeline: Diffusion, asks: readonly SampleOptions[]): Promise<readonly Recorded[]> =>
  Promise.all(asks.map((ask) => recorded(pipeline.sample.events(ask))));

/** One after the other. */
export async function inTurn(pipeline: Diffusion, asks: readonly SampleOptions[]): Promise<readonly Recorded[]> {
  const all: Recorded[] = [];
  for (const ask of asks) all.push(await recorded(pipeline.sample.events(ask)));
  return all;
}

const endOf = ({ outcome }: Recorded): unknown => (outcome instanceof DiffusionError ? outcome.message : outcome);

const TENSORS = ['x', 'denoised'] as const;

/** Largest difference between the numbers of equal events; infinite where anything else differs. */
export function difference(a: Recorded, b: Recorded): number {
  const plain = ({ events }: Recorded): string =>
    JSON.stringify(events.map((event) => ({ ...event, x: event.x.length, denoised: undefined })));
  if (endOf(a) !== endOf(b) || plain(a) !== plain(b)) return Infinity;
  const distances = a.events.flatMap((event, at) =>
    TENSORS.flatMap((name) => {
      const [mine, other] = [event[name], b.events[at]?.[name]] as (readonly number[] | undefined)[];
      return (mine ?? []).map(
        (value, i) => Math.abs(value - (other?.[i] ?? Number.NaN)) / Math.max(1, Math.abs(value)),
      );
    }),
  );
  return Math.max(0, ...distances);
}
