import type { Benchmark, Figure } from '../figures.js';
import { coldStart, contended, eventLoopDelay, memory } from './behaviour.js';
import { onGpus } from './gpus.js';
import { hasPeer } from './peer.js';
import { againstDiffusers } from './sampling.js';
import { sideBySide } from './side-by-side.js';
import { againstEngines, againstTorch } from './speed.js';
import { onWebAssembly } from './web-assembly.js';

/** The parts of this benchmark, by the word that chooses them; without words all of them run. */
const PARTS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  torch: againstTorch,
  engines: againstEngines,
  gpus: onGpus,
  'web-assembly': onWebAssembly,
  diffusers: againstDiffusers,
  'side-by-side': sideBySide,
  delay: eventLoopDelay,
  contended,
  memory,
  cold: coldStart,
};

/**
 * The engine `onnxruntime` against PyTorch and diffusers (where `RXDIFFUSION_PYTHON` names a Python that has them), against the
 * other engines, and beside itself. Ratios are theirs to ours, medians of paired rounds: above 1 is faster than they are.
 */
export const engine: Benchmark = async (words) => {
  if (!hasPeer)
    console.warn('PyTorch is left out: set RXDIFFUSION_PYTHON to a Python with torch 2.15.0 and diffusers 0.42.1');
  const chosen = words.length === 0 ? Object.keys(PARTS) : words;
  const rows: Figure[] = [];
  for (const word of chosen) {
    const part = PARTS[word];
    if (part === undefined) throw new Error(`no part '${word}'; there are ${Object.keys(PARTS).join(', ')}`);
    rows.push(...(await part()));
  }
  return rows;
};
