import { reportOf, type Outcome } from './report.js';
import { networkOutcomes } from './networks.js';
import { solverOutcomes } from './solvers.js';

/**
 * `npm run golden -- DIR...`: every golden case below the folders, run by our plugins: solver trajectories (JSON of
 * `cases`) and network folders (`golden.json`). The last line is `N passed, N failed, N skipped`.
 */
const folders = process.argv.slice(2);
if (folders.length === 0) throw new Error('say which folders: npm run golden -- test/golden');
const outcomes: Outcome[] = [];
for (const folder of folders) outcomes.push(...(await solverOutcomes(folder)), ...(await networkOutcomes(folder)));
console.log(reportOf(outcomes));
process.exitCode = outcomes.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
