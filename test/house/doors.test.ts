import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as frontDoor from 'rxdiffusion';
import * as diffusers from 'rxdiffusion/diffusers';
import * as images from 'rxdiffusion/images';
import * as pluginDoor from 'rxdiffusion/plugin';
import { ROOT } from './source-files.js';

type Values = Readonly<Record<string, unknown>>;
const front: Values = { ...frontDoor };
const plugin: Values = { ...pluginDoor };
const doors: Readonly<Record<string, Values>> = { diffusers: { ...diffusers }, images: { ...images }, plugin };

/** The values of the front door of version 0.1.0. */
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

/** Names by the door that the page says they are in now. */
function movedNames(): ReadonlyMap<string, string> {
  const rows = readFileSync(join(ROOT, 'docs', 'migration.md'), 'utf8').matchAll(/^\|(.*)\| `rxdiffusion\/(\w+)`/gm);
  return new Map(
    [...rows].flatMap(([, names = '', door = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, door]),
    ),
  );
}

/** Names of contracts that a door re-exports, types as well. */
function contractsOf(door: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'src', `${door}.ts`), 'utf8');
  const found = text.matchAll(/export (?:type )?\{([^}]*)\} from '\.\/core\/contracts\/[\w-]+\.js'/g);
  const names = [...found].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()));
  return names.filter((name) => name !== '').toSorted();
}

describe('the doors', () => {
  it('are narrow: the front door has at most 90 values', () => {
    expect(Object.keys(front).length).toBeLessThanOrEqual(90);
  });

  it('have every value of 0.1.0, in the front or where the page of migration says', () => {
    const moved = movedNames();
    const lost = BEFORE.filter((name) => !(name in front)).filter(
      (name) => !(name in (doors[moved.get(name) ?? ''] ?? {})),
    );
    expect(lost).toEqual([]);
    expect(BEFORE.filter((name) => name in front && moved.has(name))).toEqual([]);
  });

  it('have the same contracts for users and for authors', () => {
    expect(contractsOf('plugin')).toEqual(contractsOf('index'));
  });

  it('let authors import from one of them', () => {
    for (const name of ['definePlugin', 'defineSampler', 'Roles', 'role', 'optional', 'DiffusionError'])
      expect(plugin[name]).toBe(front[name]);
  });
});
