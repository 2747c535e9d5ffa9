import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as mainEntry from 'rxdiffusion';
import * as diffusers from 'rxdiffusion/diffusers';
import * as images from 'rxdiffusion/images';
import * as pluginEntry from 'rxdiffusion/plugin';
import { ROOT } from './source-files.js';

type Values = Readonly<Record<string, unknown>>;
const front: Values = { ...mainEntry };
const plugin: Values = { ...pluginEntry };
const entries: Readonly<Record<string, Values>> = { diffusers: { ...diffusers }, images: { ...images }, plugin };

/** The values of the main entry point of version 0.1.0. */
const BEFORE = `
  API_VERSION BatchTicket CHECKPOINT_FORMAT CorruptedTicket DIFFUSERS_QUIRKS DIGITS_ATTRIBUTION DiffusionError
  ERROR_CODES Plugin RECIPE_FORMAT Roles SampleResult TrainResult assemble attention autoEngine batches catalogue
  checkpoint checkpointOf checkpointWeights concatLevels corrupt decodeCheckpoint decodeSafetensors definePlugin
  definePreset defineSampler devicePool diffusion embeddingLookup encodeCheckpoint encodeGif encodePng
  encodeSafetensors evaluate explain fit fitDataOf flipLevels floatImages flowLevel groupNorm jsonLines
  lambdaOfSigma levelOnPath levelsFromStrength lineChart loadDigits loadNewest memoryStore normalRecipe observe
  optional outOfMemory parallel parseRecipe philox pixels pluginOf portDevice postProcess preview progressBar
  readScheduler refuseDisposed resizeImages results reverse role sampleSettings samplingParts saveCheckpoint scoped
  serveDevice shuffled silu splitLevels standardPlugins startingNoise subVpLevel subdivideLevels tensorSpace
  tileImages toPixels trainEvents trainSettings trained trainingParts unet2dFromFiles upsampleNearest2x veLevel
  vpLevel writeScheduler
`
  .trim()
  .split(/\s+/);

/** Names by the entry point that the page says they are in now. */
function movedNames(): ReadonlyMap<string, string> {
  const rows = readFileSync(join(ROOT, 'docs', 'migration.md'), 'utf8').matchAll(/^\|(.*)\| `rxdiffusion\/(\w+)`/gm);
  return new Map(
    [...rows].flatMap(([, names = '', entry = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, entry]),
    ),
  );
}

/** Values of 0.1.0 by the name that the page says they have now. */
function renamedValues(): ReadonlyMap<string, string> {
  const page = readFileSync(join(ROOT, 'docs', 'migration.md'), 'utf8');
  const [, section = ''] = page.split('## Names that changed');
  const rows = section.split('\n## ')[0]?.matchAll(/^\| `(\w+)`\s*\| `(\w+)`\s*\|$/gm) ?? [];
  return new Map([...rows].map(([, before = '', now = '']) => [before, now]));
}

/** Names of contracts that an entry point re-exports, types as well. */
function contractsOf(entry: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'src', `${entry}.ts`), 'utf8');
  const found = text.matchAll(/export (?:type )?\{([^}]*)\} from '\.\/core\/contracts\/[\w-]+\.js'/g);
  const names = [...found].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()));
  return names.filter((name) => name !== '').toSorted();
}

describe('the entry points', () => {
  it('are narrow: the main one has at most 90 values', () => {
    expect(Object.keys(front).length).toBeLessThanOrEqual(90);
  });

  it('have every value of 0.1.0, in the main one or where and by the name that the page of migration says', () => {
    const [moved, renamed] = [movedNames(), renamedValues()];
    const now = (name: string): string => renamed.get(name) ?? name;
    const lost = BEFORE.filter((name) => !(now(name) in front)).filter(
      (name) => !(now(name) in (entries[moved.get(name) ?? ''] ?? {})),
    );
    expect(lost).toEqual([]);
    expect(BEFORE.filter((name) => name in front && (moved.has(name) || renamed.has(name)))).toEqual([]);
  });

  it('have the same contracts for users and for authors', () => {
    expect(contractsOf('plugin')).toEqual(contractsOf('index'));
  });

  it('let authors import from one of them', () => {
    for (const name of ['definePlugin', 'defineSampler', 'Roles', 'role', 'optional', 'DiffusionError'])
      expect(plugin[name]).toBe(front[name]);
  });
});
