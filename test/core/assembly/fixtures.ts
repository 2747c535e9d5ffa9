import { expect } from 'vitest';
import { z } from 'zod';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import type { ErrorCode } from '../../../src/core/errors/error-codes.js';
import { catalogue, type CatalogueEntry } from '../../../src/core/assembly/catalogue.js';
import { definePlugin } from '../../../src/core/assembly/define-plugin.js';
import { optional } from '../../../src/core/assembly/injection.js';
import { definePreset } from '../../../src/core/assembly/preset.js';
import { role } from '../../../src/core/assembly/role.js';

/** A small world of its own: a press prints with an ink, on paper where there is some, through any stamps. */
export interface Ink {
  readonly colour: string;
}
export interface Paper {
  readonly width: number;
}
export interface Stamp {
  readonly mark: string;
}
export interface Press {
  print(): string;
}

export const ink = role<Ink, 'one'>('ink', 'one');
export const paper = role<Paper, 'one'>('paper', 'one');
export const stamp = role<Stamp, 'many'>('stamp', 'many');
export const press = role<Press, 'one'>('press', 'one');

/** What was made and disposed, in order: `+ink/black`, `-ink/black`. */
export type Log = string[];

/** Plugins that write into a log; the sheet is made asynchronously. */
export function world(log: Log = []): readonly CatalogueEntry[] {
  const plain = z.strictObject({ depth: z.number().min(0).max(1).default(0.5).describe('how dark') });
  const inkNamed = (name: string) =>
    definePlugin({
      role: ink,
      name,
      config: plain,
      create: ({ config }) => {
        log.push(`+ink/${name}`);
        return { colour: `${name} ${config.depth}`, dispose: () => log.push(`-ink/${name}`) };
      },
    });
  return [
    inkNamed('black'),
    inkNamed('blue'),
    definePlugin({
      role: paper,
      name: 'sheet',
      version: '1.2.0',
      config: z.strictObject({
        width: z.int().default(8),
        margin: z.strictObject({ left: z.int().default(1) }).prefault({}),
      }),
      create: async ({ config }) => {
        await Promise.resolve();
        log.push('+paper/sheet');
        return { width: config.width };
      },
      dispose: async () => {
        await Promise.resolve();
        log.push('-paper/sheet');
      },
    }),
    definePlugin({
      role: stamp,
      name: 'date',
      config: z.strictObject({ day: z.int().default(1), note: z.string().optional() }),
      create: ({ config }) => {
        log.push(`+stamp/date ${config.day}`);
        return { mark: `day ${config.day}`, dispose: () => log.push(`-stamp/date ${config.day}`) };
      },
    }),
    definePlugin({
      role: press,
      name: 'letter',
      config: z.strictObject({}),
      inject: { ink, sheet: optional(paper), stamps: stamp },
      create: ({ ink, sheet, stamps }) => {
        log.push('+press/letter');
        const parts = [ink.colour, sheet ? `on ${sheet.width}` : 'on nothing', ...stamps.map(({ mark }) => mark)];
        return { print: () => parts.join(', '), dispose: () => log.push('-press/letter') };
      },
    }),
    definePreset({
      name: 'office',
      description: 'Black on a sheet.',
      plugins: { press: 'letter', ink: { name: 'black', config: { depth: 0.9 } }, paper: 'sheet', stamp: ['date'] },
      sample: { steps: 50, clip: { range: 1 } },
    }),
  ];
}

/** The catalogue of that world, and what it logs. */
export function logged(...more: readonly CatalogueEntry[]): { log: Log; known: ReturnType<typeof catalogue> } {
  const log: Log = [];
  return { log, known: catalogue(world(log), more) };
}

/** The `DiffusionError` that something throws or rejects with; its message must hold every given text. */
export async function failure(
  code: ErrorCode,
  act: () => unknown,
  ...says: readonly string[]
): Promise<DiffusionError> {
  const error = await Promise.resolve()
    .then(act)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  if (!(error instanceof DiffusionError)) throw new Error(`expected ${code}, got ${String(error)}`);
  expect(error.code).toBe(code);
  for (const text of says) expect(error.message).toContain(text);
  return error;
}
