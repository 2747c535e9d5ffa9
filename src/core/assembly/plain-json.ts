/** Settings as a recipe carries them: a JSON object. */
export type Settings = Readonly<Record<string, unknown>>;

/** Throws the caller's error: where in the value, and what is wrong there. */
export type Refuse = (path: string, problem: string) => never;

/** Deeper than any recipe, shallower than the stack of a recursive reader. */
const MAX_DEPTH = 64;

/** A deeply frozen copy of a value that is nothing but JSON; what JSON cannot say is refused by its path. */
export function plainJson(value: unknown, path: string, refuse: Refuse, depth = 0): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : refuse(path, `is ${value}`);
  if (depth >= MAX_DEPTH) return refuse(path, `is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (item, i) => plainJson(item, `${path}[${i}]`, refuse, depth + 1)));
  }
  if (isPlainObject(value)) return plainObject(value, path, refuse, depth);
  return refuse(path, `is ${nameOf(value)}, which JSON cannot say`);
}

/** Whether a value is an object as `JSON.parse` makes them. */
export function isPlainObject(value: unknown): value is Settings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Members that are `undefined` are left out, as `JSON.stringify` does. */
function plainObject(value: Settings, path: string, refuse: Refuse, depth: number): Settings {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => {
      if (key === '__proto__') refuse(path, 'has the key __proto__');
      return [key, plainJson(member, `${path}.${key}`, refuse, depth + 1)] as const;
    });
  return Object.freeze(Object.fromEntries(members));
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return `a ${value.constructor.name}`;
}
