import { z } from 'zod';
import { DiffusionError } from '../errors/diffusion-error.js';
import { readGiven } from '../errors/given.js';
import { formatValue } from '../errors/format-value.js';
import { refuseUnknownKeys } from '../assembly/known-keys.js';
import { didYouMean } from '../assembly/nearest-name.js';

/** Whether a value has keys of its own that can be read. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether a value is an object of keys and values, and not one of another kind: a promise that nobody waited for, a map, a
 * date. Throws what a proxy throws.
 */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && Object.prototype.toString.call(value) === '[object Object]';

/** A map, a date, a promise: an object without keys of its own, which would pass for one with none. */
function isOtherKind(value: unknown): boolean {
  try {
    return isObject(value) && !isRecord(value);
  } catch {
    // What cannot be looked at is refused by the check of its key, which names it.
    return false;
  }
}

/** The identity that a request gives to its run, before the rest of it is read. Throws as `readRequest` does. */
export function askedRun(value: unknown, what: string): string | undefined {
  return readGiven(`\`run\` of ${what} cannot be read`, () => (isObject(value) ? value['run'] : undefined)) as
    string | undefined;
}

/**
 * A request or options of a call, as strict as a recipe: keys that are not known are refused with the nearest name, and
 * those that are `undefined` count as absent.
 *
 * @param what - what errors call it: `the request to sample`
 * @throws DiffusionError `RXD_REQUEST_INVALID` naming the key at fault
 */
export function readRequest<S extends z.ZodObject>(value: unknown, schema: S, what: string): z.output<S> {
  const unreadable = `${what} cannot be read`;
  if (!readGiven(unreadable, () => isRecord(value)))
    throw invalidRequest(`${what} is not an object`, kindOfValue(value));
  const members = value as Readonly<Record<string, unknown>>;
  readGiven(unreadable, () => refuseUnknownKeys(members, Object.keys(schema.shape), what, 'RXD_REQUEST_INVALID'));
  const given: Record<string, unknown> = {};
  for (const key of Object.keys(members)) {
    const member = readGiven(`\`${key}\` of ${what} cannot be read`, () => members[key]);
    if (isOtherKind(member) && keysOf(schema.shape[key]).length > 0)
      throw invalidRequest(`\`${key}\` of ${what} is not an object`, kindOfValue(member));
    if (member !== undefined) given[key] = member;
  }
  const read = parsed(given, schema, what);
  if (read.success) return read.data;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `${what} does not fit: ${read.error.issues.map(saidOf).join('; ')}`,
    got: read.error.issues.map(({ path }) => gotAt(given, path)).join('; '),
    fix: `${nearestNames(read.error, schema).join('')}correct what is named above`,
  });
}

/** The check of all keys; where one throws while it is looked at, its name. */
function parsed<S extends z.ZodObject>(
  given: Readonly<Record<string, unknown>>,
  schema: S,
  what: string,
): z.ZodSafeParseResult<z.output<S>> {
  try {
    return inFull(schema.safeParse(given));
  } catch (error) {
    for (const [key, field] of Object.entries(schema.shape))
      readGiven(`\`${key}\` of ${what} cannot be read`, () => inFull(z.safeParse(field, given[key])));
    throw error;
  }
}

/** The texts of an error are made when it is asked for, and look at the value again. */
function inFull<T>(read: z.ZodSafeParseResult<T>): z.ZodSafeParseResult<T> {
  return read.success ? read : { success: false, error: read.error };
}

function kindOfValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function saidOf({ path, message }: z.core.$ZodIssue): string {
  return `\`${path.map(String).join('.')}\`: ${message}`;
}

/** What lies at a path, in a few words; never throws, as reading a proxy may. */
function gotAt(given: unknown, path: readonly PropertyKey[]): string {
  try {
    return valueSaid(valueAt(given, path));
  } catch {
    return 'a value that cannot be read';
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<PropertyKey, unknown>>)?.[key], value);
}

/** A value in a few words: what it holds may be long, or alive. */
function valueSaid(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (value instanceof Float32Array)
    return String(value.find((item) => !Number.isFinite(item)) ?? `${value.length} numbers`);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return formatValue(value);
}

/** Guesses for mistyped keys of the objects inside. */
function nearestNames(error: z.ZodError, schema: z.ZodObject): readonly string[] {
  return error.issues.flatMap((issue) => {
    const [key] = issue.path;
    if (issue.code !== 'unrecognized_keys' || typeof key !== 'string') return [];
    const known = keysOf(schema.shape[key]);
    return issue.keys.map((wrong) => didYouMean(wrong, known));
  });
}

/** Keys of an object schema, or of all objects that a union knows. */
function keysOf(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodOptional) return keysOf(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(keysOf);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function invalidRequest(problem: string, got: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem,
    got,
    expected: 'an object, or nothing',
    fix: 'write { key: value, … }; see the type of the request',
  });
}
