import type { z } from 'zod';
import { schemaMismatch } from '../../core/assembly/schema-mismatch.js';
import type { Denoiser } from '../../core/contracts/denoiser.js';
import type { ParameterSet } from '../../core/contracts/parameters.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { ownParameters, type ParametersFrom } from '../../core/networks/own-parameters.js';
import type { ParameterSpecs } from '../../core/networks/parameter-specs.js';

/** A network of diffusers: how it is told from its config, which tensors it has, and how it is made of them. */
export interface DiffusersNetwork<C> {
  /** The plugin's name. */
  readonly plugin: string;
  /** Class names that its `config.json` may have. */
  readonly classes: readonly string[];
  readonly config: z.ZodType<C>;
  /** Names and shapes of all tensors. Nothing is allocated. */
  readonly specs: (config: C) => ParameterSpecs;
  /** The network over given weights, which it owns from now on. */
  readonly of: (config: C, parameters: ParameterSet) => Denoiser;
}

/** A network as a config says it. */
export interface ConfiguredNetwork {
  readonly specs: ParameterSpecs;
  readonly of: (parameters: ParameterSet) => Denoiser;
}

/**
 * The network that a `config.json` says.
 *
 * @param file - what errors call it
 * @throws DiffusionError `RXD_PLUGIN_CONFIG` where it says what this network does not have
 */
export function configuredNetwork<C>(
  { plugin, config: schema, specs, of }: DiffusersNetwork<C>,
  json: unknown,
  file: string,
): ConfiguredNetwork {
  const read = schema.safeParse(json);
  if (read.success) return { specs: specs(read.data), of: (parameters) => of(read.data, parameters) };
  throw new DiffusionError('RXD_PLUGIN_CONFIG', {
    ...schemaMismatch(file, json, schema, read.error),
    plugin: `denoiser/${plugin}`,
  });
}

/** A network with the weights that its pipeline was given for it, or with initial ones. */
export async function newNetwork<C extends { readonly seed: number }>(
  { specs, of }: DiffusersNetwork<C>,
  { config, ...from }: { readonly config: C } & Omit<ParametersFrom, 'seed'>,
): Promise<Denoiser> {
  return of(config, await ownParameters(specs(config), { ...from, seed: config.seed }));
}
