import { catalogue, Roles, standardPlugins, type Settings } from 'rxdiffusion';
import { strongErrors } from 'rxdiffusion/testing';
import { rounded, type Benchmark, type Figure } from './figures.js';

const STEPS = [10, 20, 40, 80, 160];

/** The solvers that follow a Brownian path, and the clock in which they do. */
const SOLVERS: readonly (readonly [name: string, config: Settings, clock: number])[] = [
  ['dpmpp-sde', {}, 1],
  ['dpmpp-2m-sde', {}, 1],
  ['dpmpp-2m-sde', { solver: 'heun' }, 1],
  ['dpmpp-3m-sde', {}, 1],
  ['sa-solver', { tauTimes: [0, 1000] }, 1],
  ['sde-dpm-solver', { order: 1 }, -1],
  ['sde-dpm-solver', { order: 2 }, -1],
  ['dpmpp-2m-sde', { noise: 'independent' }, 1],
];

/**
 * Strong order of the SDE solvers in double precision: root mean square distances from the exact solution of the reverse
 * SDE of Gaussian data on the same Brownian paths. The last row, with fresh noise in each step, has none.
 */
export const strongOrder: Benchmark = async () => {
  const known = catalogue(standardPlugins).of(Roles.sampler);
  const rows: Figure[] = [];
  for (const [name, config, clock] of SOLVERS) {
    const definition = known.find((each) => each.name === name);
    if (definition === undefined) throw new Error(`no sampler ${name}`);
    const sampler = await definition.create({ config: definition.config.parse(config) });
    const errors = strongErrors(sampler, STEPS, { cells: 2560, clock });
    const slope = Math.log2((errors.at(-2) ?? Number.NaN) / (errors.at(-1) ?? Number.NaN));
    const columns = errors.map((error, i) => [`N = ${STEPS[i]}`, error.toExponential(1)]);
    rows.push({
      sampler: name,
      config: JSON.stringify(config),
      measured: rounded(slope, 2),
      ...Object.fromEntries(columns),
    });
  }
  return rows;
};
