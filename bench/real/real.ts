import type { Benchmark, Figure } from '../figures.js';
import { hasPeer } from '../engine/peer.js';
import { dit } from './dit.js';

/** The parts of this benchmark, by the word that chooses them; without words all of them run. */
const PARTS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = { dit };

/** Networks of true scale, with random weights, against diffusers in PyTorch (where `RXDIFFUSION_PYTHON` names a Python). */
export const real: Benchmark = async (words) => {
  if (!hasPeer)
    console.warn('PyTorch is left out: set RXDIFFUSION_PYTHON to a Python with torch 2.15.0 and diffusers 0.42.1');
  const rows: Figure[] = [];
  for (const word of words.length === 0 ? Object.keys(PARTS) : words) {
    const part = PARTS[word];
    if (part === undefined) throw new Error(`no part '${word}'; there are ${Object.keys(PARTS).join(', ')}`);
    rows.push(...(await part()));
  }
  return rows;
};
