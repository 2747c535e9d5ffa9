import { z } from 'zod';
import { API_VERSION, type PluginDefinition } from '../core/assembly/define-plugin.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('plugins');
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const VERSION = /^\d+\.\d+\.\d+/;

/**
 * Checks what holds for the plugins of every role: a kebab-case name, a version, this contract's `apiVersion`, and a
 * config that is JSON: each config survives the way through text with its defaults filled in, unknown keys are refused,
 * and each key is described.
 *
 * @param configs - configs to try; the one of defaults alone where absent
 * @throws Error that says which law is broken.
 */
export function pluginLaws(
  definition: PluginDefinition,
  configs: readonly Readonly<Record<string, unknown>>[] = [{}],
): void {
  const { name, version, apiVersion, config: schema } = definition;
  holds(NAME.test(name), `the name is kebab-case (${name})`);
  holds(VERSION.test(version), `the version is x.y.z (${version})`);
  holds(apiVersion === API_VERSION, `it was written for this contract (${API_VERSION})`);
  for (const config of configs) {
    const said = JSON.stringify(config);
    const parsed = schema.safeParse(config);
    holds(parsed.success, `its schema takes ${said}`);
    const text = JSON.stringify(parsed.data);
    const again = schema.safeParse(JSON.parse(text));
    holds(again.success && JSON.stringify(again.data) === text, `${said} survives as JSON, with its defaults`);
    holds(!schema.safeParse({ ...config, 'no such key': 1 }).success, 'unknown keys are refused');
  }
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  for (const [key, property] of Object.entries(properties)) {
    const described = typeof property === 'object' && property.description !== undefined;
    holds(described, `the config key ${key} has a description`);
  }
}
