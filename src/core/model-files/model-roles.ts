import type { ModelFile, ModelPort } from '../contracts/model-file.js';
import { unsupported } from '../storage/corrupt.js';

/** What an input or output has to be, where its name is one of several or not said at all. */
export interface PortRule {
  /** What it is for, for errors: `the noisy sample`. */
  readonly what: string;
  /** Names that exporters give it, likeliest first. */
  readonly names: readonly string[];
  /** Ranks that it may have; any where the file says none. */
  readonly ranks: readonly number[];
  readonly isWhole?: boolean;
}

const WHOLE = new Set(['int32', 'int64', 'uint8', 'int8', 'bool']);

/** Whether a port holds whole numbers. */
export const isWhole = ({ type }: ModelPort): boolean => WHOLE.has(type);

/**
 * The port that keeps to a rule: by its name, else the only one whose type and rank fit.
 *
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` where none is, or its type or rank is another
 */
export function portFor(file: ModelFile, ports: readonly ModelPort[], rule: PortRule): ModelPort {
  const found = foundPort(ports, rule);
  if (found !== undefined && fits(found, rule)) return found;
  throw unsupported(
    file.name,
    found === undefined ? `as inputs or outputs: ${ports.map(shown).join(', ') || 'none'}` : shown(found),
    `${rule.what}: ${rule.names.join(' or ')}, of rank ${rule.ranks.join(' or ')}`,
    'export the network with the names and shapes of diffusers or Optimum',
  );
}

/** The same, or nothing where the model has none. */
export function optionalPort(file: ModelFile, ports: readonly ModelPort[], rule: PortRule): ModelPort | undefined {
  return ports.some(({ name }) => rule.names.includes(name)) ? portFor(file, ports, rule) : undefined;
}

function foundPort(ports: readonly ModelPort[], rule: PortRule): ModelPort | undefined {
  for (const name of rule.names) {
    const named = ports.find((port) => port.name === name);
    if (named !== undefined) return named;
  }
  const fitting = ports.filter((port) => fits(port, rule));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function fits(port: ModelPort, { ranks, isWhole: whole }: PortRule): boolean {
  if (whole !== undefined && isWhole(port) !== whole) return false;
  return port.dims === undefined || ranks.includes(port.dims.length);
}

/** A port in words. */
export const shown = ({ name, type, dims }: ModelPort): string =>
  `${name}: ${type} ${dims === undefined ? 'of any rank' : `[${dims.join(', ')}]`}`;

/** A side of a port where the file fixes it. */
export function fixedSide({ dims }: ModelPort, axis: number): number | undefined {
  const side = dims?.at(axis);
  return typeof side === 'number' ? side : undefined;
}

/**
 * Height, width and channels of images that a port takes as `[N, C, H, W]`, where the file fixes them.
 */
export function fixedImage(port: ModelPort) {
  return {
    batch: fixedSide(port, 0),
    channels: fixedSide(port, 1),
    height: fixedSide(port, 2),
    width: fixedSide(port, 3),
  };
}
