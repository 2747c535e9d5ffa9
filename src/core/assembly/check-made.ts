import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';

/** What a plugin of each role must have, as its contract says: methods, and records in brackets. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  schedule: ['at', 'timeAt', 'levelAt', 'priorStd'],
  grid: ['levels'],
  parameterization: ['at'],
  denoiser: ['predict', '[info]', '[parameters]'],
  control: ['residuals', '[info]', '[parameters]'],
  adapter: ['apply', '[changes]', '[parameters]'],
  classifier: ['logProbability', '[info]', '[parameters]'],
  codec: ['encode', 'decode', '[info]', '[parameters]'],
  conditioner: ['prepare', 'prepareBatch', 'encode'],
  guidance: ['branches', 'init', 'combine'],
  sampler: ['init', 'step'],
  noise: ['normal', 'uniform'],
  postProcessor: ['process'],
  dataset: ['batch', '[info]'],
  objective: ['coefficients', 'loss'],
  timestepSampler: ['level'],
  optimizer: ['init', 'scalars', 'update', 'learningRate'],
  average: ['decay'],
  store: ['read', 'write', 'list', 'remove'],
  engine: ['probe', 'start', 'run', 'compile', 'realize', 'stop'],
  observer: ['next'],
};

/** Throws `RXD_PLUGIN_OUTPUT` where what `create` gave is no plugin of its role. Roles that are not ours may be any value. */
export function checkMade(role: string, made: unknown): void {
  if (made === undefined || made === null) throw noPlugin(role, formatValue(made));
  const parts = PARTS[role];
  if (parts === undefined) return;
  if (typeof made !== 'object' && typeof made !== 'function') throw noPlugin(role, formatValue(made));
  const missing = parts.filter((part) => !has(made, part));
  if (missing.length > 0) throw noPlugin(role, `an object without ${missing.join(', ').replaceAll(/[[\]]/g, '')}`);
}

function has(made: object, part: string): boolean {
  if (!part.startsWith('[')) return typeof Reflect.get(made, part) === 'function';
  const value: unknown = Reflect.get(made, part.slice(1, -1));
  return typeof value === 'object' && value !== null;
}

function noPlugin(role: string, got: string): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: '`create` returned no plugin of its role',
    got,
    expected: `a ${role}${PARTS[role] === undefined ? '' : ` with ${PARTS[role].join(', ').replaceAll(/[[\]]/g, '')}`}`,
    fix: 'return the plugin from `create`; if it is not yours, tell its author',
  });
}
