import { expect, it } from 'vitest';
import { driftOf, type Work } from '../../bench/soak/drift.js';
import { builtSource } from '../built-source.js';
import { full, times } from '../effort.js';
import { figure } from '../figure.js';

const doors = [builtSource('index.ts'), builtSource('node.ts'), builtSource('onnxruntime-web.ts')] as const;
const engines = full ? ['onnxruntime', 'tfjs-wasm', 'onnxruntime-web'] : ['onnxruntime'];
const counts: Readonly<Record<Work, number>> = { runs: times(40, 600), updates: times(0, 4000) };

/**
 * A session of ONNX Runtime that is left behind takes 2.8 MB. A process of these lengths still warms up: `npm run bench -- soak`
 * runs 2,000 and 20,000, where it drifts by less than 1 %.
 */
const MEGABYTES = times(0.5, 0.2);
const DRIFT = times(0.1, 0.06);

it.each(engines)(
  'resident memory stays where it was after warm-up: %s',
  async (engine) => {
    for (const work of ['runs', 'updates'] as const) {
      const count = counts[work];
      if (count === 0) continue;
      const { before, after, slope, share } = await driftOf(doors, engine, work, count);
      const [from, to, drift] = [before.toFixed(0), after.toFixed(0), (share * 100).toFixed(1)];
      figure('R9', `${engine}, the last ${count / 2} of ${count} ${work}: ${from} to ${to} MB, a drift of ${drift} %`);
      expect(slope).toBeLessThan(MEGABYTES);
      expect(share).toBeLessThanOrEqual(DRIFT);
    }
  },
  1_800_000,
);
