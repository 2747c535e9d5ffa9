import { parseArgs } from 'node:util';
import { reportOf, type Outcome } from './report.js';
import { networkOutcomes } from './networks.js';
import { solverOutcomes } from './solvers.js';

/**
 * `npm run golden -- DIR... [--engine NAME]`: every golden case below the folders, run by our plugins: solver trajectories
 * (JSON of `cases`, in doubles) and network folders (`golden.json`, on the engine). The last line is
 * `N passed, N failed, N skipped`.
 */
const { positionals: folders, values } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string', default: 'tfjs-wasm' } },
});
if (folders.length === 0) throw new Error('say which folders: npm run golden -- test/golden');
const outcomes: Outcome[] = [];
for (const folder of folders)
  outcomes.push(...(await solverOutcomes(folder)), ...(await networkOutcomes(folder, values.engine)));
console.log(reportOf(outcomes));
process.exitCode = outcomes.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
