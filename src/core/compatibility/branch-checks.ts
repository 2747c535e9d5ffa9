import type { Conditioning } from '../contracts/conditioning.js';
import type { Denoiser, Perturbation } from '../contracts/denoiser.js';
import type { Branch } from '../contracts/guidance.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';
import type { RunConditions } from '../sampling/conditions/run-conditions.js';
import { otherShape, takesShape } from '../sampling/start/run-shape.js';

/** What the network says under the condition of the request. */
export const CONDITIONAL: Branch = Object.freeze({ name: 'conditional' });

/** The networks that branches may read. */
export interface Networks {
  readonly denoiser: Denoiser;
  readonly networks?: Readonly<Record<string, Denoiser>> | undefined;
  /** Shape of one sample of the run, where it is known. */
  readonly shape?: readonly number[];
}

/** The slot of a branch's network. */
export const slotOf = ({ slot = 'denoiser' }: Branch): string => slot;

/** The network of a branch. Throws `RXD_COMBINATION` where nothing fills its slot, or its samples have another shape. */
export function networkOf(branch: Branch, { denoiser, networks = {}, shape }: Networks): Denoiser {
  const slot = slotOf(branch);
  if (slot === 'denoiser') return denoiser;
  const expected = `a denoiser of samples [${denoiser.info.sampleShape.join(', ')}] in the slot ${slot}`;
  const network = Object.hasOwn(networks, slot) ? networks[slot] : undefined;
  if (network === undefined)
    throw refused({
      problem: `the guidance reads the network of the slot ${slot} and there is none`,
      got: ['denoiser', ...Object.keys(networks)].join(', '),
      expected,
      fix: `fill the slot ${slot}; autoguidance takes a smaller network there, or one that was trained for a shorter time`,
    });
  const own = denoiser.info.sampleShape;
  const wanted = shape ?? own;
  if (takesShape(network.info, wanted)) return network;
  if (wanted.join() !== own.join()) throw otherShape(network.info, wanted);
  throw refused({
    problem: `the network of the slot ${slot} has samples of another shape`,
    got: `samples [${network.info.sampleShape.join(', ')}]`,
    expected,
    fix: `fill the slot ${slot} with a network for the same samples`,
  });
}

/** The condition of a branch. Throws `RXD_COMBINATION` where the run has none of that name. */
export function conditionOf({ condition = CONDITIONAL.name }: Branch, conditions: RunConditions): Conditioning {
  const found = Object.hasOwn(conditions, condition) ? conditions[condition] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(conditions);
  throw condition === 'unconditional' ? noUnconditional(names.join(', ')) : noCondition(condition, names);
}

/** Throws `RXD_COMBINATION` where a request has no condition of the name that a branch reads. */
export function checkNamed({ condition = CONDITIONAL.name }: Branch, further: readonly string[]): void {
  const names = [CONDITIONAL.name, ...further];
  if (condition !== 'unconditional' && !names.includes(condition)) throw noCondition(condition, names);
}

/** What a branch changes in its network, its layers named. Throws `RXD_COMBINATION` for what the network does not offer. */
export function perturbationOf({ perturbation }: Branch, denoiser: Denoiser): Required<Perturbation> | undefined {
  if (perturbation === undefined) return undefined;
  const { kind, layers } = perturbation;
  const offered = denoiser.info.perturbations ?? {};
  const known = Object.hasOwn(offered, kind) ? (offered[kind] ?? []) : undefined;
  const unknown = layers?.find((layer) => known?.includes(layer) !== true);
  const wrong = known === undefined || unknown !== undefined || known.length === 0;
  if (!wrong) return { kind, layers: layers ?? known };
  const said = Object.entries(offered).map(([name, of]) => `${name} (${of.join(', ')})`);
  throw refused({
    problem: 'the network does not offer the perturbation that the guidance asks for',
    got: `${kind}${layers ? ` of ${layers.join(', ')}` : ''}`,
    expected:
      said.length > 0 ? said.join('; ') : `a network with perturbations; ${identityOf(denoiser, 'denoiser')} has none`,
    fix: 'name layers that the network has, or choose a network that offers it (unet2d with attention, mlp)',
  });
}

/** The error of a guidance that needs an unconditional side, where there is none. */
export function noUnconditional(got: string): DiffusionError {
  return refused({
    problem: 'the guidance needs an unconditional side and the pipeline has none',
    got,
    expected: 'a conditioner with an unconditional side, or a request with `negative`',
    fix: 'add one (class-label, with a null class in the network), or use guidance none, autoguidance or classifier',
  });
}

function noCondition(name: string, names: readonly string[]): DiffusionError {
  return refused({
    problem: `the guidance reads the condition ‘${name}’ and the request has none of that name`,
    got: names.join(', '),
    expected: `\`conditions: { '${name}': … }\` in the request`,
    fix: 'give that condition, or name those that you give in the config of the guidance',
  });
}

function refused(details: Readonly<Record<'problem' | 'got' | 'expected' | 'fix', string>>): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', { ...details });
}
