import { catchError, concatMap, filter, fromEvent, map, merge, of, share, startWith, switchMap, takeUntil } from 'rxjs';
import { pixels, standardPlugins, type Diffusion, type PlainSampleEvent } from 'rxdiffusion';
import { loadPipeline, readFiles, readUrl, type LoadEvent } from 'rxdiffusion/diffusers';
import { encodePng, toPixels } from 'rxdiffusion/images';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';

const find = <E extends Element>(selector: string): E => document.querySelector(selector) as E;
const cancel$ = fromEvent(find('#cancel'), 'click');

/** What a form says, each time that it is sent. */
const sent = (form: string) =>
  fromEvent(find(form), 'submit').pipe(map(() => new FormData(find<HTMLFormElement>(form))));

/** The model that the first form names: cancelled while it is loaded, then there until another is opened. */
function model$(said: FormData) {
  const files = (said.getAll('folder') as File[]).filter(({ name }) => name !== '');
  const read = files.length > 0 ? readFiles(files) : readUrl(new URL(String(said.get('address')), location.href));
  const use = { engine: 'onnxruntime-web', sampler: String(said.get('sampler')) };
  const plugins = [...standardPlugins, onnxruntimeWeb];
  const events$ = loadPipeline(read, { plugins, steps: Number(said.get('steps')), use }).pipe(share());
  return events$.pipe(takeUntil(cancel$.pipe(takeUntil(events$.pipe(filter(({ kind }) => kind === 'pipeline'))))));
}

/** A run each time that the second form is sent, until it is cancelled or another one begins. */
const runs$ = (pipeline: Diffusion) =>
  sent('#make').pipe(
    map((said) => ({ condition: String(said.get('prompt')), seed: Number(said.get('seed')) })),
    switchMap((request) => pipeline.sample.events(request).pipe(pixels(), takeUntil(cancel$))),
  );

/** Shows how far the loading or the run is, and its picture. */
async function show(event: LoadEvent | PlainSampleEvent | { readonly kind: string }): Promise<void> {
  const loading = 'loaded' in event ? [event.loaded, event.total] : [0, 1];
  const [done = 0, all = 1] = 'index' in event ? [event.index + 1, event.count] : loading;
  find<HTMLProgressElement>('progress').value = event.kind === 'end' ? 1 : done / all;
  find<HTMLOutputElement>('output').value = event.kind + (done > 0 ? ` ${done} of ${all}` : '');
  if (!('images' in event)) return;
  const png = await encodePng(toPixels(event.images));
  const picture = find<HTMLImageElement>('img');
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(new Blob([png], { type: 'image/png' }));
}

const models$ = sent('#open').pipe(
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
