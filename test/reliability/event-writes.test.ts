import { lastValueFrom, map, tap, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import { nodePlugins } from '../../src/pipelines/presets/node-plugins.js';
import { tinyPipeline } from './tiny-pipeline.js';
import { ownPlugins } from './tiny-plugins.js';

const request = { steps: 3, count: 2, seed: 3, condition: 1 };

it.each(['tfjs-cpu', 'tfjs-wasm', 'onnxruntime'])(
  'on %s nobody writes into a run through its events',
  async (engine) => {
    await using pipeline = await tinyPipeline({ engine }, [...nodePlugins, ...ownPlugins]);
    const read: Promise<unknown>[] = [];
    const writes = tap(({ x }: SampleEvent) => {
      x.dataSync().fill(9);
      read.push(x.data().then((values) => values.fill(9)));
    });
    const numbers = map(({ x }: SampleEvent) => [...x.dataSync()]);
    const honest = await lastValueFrom(pipeline.sample.events(request).pipe(numbers, toArray()));
    const written = await lastValueFrom(pipeline.sample.events(request).pipe(writes, numbers, toArray()));
    await Promise.all(read);
    expect(written).toEqual(honest);
    expect(honest).toHaveLength(5);
  },
);
