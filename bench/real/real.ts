import type { Benchmark, Figure } from '../figures.js';
import { hasPeer } from '../engine/peer.js';
import { dit } from './dit.js';
import { text, unet, vae } from './stable-diffusion.js';
import { stream } from './stream.js';

/** The parts of this benchmark, by the word that chooses them; without words all of them run. */
const PARTS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = { text, vae, unet, dit, stream };

/**
 * Networks of true scale, with random weights, against diffusers in PyTorch (where `RXDIFFUSION_PYTHON` names a Python). The
 * sides take turns, each in a process of its own, on two threads. Wants 6 GB of memory, and as much for temporary files.
 */
export const real: Benchmark = async (words) => {
  if (!hasPeer)
    console.warn(
      'PyTorch is left out: set RXDIFFUSION_PYTHON to a Python with torch 2.15.0, diffusers 0.42.1 and transformers',
    );
  const rows: Figure[] = [];
  for (const word of words.length === 0 ? Object.keys(PARTS) : words) {
    const part = PARTS[word];
    if (part === undefined) throw new Error(`no part '${word}'; there are ${Object.keys(PARTS).join(', ')}`);
    rows.push(...(await part()));
  }
  return rows;
};
