import { formatValue } from '../../core/errors/format-value.js';
import { unsupported } from '../../core/storage/corrupt.js';
import { configuredNetwork, type ConfiguredNetwork, type DiffusersNetwork } from './diffusers-network.js';
import { ditNetwork } from './dit/dit.js';
import { fluxNetwork } from './flux/flux.js';
import { pixartNetwork } from './pixart/pixart.js';
import { sd3Network } from './sd3/sd3.js';
import { unet2dNetwork } from './unet2d/unet2d.js';
import { unet2dConditionNetwork } from './unet2d-condition/unet2d-condition.js';

type Read = (json: unknown, file: string) => ConfiguredNetwork;

const entry = <C>(network: DiffusersNetwork<C>): readonly (readonly [name: string, read: Read])[] =>
  network.classes.map((name) => [name, (json, file) => configuredNetwork(network, json, file)]);

/** The class that was several: its norms say which one a config means. */
const transformer2d: Read = (json, file) => {
  const { norm_type: norm } = json as { readonly norm_type?: unknown };
  return norm === 'ada_norm_single'
    ? configuredNetwork(pixartNetwork, json, file)
    : configuredNetwork(ditNetwork, json, file);
};

/** Every class of diffusers' networks that is here. */
const CLASSES: ReadonlyMap<string, Read> = new Map([
  ...entry(unet2dNetwork),
  ...entry(unet2dConditionNetwork),
  ...entry(ditNetwork),
  ...entry(pixartNetwork),
  ...entry(sd3Network),
  ...entry(fluxNetwork),
  ['Transformer2DModel', transformer2d],
]);

/** Their names. */
export const NETWORK_CLASSES: ReadonlySet<string> = new Set(CLASSES.keys());

/** The class of a config that says none. */
const UNSAID = 'UNet2DModel';

/**
 * The network that a `config.json` says.
 *
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` where it is of another class, `RXD_PLUGIN_CONFIG` where it says what this
 * network does not have
 */
export function networkOf(json: unknown, file: string): ConfiguredNetwork {
  const { _class_name: said = UNSAID } = (typeof json === 'object' ? (json ?? {}) : {}) as {
    readonly _class_name?: unknown;
  };
  const read = CLASSES.get(said as string);
  if (read !== undefined) return read(json, file);
  const known = [...CLASSES.keys()].join(', ');
  throw unsupported(file, `_class_name ${formatValue(said)}`, known, 'choose a model whose network is one of these');
}
