import { joined } from '../../../../core/storage/handmade-files.js';
import { mutated, type Dice } from '../../../../core/storage/mutator.js';
import type { Files } from './bases.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What nobody would write, or somebody would who means harm. */
const HOSTILE: readonly Json[] = [
  ...[0, -1, 0.5, 1, 3, 2 ** 31, 2 ** 53, 1e308, -1e308],
  ...['', 'x', '../../etc/passwd', '/dev/zero', '__proto__', 'constructor', 'https://example.org/a', 'NaN', '1'],
  ...['x'.repeat(5000), '\u0000', 'é'.normalize('NFD')],
  ...[null, true, false, [], {}, [[]], [0], [1, 2, 3], ['x'], { __proto__: 1 }, { a: { b: { c: [] } } }],
  Array.from({ length: 1000 }, () => 1),
  Array.from({ length: 1000 }, () => 'x'),
];

/** A copy of a file with something changed, by what kind of file it is. */
export function mutatedFile(path: string, bytes: Uint8Array, dice: Dice): Uint8Array {
  if (path.endsWith('.safetensors')) return mutatedTensors(bytes, dice);
  if (path.endsWith('.json') && dice.below(3) > 0) return mutatedJson(bytes, dice);
  return bytes.length > 20_000 ? cutText(bytes, dice) : mutated(bytes, dice);
}

/** A copy of a folder with one to three of its files changed, lost, empty or in another's place. */
export function mutatedFolder(files: Files, dice: Dice): Files {
  const paths = Object.keys(files);
  // Weights that are broken end a trial before its configs are seen.
  const configs = paths.filter((path) => path.endsWith('.json'));
  const changed: Record<string, Uint8Array> = { ...files };
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const path = dice.oneOf(dice.below(3) > 0 ? configs : paths);
    const what = dice.below(24);
    if (what === 0) delete changed[path];
    else if (what === 1) changed[path] = new Uint8Array();
    else if (what === 2) changed[path] = files[dice.oneOf(paths)] as Uint8Array;
    else changed[path] = mutatedFile(path, changed[path] ?? new Uint8Array(), dice);
  }
  return changed;
}

/** Mostly the header: that of a file of some hundred kilobytes is found by few changes anywhere. */
function mutatedTensors(bytes: Uint8Array, dice: Dice): Uint8Array {
  if (bytes.length < 8) return mutated(bytes, dice);
  const said = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const end = Math.min(bytes.length, 8 + said + 16);
  if (dice.below(8) === 0) return bytes.slice(0, dice.below(bytes.length));
  return joined(mutated(bytes.slice(0, end), dice), bytes.subarray(end));
}

function cutText(bytes: Uint8Array, dice: Dice): Uint8Array {
  const from = dice.below(bytes.length);
  return joined(bytes.subarray(0, from), mutated(bytes.slice(from, from + 200), dice), bytes.subarray(from + 200));
}

/** One to three values replaced, keys taken away, added or renamed, wherever they lie. */
function mutatedJson(bytes: Uint8Array, dice: Dice): Uint8Array {
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch {
    return mutated(bytes, dice);
  }
  for (let count = 1 + dice.below(3); count > 0; count--) json = changedJson(json, dice);
  return new TextEncoder().encode(JSON.stringify(json));
}

function changedJson(json: Json, dice: Dice): Json {
  if (json === null || typeof json !== 'object' || Object.keys(json).length === 0 || dice.below(60) === 0)
    return dice.oneOf(HOSTILE);
  const key = dice.oneOf(Object.keys(json));
  if (Array.isArray(json)) {
    const place = Number(key);
    if (dice.below(6) === 0) return json.toSpliced(place, dice.below(2), dice.oneOf(HOSTILE));
    return json.with(place, changedJson(json[place] as Json, dice));
  }
  const { [key]: value = null, ...others } = json;
  switch (dice.below(8)) {
    case 0:
      return others;
    case 1:
      return { ...others, [`${key}s`]: value };
    case 2:
      return { ...json, [dice.oneOf(['colour', '__proto__', 'constructor', '_class_name'])]: dice.oneOf(HOSTILE) };
    default:
      return { ...others, [key]: changedJson(value, dice) };
  }
}
