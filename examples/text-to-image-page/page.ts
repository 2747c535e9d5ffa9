import { catchError, concatMap, filter, fromEvent, map, merge, of, share, startWith, switchMap, takeUntil } from 'rxjs';
import { pixels, standardPlugins, type Diffusion, type PlainSampleEvent } from 'rxdiffusion';
import { loadPipeline, readFiles, readUrl, type LoadEvent } from 'rxdiffusion/diffusers';
import { encodePng, toPixels } from 'rxdiffusion/images';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';

const bar = document.querySelector('progress')!;
const words = document.querySelector('output')!;
const picture = document.querySelector('img')!;
const text = (said: FormData, name: string) => said.get(name) as string;
const cancel$ = fromEvent(document.querySelector('#cancel')!, 'click');

/** What a form says, each time that it is sent. */
const sent = (name: string) => {
  const form = document.forms.namedItem(name)!;
  return fromEvent(form, 'submit').pipe(map(() => new FormData(form)));
};

/** The model that the first form names: cancelled while it is loaded, then there until another is opened. */
function model$(said: FormData) {
  const files = (said.getAll('folder') as File[]).filter(({ name }) => name !== '');
  const read = files.length > 0 ? readFiles(files) : readUrl(new URL(text(said, 'address'), location.href));
  const use = { engine: 'onnxruntime-web', sampler: text(said, 'sampler') };
  const plugins = [...standardPlugins, onnxruntimeWeb];
  const events$ = loadPipeline(read, { plugins, steps: Number(said.get('steps')), use }).pipe(share());
  return events$.pipe(takeUntil(cancel$.pipe(takeUntil(events$.pipe(filter(({ kind }) => kind === 'pipeline'))))));
}

/** A run each time that the second form is sent, until it is cancelled or another one begins. */
const runs$ = (pipeline: Diffusion) =>
  sent('make').pipe(
    map((said) => ({ condition: text(said, 'prompt'), seed: Number(said.get('seed')) })),
    switchMap((request) => pipeline.sample.events(request).pipe(pixels(), takeUntil(cancel$))),
  );

/** Shows how far the loading or the run is, and its picture. */
async function show(event: LoadEvent | PlainSampleEvent | { readonly kind: string }): Promise<void> {
  const loading = 'loaded' in event ? [event.loaded, event.total] : [0, 1];
  const [done = 0, all = 1] = 'index' in event ? [event.index + 1, event.count] : loading;
  bar.value = event.kind === 'end' ? 1 : done / all;
  words.value = event.kind + (done > 0 ? ` ${done} of ${all}` : '');
  if (!('images' in event)) return;
  const png = await encodePng(toPixels(event.images));
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(new Blob([png], { type: 'image/png' }));
}

const models$ = sent('open').pipe(
  switchMap((said) =>
    model$(said).pipe(
      switchMap((event) => (event.kind === 'pipeline' ? runs$(event.pipeline).pipe(startWith(event)) : of(event))),
      catchError((error: unknown) => of({ kind: String(error) })),
    ),
  ),
);
merge(models$, cancel$.pipe(map(() => ({ kind: 'cancelled' }))))
  .pipe(concatMap(show))
  .subscribe();
