import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCheckpoint, parseRecipe } from 'rxdiffusion';
import { digitsJob } from '../../examples/digits/job.js';
import { full } from '../effort.js';

let out = '';
beforeAll(async () => void (out = await mkdtemp(join(tmpdir(), 'digits-'))));
afterAll(() => rm(out, { recursive: true }));

describe('the main job', () => {
  it('trains, samples and leaves pictures, checkpoint and recipe', async () => {
    const written = await digitsJob({ steps: 3, channels: [8, 8], samplingSteps: 5, out });
    const files = ['checkpoint-00000003.safetensors', 'denoising.gif', 'denoising.png', 'digits.png', 'loss.png'];
    expect((await readdir(out)).toSorted()).toEqual([...files, 'recipe.json']);
    expect(written.map(({ path }) => path).toSorted()).toEqual(
      [...files, 'recipe.json'].map((file) => join(out, file)),
    );
    const picture = await readFile(join(out, 'digits.png'));
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([524, 524]);
    const checkpoint = await decodeCheckpoint(await readFile(join(out, files[0] as string)));
    expect(checkpoint.step).toBe(3);
    const recipe: unknown = JSON.parse(await readFile(join(out, 'recipe.json'), 'utf8'));
    expect(parseRecipe(recipe).plugins).toEqual(checkpoint.recipe.plugins);
  });

  it.runIf(full)('stops early where it is asked to, and draws what it has', async () => {
    const job = { steps: 500, channels: [8, 8] as const, samplingSteps: 5, out: join(out, 'early') };
    const written = await digitsJob(job, of('now'));
    expect(written.some(({ path }) => path.endsWith('checkpoint-00000000.safetensors'))).toBe(true);
  });
});
