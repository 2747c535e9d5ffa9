import type { Adapter } from '../contracts/adapter.js';
import type { ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';

/** A part with weights that an adapter may change. */
interface Adaptable {
  readonly parameters: ParameterSet;
}

/** The adapters of a pipeline, and what they may change. */
export interface AdapterSurroundings {
  readonly adapters?: Readonly<Record<string, Adapter>> | undefined;
  readonly denoiser?: Adaptable | undefined;
  readonly networks?: Readonly<Record<string, Adaptable>> | undefined;
  readonly classifier?: Adaptable | undefined;
  readonly conditioner?: Partial<Adaptable> | undefined;
}

/** Throws `RXD_COMBINATION` for an adapter of a slot without a network, or of weights that the network does not have. */
export function checkAdapters(parts: AdapterSurroundings): void {
  const networks = adaptable(parts);
  for (const adapter of Object.values(parts.adapters ?? {})) {
    const network = Object.hasOwn(networks, adapter.slot) ? networks[adapter.slot] : undefined;
    if (network === undefined) throw noNetwork(adapter, Object.keys(networks));
    const wrong = Object.entries(adapter.changes).filter(([name, shape]) => !hasWeight(network, name, shape));
    if (wrong.length > 0) throw misfit(adapter, network, wrong);
  }
}

function adaptable({ networks, ...parts }: AdapterSurroundings): Readonly<Record<string, Adaptable>> {
  const { denoiser, classifier, conditioner } = parts;
  const slots = Object.entries({ denoiser, ...networks, classifier, conditioner });
  return Object.fromEntries(
    slots.flatMap(([slot, part]) => (part?.parameters ? [[slot, { parameters: part.parameters }] as const] : [])),
  );
}

function hasWeight({ parameters }: Adaptable, name: string, shape: readonly number[]): boolean {
  return Object.hasOwn(parameters, name) && parameters[name]?.shape.join() === shape.join();
}

function noNetwork(adapter: Adapter, known: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: `the adapter changes weights of the slot ${adapter.slot}, which holds no network that can be adapted`,
    got: known.join(', ') || 'no networks',
    expected: `a network in the slot ${adapter.slot}: adapters change denoisers, classifiers, and the conditioner`,
    fix: 'fill that slot, or name another one in the config of the adapter',
    plugin: identityOf(adapter, 'adapter'),
  });
}

function misfit(
  adapter: Adapter,
  { parameters }: Adaptable,
  wrong: readonly (readonly [name: string, shape: readonly number[]])[],
): DiffusionError {
  const some = wrong.slice(0, 4);
  const own = (name: string): string =>
    Object.hasOwn(parameters, name) ? `${name} [${parameters[name]?.shape.join(', ')}]` : `no ${name}`;
  const more = wrong.length > some.length ? ', …' : '';
  return new DiffusionError('RXD_COMBINATION', {
    problem: `the adapter changes weights that the network in ${adapter.slot} does not have, or has in another shape`,
    got: some.map(([name]) => own(name)).join(', ') + more,
    expected: some.map(([name, shape]) => `${name} [${shape.join(', ')}]`).join(', ') + more,
    fix: 'use the adapter with the network that it was made for',
    plugin: identityOf(adapter, 'adapter'),
  });
}
