import { describe, expect, it, vi } from 'vitest';
import { diffusion, DiffusionError } from 'rxdiffusion';
import { readLora, readPipeline, type PipelineReading } from 'rxdiffusion/diffusers';
import { nodePlugins } from 'rxdiffusion/node';
import { Dice } from '../../../../core/storage/mutator.js';
import { times } from '../../../../effort.js';
import { figure } from '../../../../figure.js';
import { liveTensors } from '../../../../leak-guard.js';
import { FOLDERS, loraFile, ONE_FILE, readingOf, type Files } from './bases.js';
import { mutatedFile, mutatedFolder } from './mutate.js';

vi.setConfig({ testTimeout: 1_200_000 });

const [FOLDER_COUNT, FILE_COUNT] = [times(25, 500), times(400, 20_000)];

/** Most seconds of computing for one of them, most characters of an error, most megabytes that one of them adds. */
const [SECONDS, CHARACTERS, MEGABYTES] = [2, 2000, 256];

/** What came of them: how often which code, how often a result; what they cost, and what was wrong. */
class Tally {
  readonly outcomes: Record<string, number> = {};
  readonly wrong: string[] = [];
  #before = process.memoryUsage.rss();
  #slowest = 0;
  #most = 0;
  #count = 0;

  /** Whatever is thrown must be typed and short; it is done soon, and no tensor is left. */
  async try(name: string, seed: number, work: () => Promise<string>): Promise<void> {
    const tensors = liveTensors();
    const began = process.cpuUsage();
    const outcome = await work().catch((error: unknown) => this.#codeOf(error, `${name}, seed ${seed}`));
    const { user, system } = process.cpuUsage(began);
    const seconds = (user + system) / 1e6;
    if (seconds > SECONDS) this.wrong.push(`${name}, seed ${seed}: ${seconds} s`);
    if (liveTensors() !== tensors) this.wrong.push(`${name}, seed ${seed}: ${liveTensors() - tensors} tensors left`);
    this.#slowest = Math.max(this.#slowest, seconds);
    const now = process.memoryUsage.rss();
    this.#most = Math.max(this.#most, (now - this.#before) / 2 ** 20);
    this.#before = now;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    this.#count++;
  }

  #codeOf(error: unknown, name: string): string {
    if (!(error instanceof DiffusionError)) {
      this.wrong.push(`${name}: ${String(error)}`);
      return 'untyped';
    }
    if (error.message.length > CHARACTERS) this.wrong.push(`${name}: ${error.message.length} characters`);
    return error.code;
  }

  report(what: string): void {
    if (this.#most > MEGABYTES) this.wrong.push(`${this.#most} MB`);
    const cost = `at most ${this.#slowest.toFixed(2)} s and ${this.#most.toFixed(0)} MB`;
    const faults = `0 crashes, ${this.outcomes['untyped'] ?? 0} untyped`;
    figure('R1', `${this.#count} mutated ${what}, ${faults}, ${cost}: ${JSON.stringify(this.outcomes)}`);
  }
}

/** A pipeline that could be read, used for one step. */
async function sampled(model: PipelineReading): Promise<void> {
  const { plugins } = model.recipe;
  const recipe = { ...model.recipe, plugins: { ...plugins, engine: 'tfjs-cpu' } };
  const settings = { plugins: [...nodePlugins, ...model.plugins], weights: model.weights };
  await using pipeline = await diffusion(recipe, settings);
  const condition = model.className === 'DiTPipeline' ? [1] : 'a dog';
  const asked = model.className === 'DDPMPipeline' ? {} : { condition };
  (await pipeline.sample({ count: 1, steps: 1, seed: 1, ...asked })).dispose();
}

/** One in so many of the files that are read is sampled from too, as every folder is. */
const SAMPLED = 20;

const read = async (files: Files, isSampled: boolean): Promise<string> => {
  await using model = await readPipeline(readingOf(files), { steps: 1 });
  if (isSampled) await sampled(model);
  return 'read';
};

describe('whole pipelines of diffusers, mutated', () => {
  it('folders are refused by type, or sample', async () => {
    const tally = new Tally();
    const bases = Object.entries(FOLDERS);
    for (let seed = 0; seed < FOLDER_COUNT; seed++) {
      const [name, files] = bases[seed % bases.length] as (typeof bases)[number];
      const other = mutatedFolder(files, new Dice(seed));
      await tally.try(name, seed, async () => {
        await using model = await readPipeline(readingOf(other), { steps: 1 });
        await sampled(model);
        return 'sampled';
      });
    }
    tally.report('folders of pipelines');
    expect(tally.wrong).toEqual([]);
    expect(tally.outcomes['sampled']).toBeGreaterThan(0);
  });

  it('files are refused by type, or are read', async () => {
    const tally = new Tally();
    const ofFolders = Object.entries(FOLDERS).flatMap(([name, files]) =>
      Object.entries(files).map(([path, bytes]) => ({
        name: `${path} of ${name}`,
        tried: (dice: Dice) => read({ ...files, [path]: mutatedFile(path, bytes, dice) }, dice.below(SAMPLED) === 0),
      })),
    );
    await using base = await readPipeline(readingOf(FOLDERS['text to image']!), { steps: 1 });
    const lora = loraFile();
    const others = [
      {
        name: 'one file',
        tried: async (dice: Dice) => {
          const bytes = mutatedFile('.safetensors', ONE_FILE.bytes, dice);
          await using _ = await readPipeline(bytes, { config: readingOf(ONE_FILE.beside), steps: 1 });
          return 'read';
        },
      },
      {
        name: 'LoRA',
        tried: async (dice: Dice) => {
          await using _ = await readLora(mutatedFile('.safetensors', lora, dice), base);
          return 'read';
        },
      },
    ];
    // As many of each of the others as of four files of folders.
    const kinds = [...ofFolders, ...Array.from({ length: 4 }, () => others).flat()];
    for (let seed = 0; seed < FILE_COUNT; seed++) {
      const { name, tried } = kinds[seed % kinds.length] as (typeof kinds)[number];
      await tally.try(name, seed, () => tried(new Dice(seed)));
    }
    tally.report('files of pipelines');
    expect(tally.wrong).toEqual([]);
    expect(tally.outcomes['read']).toBeGreaterThan(0);
    expect(tally.outcomes['RXD_FILE_CORRUPT']).toBeGreaterThan(FILE_COUNT / 20);
  });
});
