import { z } from 'zod';
import type { PluginDefinition } from '../index.js';

/** A key of a config, as far as JSON Schema can say. */
export interface ConfigKey {
  /** `eta`; of an object within, `dynamicShift.mu`; of a list of objects, `intervals[].sMin`. */
  readonly key: string;
  readonly type: string;
  /** Of the numbers, as an interval: `[0, 1)`. */
  readonly range?: string;
  /** Absent where the key has to be given, or may be left out. */
  readonly default?: unknown;
  readonly required: boolean;
  readonly about: string;
}

type Schema = z.core.JSONSchema.JSONSchema;
type Property = Exclude<NonNullable<Schema['properties']>[string], boolean>;

/** Below this a number is no more than 0: what `positive` of configs allows. */
const LEAST = 1e-50;

/** The keys of a plugin's config, those of objects within it behind the key that holds them. */
export function configKeys({ config }: PluginDefinition): readonly ConfigKey[] {
  return keysOf(z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }), '');
}

function keysOf({ properties = {}, required = [] }: Schema, prefix: string): readonly ConfigKey[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    const key = prefix + name;
    if (typeof property === 'boolean') return [{ key, type: 'any', required: false, about: '' }];
    const { default: value, description = '' } = property;
    const range = rangeOf(property);
    const self = {
      key,
      type: typeOf(property),
      ...(range === '' ? {} : { range }),
      ...(value === undefined ? {} : { default: value }),
      required: required.includes(name),
      about: description,
    };
    return [self, ...keysOf(property, `${key}.`), ...itemsOf(property).flatMap((item) => keysOf(item, `${key}[].`))];
  });
}

function typeOf(property: Property): string {
  const { type, enum: values, const: value, properties, prefixItems } = property;
  const choices = values ?? (value === undefined ? undefined : [value]);
  if (choices !== undefined) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  const parts = partsOf(property);
  if (parts.length > 0) return parts.map(typeOf).join(' | ');
  if (prefixItems !== undefined) return `[${prefixItems.filter(isProperty).map(typeOf).join(', ')}]`;
  if (type === 'array') return `list of ${itemsOf(property).map(typeOf).join('') || 'any'}`;
  if (properties !== undefined) return `{ ${Object.keys(properties).join(', ')} }`;
  return [type ?? 'any'].flat().join(' | ');
}

function rangeOf(property: Property): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, prefixItems = [] } = property;
  const inner = [...partsOf(property), ...prefixItems.filter(isProperty), ...itemsOf(property)];
  const ranges = [...new Set(inner.filter(({ properties }) => properties === undefined).map(rangeOf))].filter(Boolean);
  const [above, below] = [exclusiveMinimum, exclusiveMaximum].map((end) => (typeof end === 'number' ? end : undefined));
  const [low, high] = [above ?? minimum, below ?? maximum];
  if (low === undefined && high === undefined) return ranges.join(' | ');
  const positive = above === undefined && low !== undefined && low > 0 && low < LEAST;
  const begin = positive ? '(0' : `${above === undefined ? '[' : '('}${numeral(low)}`;
  return `${begin}, ${numeral(high)}${below === undefined ? ']' : ')'}`;
}

/** The shorter way to write a number: 65536, 1e9. */
function numeral(value: number | undefined): string {
  if (value === undefined) return '…';
  const exponential = value.toExponential().replace('e+', 'e');
  return exponential.length + 2 < String(value).length ? exponential : String(value);
}

const partsOf = ({ anyOf, oneOf }: Property): readonly Property[] => (anyOf ?? oneOf ?? []).filter(isProperty);

const itemsOf = ({ items }: Property): readonly Property[] =>
  items === undefined || Array.isArray(items) || !isProperty(items) ? [] : [items];

const isProperty = (property: Property | boolean): property is Property => typeof property !== 'boolean';
