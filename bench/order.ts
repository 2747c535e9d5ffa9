import { catalogue, Roles, standardPlugins } from 'rxdiffusion';
import { convergenceErrors, measuredOrder } from 'rxdiffusion/testing';
import { rounded, type Benchmark, type Figure } from './figures.js';

const STEPS = [10, 20, 40, 80, 160, 320, 640];

/**
 * Order of convergence of every deterministic sampler in double precision: root mean square errors against the exact
 * probability-flow ODE of a Gaussian mixture, evenly spaced in lambda.
 */
export const order: Benchmark = async () => {
  const rows: Figure[] = [];
  for (const definition of catalogue(standardPlugins).of(Roles.sampler)) {
    const sampler = await definition.create({ config: definition.config.parse({}) });
    if (sampler.stochastic) continue;
    const errors = convergenceErrors(sampler, STEPS).map((error, i) => [`N = ${STEPS[i]}`, error.toExponential(1)]);
    const measured = rounded(measuredOrder(sampler), 2);
    rows.push({ sampler: definition.name, declared: sampler.order, measured, ...Object.fromEntries(errors) });
  }
  return rows;
};
