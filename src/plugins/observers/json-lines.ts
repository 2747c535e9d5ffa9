import { z } from 'zod';
import type { Observer, RunEvent } from '../../core/contracts/observer.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { clock, quiet, standardSink } from './sink.js';
import { messageOf } from '../../core/errors/format-value.js';

/** Where `jsonLines` writes and by which clock. */
export interface JsonLinesOptions {
  /** Takes each line, its end included; stdout where absent. */
  readonly write?: (text: string) => void;
  /** Milliseconds; `performance.now` where absent. */
  readonly now?: () => number;
}

const LENT = new Set(['x', 'denoised']);

/**
 * A log for machines: one JSON object a line for every event, with the event's own fields (`run`, the identity of the run, among them) and `seconds` since the
 * first. Tensors are left out and never touched; NaN and infinity become `null`; a failed run ends with a line of kind
 * `error`. Writes to stdout where no sink is given. Never throws.
 */
export function jsonLines(options: JsonLinesOptions = {}): Observer {
  const write = options.write ?? standardSink('stdout').write;
  const now = options.now ?? clock;
  let began: number | undefined;
  const line = quiet((fields: object) => {
    began ??= now();
    const seconds = Math.round(now() - began) / 1000;
    write(`${JSON.stringify({ ...fields, seconds }, plain)}\n`);
  });
  return {
    next: (event) => line(numbersOf(event)),
    error: (error, run) => line({ kind: 'error', ...(run === undefined ? {} : { run }), ...described(error) }),
  };
}

/** The event without what it lends; the loans are not even read, since `denoised` may be computed on demand. */
function numbersOf(event: RunEvent): object {
  const keys = Object.keys(event).filter((key) => !LENT.has(key));
  return Object.fromEntries(keys.map((key) => [key, Reflect.get(event, key) as unknown]));
}

/** Live values are whatever a user streams: what JSON cannot hold, or a tensor among it, is named and not written. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return typeof value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? value : `[${value.constructor.name}]`;
}

function described(error: unknown): { code?: string; message: string } {
  if (error instanceof DiffusionError) return { code: error.code, message: error.message };
  return { message: messageOf(error) };
}

/**
 * One line of JSON for each event, written to stdout: `jsonLines` as a plugin for recipes. Source: JSON Lines,
 * jsonlines.org.
 * When: a program reads what a run does.
 */
export const jsonLinesObserver = definePlugin({
  role: Roles.observer,
  name: 'json-lines',
  summary: 'One line of JSON an event, to stdout.',
  reference: 'This package; JSON Lines, jsonlines.org',
  tags: { when: 'a program reads what a run does' },
  config: z.strictObject({}),
  create: () => jsonLines(),
});
