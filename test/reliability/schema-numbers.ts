import type { z } from 'zod';

/** Where a schema holds a number, and a config that holds a value there. */
export interface NumberPlace {
  /** Keys from the top; the places of lists are `0`. */
  readonly path: readonly string[];
  /** A base config with the value put there; what is missing on the way is made. */
  readonly put: (base: unknown, value: number) => unknown;
}

type Def = Readonly<Record<string, unknown>> & { readonly type: string };
type Put = NumberPlace['put'];

/** Every number of a schema, also inside of lists, tuples, unions and what may be absent. Literals are no numbers to choose. */
export function numbersOf(schema: z.ZodType): readonly NumberPlace[] {
  const found = new Map(walk(schema, [], (_, value) => value).map((place) => [place.path.join('.'), place]));
  return [...found.values()];
}

function walk(schema: unknown, path: readonly string[], put: Put): readonly NumberPlace[] {
  const def = (schema as { readonly def: Def }).def;
  if (def.type === 'number') return [{ path, put }];
  if (def.type === 'object')
    return Object.entries(def['shape'] as object).flatMap(([key, inner]) => member(key, inner, path, put));
  if (def.type === 'union') return (def['options'] as readonly unknown[]).flatMap((option) => walk(option, path, put));
  if (def.type === 'array') return inList(def['element'], path, put, 1);
  if (def.type === 'tuple') {
    const items = def['items'] as readonly unknown[];
    return inList(items[0], path, put, items.length);
  }
  if (def.type === 'pipe') return walk(def['out'], path, put);
  return 'innerType' in def ? walk(def['innerType'], path, put) : [];
}

function member(key: string, inner: unknown, path: readonly string[], put: Put): readonly NumberPlace[] {
  return walk(inner, [...path, key], put).map((place) => ({
    ...place,
    put: (base, value) => ({ ...objectOf(base), [key]: place.put(objectOf(base)[key], value) }),
  }));
}

/** The value in every place of a list as long as the base, or as a tuple is. */
function inList(inner: unknown, path: readonly string[], put: Put, length: number): readonly NumberPlace[] {
  return walk(inner, [...path, '0'], put).map((place) => ({
    ...place,
    put: (base, value) => {
      const items: readonly unknown[] = Array.isArray(base) ? base : Array.from({ length });
      return items.map((item) => place.put(item, value));
    },
  }));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
