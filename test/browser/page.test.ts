import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDigits, type FloatImages, type SampleOptions, type Slots } from 'rxdiffusion';
import { nearestVote } from '../../examples/digits/measures.js';
import { ROOT } from '../house/source-files.js';
import { full } from '../effort.js';
import { chromium, servedPage, type Served, type ServedPage, type Serving } from './served-page.js';
import { sampledInNode, trainedDigits, type Trained } from './trained.js';

const MINUTES = 60_000;

interface Answer {
  readonly error?: string;
  readonly engine: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What else is served, and how. */
interface More extends Serving {
  readonly files?: Served;
  /** Where the page is to look for the files of onnxruntime-web. */
  readonly wasmPath?: string;
}

/** They let a page share memory between its threads. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

describe.skipIf(chromium === undefined || !full)(
  'the packed package in headless Chromium, in npm run check (skipped where there is none)',
  () => {
    let [page, model]: [ServedPage?, Trained?] = [];
    beforeAll(async () => {
      model = await trainedDigits();
      page = await servedPage();
    }, 5 * MINUTES);
    afterAll(() => page?.close());

    /** What the page answers when it is to sample on an engine. */
    async function answered(engine: Slots[string], request: SampleOptions, more: More = {}): Promise<Answer> {
      const question = {
        engine,
        request,
        wasmPath: more.wasmPath,
      };
      const served = {
        '/question.json': JSON.stringify(question),
        '/weights.safetensors': (model as Trained).weights,
        ...more.files,
      };
      return (await (page as ServedPage).answer(served, more)) as Answer;
    }

    /** What the page samples on an engine, beside what Node does. */
    async function sampled(
      engine: Slots[string],
      request: SampleOptions,
      more?: More,
    ): Promise<readonly [Answer, FloatImages]> {
      const answer = await answered(engine, request, more);
      expect(answer.error).toBeUndefined();
      const expected = await sampledInNode(model as Trained, request);
      expect(answer.shape).toEqual(expected.shape);
      return [answer, expected];
    }

    it(
      'samples digits of a trained model as Node does, on tfjs-wasm, and they can be read',
      async () => {
        const condition = Array.from({ length: 40 }, (_, k) => k % 10);
        const [answer, expected] = await sampled('tfjs-wasm', { count: 40, seed: 3, condition });
        expect(furthest(answer.data, expected)).toBeLessThan(1e-4);
        const training = await loadDigits({ split: 'train' });
        const read = nearestVote(
          training,
          5,
        )({
          data: Float32Array.from(answer.data),
          labels: Int32Array.from(condition),
          shape: [40, 8, 8, 1],
        });
        expect(read.filter((digit, k) => digit === condition[k]).length).toBeGreaterThanOrEqual(36);
      },
      MINUTES,
    );

    it.each([
      ['auto, in a page that may share memory', { headers: ISOLATED }],
      ['auto, from the development server', { development: true }],
    ])(
      'samples on %s',
      async (_, more) => {
        const [answer, expected] = await sampled('auto', { count: 2, seed: 3, condition: [4, 7] }, more);
        expect(answer.engine).toBe('wasm');
        expect(furthest(answer.data, expected)).toBeLessThan(1e-4);
      },
      MINUTES,
    );

    it(
      'samples on onnxruntime-web, in a worker',
      async () => {
        const [answer, expected] = await sampled(
          'onnxruntime-web',
          { count: 2, seed: 3, condition: [4, 7] },
          { files: wasmElsewhere(), wasmPath: '/elsewhere/' },
        );
        expect(answer.engine).toBe('onnxruntime-web');
        expect(furthest(answer.data, expected)).toBeLessThan(1e-4);
      },
      MINUTES,
    );

    it(
      'samples on several threads of onnxruntime-web where the page may share memory',
      async () => {
        const engine = { name: 'onnxruntime-web', config: { threads: 2 } };
        const request = { count: 2, seed: 3, condition: [4, 7] };
        const [answer, expected] = await sampled(engine, request, { headers: ISOLATED });
        expect(furthest(answer.data, expected)).toBeLessThan(1e-4);
      },
      MINUTES,
    );

    it(
      'says that onnxruntime-web is not where its settings say',
      async () => {
        const request = { count: 1, seed: 3, condition: [4] };
        const { error } = await answered('onnxruntime-web', request, { wasmPath: '/nowhere/' });
        expect(error).toContain('RXD_ENGINE_UNAVAILABLE');
      },
      MINUTES,
    );

    it(
      'samples on the WebGPU of onnxruntime-web',
      async () => {
        const engine = { name: 'onnxruntime-web', config: { provider: 'webgpu' } };
        const [answer, expected] = await sampled(engine, { count: 2, seed: 3, condition: [4, 7], steps: 4 });
        expect(answer.engine).toBe('onnxruntime-web');
        expect(furthest(answer.data, expected)).toBeLessThan(2e-3);
      },
      4 * MINUTES,
    );

    it(
      'samples on WebGPU',
      async () => {
        const [answer, expected] = await sampled('tfjs-webgpu', { count: 2, seed: 3, condition: [4, 7], steps: 4 });
        expect(answer.engine).toBe('webgpu');
        expect(furthest(answer.data, expected)).toBeLessThan(2e-3);
      },
      4 * MINUTES,
    );
  },
);

/** The WebAssembly of onnxruntime-web where no bundler puts it. */
function wasmElsewhere(): Served {
  const file = 'ort-wasm-simd-threaded.wasm';
  return { [`/elsewhere/${file}`]: readFileSync(join(ROOT, 'node_modules', 'onnxruntime-web', 'dist', file)) };
}

function furthest(data: readonly number[], expected: FloatImages): number {
  return data.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] ?? Number.NaN))), 0);
}
