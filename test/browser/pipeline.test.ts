import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffusion, type FloatImages } from 'rxdiffusion';
import { readPipeline } from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder } from 'rxdiffusion/node';
import { ROOT } from '../house/source-files.js';
import { full } from '../effort.js';
import { GOLDEN, modelFiles } from './golden-pipeline.js';
import type { Question, Sampled } from './pipeline-page/main.js';
import { chromium, servedPage, type ServedPage } from './served-page.js';

const MINUTES = 60_000;
const STEPS = 2;
const REQUEST = { condition: 'a watercolor painting of a red fox', seeds: [5, 6], height: 16, width: 24 };

describe.skipIf(chromium === undefined || !full)(
  'a folder of diffusers in headless Chromium, from the packed package (skipped where there is none)',
  () => {
    let [served, expected]: [ServedPage?, FloatImages?] = [];
    beforeAll(async () => {
      expected = await sampledInNode();
      const sources = join(ROOT, 'test', 'browser', 'pipeline-page');
      served = await servedPage(sources, join(ROOT, 'out', 'browser-pipeline'));
    }, 5 * MINUTES);
    afterAll(() => served?.close());

    it.each([
      ['url', 'onnxruntime-web', 'onnxruntime-web'],
      ['files', 'onnxruntime-web', 'onnxruntime-web'],
      ['url', 'tfjs-wasm', 'wasm'],
    ] as const)(
      'gives the pixels of Node by %s on %s',
      async (from, engine, backend) => {
        const page = await (served as ServedPage).open(modelFiles());
        if (from === 'files') await page.locator('input').setInputFiles(join(ROOT, GOLDEN));
        const question: Question = { from, engine, steps: STEPS, request: REQUEST };
        const code = `sampled(${JSON.stringify(question)})`;
        const answer = (await page.evaluate(code)) as Sampled;
        expect([answer.engine, answer.shape]).toEqual([backend, expected?.shape]);
        const furthest = answer.data.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (expected?.data[at] ?? Number.NaN))),
          0,
        );
        console.log(`the pipeline by ${from} on ${engine}: ${furthest.toExponential(1)} from Node`);
        expect(furthest).toBeLessThan(1e-4);
      },
      2 * MINUTES,
    );
  },
);

async function sampledInNode(): Promise<FloatImages> {
  await using model = await readPipeline(readFolder(join(ROOT, GOLDEN)), { steps: STEPS });
  const plugins = [...nodePlugins, ...model.plugins];
  await using pipeline = await diffusion(model.recipe, { plugins, weights: model.weights });
  using result = await pipeline.sample(REQUEST);
  return result.images();
}
