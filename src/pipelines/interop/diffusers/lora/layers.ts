import { MOST } from '../../../../core/assembly/config-numbers.js';
import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { corrupt } from '../../../../core/storage/corrupt.js';
import type { TensorFile } from '../../../../core/storage/tensor-file.js';
import type { ReadableTensor } from '../../../../core/tensors/plain-tensor.js';
import { SaidAlphas } from './alphas.js';
import { loraKey, type LoraFormat, type LoraTensor } from './keys.js';
import type { LoraLayer, LoraModules } from './modules.js';
import { otherKind, refuseOtherKinds } from './refused-kinds.js';

/** The delta of a layer. */
export interface LoraDelta extends LoraLayer {
  readonly down: ReadableTensor;
  readonly up: ReadableTensor;
  readonly rank: number;
  /** As large as the rank where absent. */
  readonly alpha: number | undefined;
}

/** What a file holds. */
export interface LoraLayers {
  readonly format: LoraFormat;
  readonly layers: readonly LoraDelta[];
  /** Keys that are no layer of the pipeline. */
  readonly unmatched: readonly string[];
}

/** The tensors of one layer, by what they are to it. */
interface Gathered {
  readonly layer: LoraLayer;
  readonly stem: string;
  readonly tensors: Partial<Record<LoraTensor, ReadableTensor>>;
}

/** Reads what a file changes, all of it checked but for the numbers of its matrices. */
export async function layersIn(
  opened: TensorFile,
  modules: LoraModules,
  { file, unmatched: become }: { readonly file: string; readonly unmatched: 'refuse' | 'list' },
): Promise<LoraLayers> {
  const tensors = opened.tensors();
  const names = Object.keys(tensors);
  refuseOtherKinds(names, file);
  const alphas = new SaidAlphas(opened.metadata, file);
  const keys = names.map((name) => ({ name, key: loraKey(name) }));
  const format = keys.find(({ key }) => key?.format)?.key?.format;
  if (format === undefined) throw otherKind(file, `no key of a LoRA: ${some(names)}`);
  const gathered = new Map<string, Gathered>();
  const unmatched: string[] = [];
  for (const { name, key } of keys) {
    const layer = key && modules.find(key.stem);
    if (key === undefined || layer === undefined) unmatched.push(name);
    else gather(gathered, { name, layer, stem: key.stem, tensor: key.tensor }, tensors[name] as ReadableTensor, file);
  }
  if (gathered.size === 0 || (unmatched.length > 0 && become === 'refuse'))
    throw noLayers(file, unmatched, modules.known);
  const layers: LoraDelta[] = [];
  for (const one of gathered.values()) layers.push(await deltaOf(one, alphas, file));
  return { format, layers, unmatched };
}

function gather(
  gathered: Map<string, Gathered>,
  {
    name,
    layer,
    stem,
    tensor,
  }: { readonly name: string; readonly layer: LoraLayer; readonly stem: string; readonly tensor: LoraTensor },
  read: ReadableTensor,
  file: string,
): void {
  const id = `${layer.network.slot} ${layer.weight}`;
  const known = gathered.get(id) ?? { layer, stem, tensors: {} };
  if (known.tensors[tensor] !== undefined)
    throw corrupt(file, 'each layer must be changed once', `${name} beside another key`);
  gathered.set(id, { ...known, tensors: { ...known.tensors, [tensor]: read } });
}

async function deltaOf({ layer, stem, tensors }: Gathered, alphas: SaidAlphas, file: string): Promise<LoraDelta> {
  const { down, up, alpha: stored } = tensors;
  if (down === undefined || up === undefined)
    throw corrupt(file, 'each layer must have down and up', `only ${Object.keys(tensors).join(' and ')} of ${stem}`);
  const rank = rankOf(layer, down, up);
  const alpha = stored === undefined ? alphas.of(stem, rank) : await numberOf(stored, stem, file);
  if (alpha === undefined || Math.abs(alpha) <= MOST.real) return { ...layer, down, up, rank, alpha };
  throw corrupt(file, 'an alpha must be a finite number', `${alpha} of ${stem}`);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** The rank of a delta whose matrices fit the layer: `[rank, in]` and `[out, rank]`, windows of convolutions aside. */
function rankOf({ weight, shape }: LoraLayer, down: ReadableTensor, up: ReadableTensor): number {
  const [[rank = 0], [out = 0]] = [down.shape, shape];
  const isFloat = down.dtype === 'float32' && up.dtype === 'float32';
  const fits =
    up.shape[0] === out &&
    up.shape[1] === rank &&
    sizeOf(up.shape) === out * rank &&
    sizeOf(down.shape) * out === sizeOf(shape) * rank;
  if (isFloat && fits && rank >= 1 && rank <= MOST.width) return rank;
  throw new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    problem: `the LoRA does not fit the layer ${weight}`,
    got: `down ${down.dtype} [${down.shape.join(', ')}], up ${up.dtype} [${up.shape.join(', ')}]`,
    expected: `down [rank, ${shape.slice(1).join(', ')}] and up [${out}, rank] for a weight of [${shape.join(', ')}]`,
    fix: 'use the LoRA with the model that it was made for',
  });
}

async function numberOf(alpha: ReadableTensor, stem: string, file: string): Promise<number> {
  const { shape } = alpha;
  if (sizeOf(shape) !== 1) throw corrupt(file, 'an alpha must be one number', `[${shape.join(', ')}] of ${stem}`);
  return (await alpha.read()).data[0] ?? Number.NaN;
}

function noLayers(file: string, unmatched: readonly string[], known: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    problem: `${file} has ${unmatched.length} keys that are no layer of the pipeline`,
    got: some(unmatched),
    expected: `layers of ${known.join(', ') || 'a network: the pipeline has no weights of any'}`,
    fix: "use the LoRA with the model that it was made for; `unmatched: 'list'` passes over what does not fit",
  });
}

const some = (names: readonly string[]): string => names.slice(0, 6).join(', ') + (names.length > 6 ? ', …' : '');
