import type { z } from 'zod';
import { blame } from '../errors/blame.js';
import { DiffusionError, type DiffusionErrorDetails } from '../errors/diffusion-error.js';
import type { PluginDefinition } from './define-plugin.js';
import type { Slot } from './flatten-recipe.js';
import { plainJson, type Settings } from './plain-json.js';
import { schemaMismatch } from './schema-mismatch.js';

/**
 * A slot's config with all defaults, frozen, as JSON that reads back as itself.
 *
 * @throws `RXD_PLUGIN_CONFIG` with the plugin's id and the keys that it knows
 */
export function checkConfig(slot: Slot, { config: schema }: PluginDefinition): Settings {
  const plugin = `${slot.role.name}/${slot.name}`;
  const fail = (details: Omit<DiffusionErrorDetails, 'plugin'>): never => {
    throw new DiffusionError('RXD_PLUGIN_CONFIG', { ...details, plugin });
  };
  const refuse = (path: string, problem: string) =>
    fail({ problem: `${path} ${problem}`, fix: 'the config schema of a plugin must give JSON; tell its author' });
  const parse = (config: unknown): unknown => {
    const parsed = safely(schema, config, plugin);
    return parsed.success
      ? plainJson(parsed.data, 'config', refuse)
      : fail(schemaMismatch(`slot '${slot.key}'`, config, schema, parsed.error));
  };
  const config = parse(slot.config);
  if (JSON.stringify(parse(config)) !== JSON.stringify(config)) {
    refuse('config', 'reads back as another one: its schema is a transformation, and recipes would not round-trip');
  }
  return config as Settings;
}

/** A schema is the plugin's code: what it throws is the plugin's fault. */
function safely(schema: z.ZodType, config: unknown, plugin: string): ReturnType<z.ZodType['safeParse']> {
  try {
    return schema.safeParse(config);
  } catch (error) {
    throw blame(error, plugin);
  }
}
