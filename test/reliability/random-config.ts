import * as fc from 'fast-check';
import { z } from 'zod';
import type { PluginDefinition } from '../../src/core/assembly/define-plugin.js';

/** What JSON schema says of one key of a config. */
interface KeySchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly KeySchema[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
}

/** Values of keys that have no default, or are no plain number or word. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  betas: [[0.05, 0.1, 0.2, 0.3, 0.4, 0.5]],
  alphasCumprod: [[0.99, 0.9, 0.6, 0.3, 0.1, 0.01]],
  points: [
    [
      [0, 4],
      [1, -4],
    ],
  ],
  times: [[0.9, 0.6, 0.3]],
  lambdas: [[-3, -1, 1, 3]],
  sigmas: [[10, 3, 1, 0.3]],
  lambdaMin: [-5.1, -1],
  shiftTerminal: [0.1, 0.5],
  sigmaMin: [0.02, 0.3],
  sigmaMax: [0.9, 5, 80],
  sMax: [1, 50],
  previousTime: [1, 10],
  dynamicShift: [{ mu: 1.15 }, { kind: 'linear', mu: 3 }],
  of: [{ name: 'karras' }, { name: 'linspace' }],
  lateChurn: [{ sChurn: 3 }, { sChurn: 1, sMin: 0.1, sMax: 10 }],
  disableCorrector: [[0], [0, 2]],
  tauTimes: [[0.2, 0.8]],
  stepSigmas: [[50, 0.01]],
  intervals: [[{ sMin: 0.05, sMax: 1, steps: 3, times: 1 }], []],
  upTo: [1.5, 50, null],
  threshold: [0.5, null],
};

/** Configs of a plugin that its schema allows: each key left out, or one of its values. Keys that must be said are. */
export function randomConfig({ name, config }: PluginDefinition): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const schema = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' });
  const required = schema.required ?? [];
  const keys = Object.entries(schema.properties ?? {}).flatMap(([key, said]) => {
    const value = valueOf(said as KeySchema) ?? (key in CHOICES ? fc.constantFrom(...(CHOICES[key] ?? [])) : undefined);
    if (value !== undefined) return [[key, value] as const];
    if (required.includes(key)) throw new Error(`${name} must be told ${key}: give it a value here`);
    return [];
  });
  return fc.record(Object.fromEntries(keys), { requiredKeys: required });
}

/** Values of one key; `undefined` where it is no number, word, switch or choice. */
function valueOf(schema: KeySchema): fc.Arbitrary<unknown> | undefined {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) {
    const choices = schema.anyOf.flatMap((choice) => valueOf(choice) ?? []);
    return choices.length === 0 ? undefined : fc.oneof(...choices);
  }
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer' || schema.type === 'number') return numberOf(schema);
  return undefined;
}

/** Around the default, between the bounds; `undefined` where there is no default. */
function numberOf({ type, default: said, ...bounds }: KeySchema): fc.Arbitrary<number> | undefined {
  if (typeof said !== 'number') return undefined;
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = minimum, exclusiveMaximum = maximum } = bounds;
  const [low, high] = [Math.max(minimum, exclusiveMinimum), Math.min(maximum, exclusiveMaximum)];
  return fc.constantFrom(0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 18, 60).map((sixths) => {
    const value = type === 'integer' ? Math.round((said * sixths) / 6) : (said * sixths) / 6;
    return value > low && value < high ? value : said;
  });
}
