import type { SchedulerPlugins } from '../scheduler-file.js';
import { named, type Fragment } from './fragment.js';

/** What plugins do where their config is silent, for keys that a reading may say outright. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  ...{ trainSteps: 1000, finalAlpha: 'one', extraPoint: false, final: 'zero', offset: 0, rho: 7, sigmaData: 0.5 },
  ...{ sigmaMin: 0.002, sigmaMax: 80 },
  ...{ 'linear/betaStart': 1e-4, 'linear/betaEnd': 0.02, 'scaled-linear/betaStart': 0.00085 },
  ...{ 'scaled-linear/betaEnd': 0.012, 'sigmoid/betaStart': 1e-4, 'sigmoid/betaEnd': 0.02, rounding: 'none' },
  ...{ solver: 'midpoint', finalOrder: 2, order: 2, variance: 'fixed-small', lowerOrderFinal: false, eta: 0 },
};

/** Settings of a fragment that a reading does not have, or has otherwise; by slot and key. */
export function differences(fragment: Fragment, read: SchedulerPlugins): string[] {
  return (Object.keys(fragment) as (keyof Fragment)[]).flatMap((slot) => {
    const [wanted, got] = [fragment[slot], named(read[slot])];
    if (wanted.name !== got.name) return [`${slot} ${wanted.name}, read back as ${got.name}`];
    const keys = [...new Set([...Object.keys(wanted.config), ...Object.keys(got.config)])];
    const silent = (key: string): unknown => DEFAULTS[`${wanted.name}/${key}`] ?? DEFAULTS[key];
    return keys
      .filter((key) => !equal(wanted.config[key] ?? silent(key), got.config[key] ?? silent(key)))
      .map((key) => `${slot} ${wanted.name}: ${key}`);
  });
}

function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
