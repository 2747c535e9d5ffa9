import * as tf from '@tensorflow/tfjs';
import type { ConditionContext, Conditioner, ConditionInputs, Conditioning } from '../../contracts/conditioning.js';
import type { Adapter } from '../../contracts/adapter.js';
import type { ParametersBySlot, ParameterSet } from '../../contracts/denoiser.js';
import type { Engine } from '../../contracts/engine.js';
import type { LiveValues } from '../../contracts/guidance.js';
import { blame } from '../../errors/blame.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { realized } from '../../loop/realized.js';
import { refuseCancelled } from '../../loop/refuse-cancelled.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { inputTensors, readInputs } from '../../training/condition-inputs.js';
import { compiledOnce } from '../../tensors/compiled-once.js';
import { scoped } from '../../tensors/scoped.js';
import type { ConditionCache } from './condition-cache.js';
import { ConditionerWeights } from './conditioner-weights.js';
import { checkSides, disposeConditions, type RunConditions } from './run-conditions.js';
import { invalid, type SampleRequest } from '../sample-request.js';

/** What is under way while conditions are encoded. */
const ENCODING = 'its condition was encoded';

/** Who encodes. */
export interface EncodeParts {
  readonly engine: Engine;
  readonly conditioner?: Conditioner | undefined;
  /** Adapters by slot; those of the conditioner change its weights. */
  readonly adapters?: Readonly<Record<string, Adapter>> | undefined;
  /** Keeps what was encoded; nothing is kept where absent. */
  readonly conditionCache?: ConditionCache | undefined;
}

/** What is encoded: the conditions of a request. */
export type AskedConditions = Pick<SampleRequest, 'condition' | 'negative' | 'conditions'>;

/** For whom it is encoded. */
export interface EncodeSetting {
  /** Samples of the run. */
  readonly count: number;
  /** Height and width of its images in pixels, where they have both. */
  readonly imageSize?: ConditionContext['imageSize'] | undefined;
  /** What the request keeps. */
  readonly inpainted?: ConditionContext['inpainted'] | undefined;
  /** Weights by slot, where they are not the plugins' own. */
  readonly parameters?: ParametersBySlot | undefined;
  /** Live values of now: the scales of adapters. */
  readonly live?: LiveValues | undefined;
  /** Whether nobody waits for it any more. */
  readonly cancelled?: (() => boolean) | undefined;
}

/**
 * Encodes what a request says into tensors with a row for each sample: before the run, on the engine. Whoever gets them
 * frees them by `disposeConditions`; where it fails or is cancelled, nothing is left.
 *
 * @throws DiffusionError `RXD_CONDITION_INVALID` for a condition that the conditioner refuses, `RXD_REQUEST_INVALID` for
 * one where nobody encodes it, `RXD_PLUGIN_OUTPUT` and `RXD_PLUGIN_FAILED` for what the conditioner does wrong,
 * `RXD_ABORTED` where it was cancelled
 */
export async function encodeConditions(
  parts: EncodeParts,
  asked: AskedConditions,
  setting: EncodeSetting,
): Promise<RunConditions> {
  const { conditioner } = parts;
  if (conditioner === undefined) {
    refuseConditions(asked);
    return { conditional: {} };
  }
  const encoded: Record<string, Conditioning> = {};
  const weights = new ConditionerWeights(parts, setting.parameters ?? {}, setting.live ?? {});
  try {
    for (const [name, prepare] of sidesOf(conditioner, asked, setting)) {
      encoded[name] = await encodeOne({ ...parts, conditioner, weights }, prepare, setting);
      refuseCancelled(setting.cancelled, ENCODING);
    }
    checkSides(encoded, conditioner);
    return encoded;
  } catch (error) {
    disposeConditions(encoded);
    throw faultOf(conditioner, error);
  } finally {
    weights.dispose();
  }
}

type Prepare = () => ConditionInputs | Promise<ConditionInputs>;

function sidesOf(
  conditioner: Conditioner,
  { condition, negative, conditions = {} }: AskedConditions,
  { count, imageSize, inpainted }: EncodeSetting,
): readonly (readonly [name: string, prepare: Prepare])[] {
  const ctx = (side: string): ConditionContext => ({
    ...{ count, side, condition },
    ...(imageSize ? { imageSize } : {}),
    ...(inpainted ? { inpainted } : {}),
  });
  const said =
    (side: string, input: unknown): Prepare =>
    () =>
      conditioner.prepare(input, ctx(side));
  const nothing = (side: string): Prepare | undefined =>
    conditioner.prepareNothing && ((): ReturnType<Prepare> => conditioner.prepareNothing?.(ctx(side)) ?? {});
  const isLeftOut = condition === undefined && Object.keys(conditions).length > 0;
  const conditional = (isLeftOut ? nothing('conditional') : undefined) ?? said('conditional', condition);
  const unconditional = negative === undefined ? nothing('unconditional') : said('unconditional', negative);
  return [
    ['conditional', conditional],
    ...(unconditional ? [['unconditional', unconditional] as const] : []),
    ...Object.entries(conditions).map(([name, input]) => [name, said(name, input)] as const),
  ];
}

interface Encoding {
  readonly conditioner: Conditioner;
  readonly weights: ConditionerWeights;
}

async function encodeOne(
  { engine, conditioner, weights, conditionCache }: EncodeParts & Encoding,
  prepare: Prepare,
  { count, cancelled }: EncodeSetting,
): Promise<Conditioning> {
  const inputs = readInputs(await prepare(), count, identityOf(conditioner, 'conditioner'));
  refuseCancelled(cancelled, ENCODING);
  const own = conditioner.parameters;
  const cache = own === undefined ? undefined : conditionCache;
  const key = weights.identity && cache?.keyOf([conditioner, ...weights.identity], inputs);
  const known = key === undefined ? undefined : cache?.find(key);
  const set = known === undefined && own !== undefined ? weights.read() : undefined;
  const rows = known ?? engine.run(() => scoped(() => encodeNow(engine, conditioner, set, inputs)));
  try {
    if (known === undefined && own !== undefined) await realized(engine, Object.values(rows));
    const kept = known === undefined && key !== undefined && cache?.keep(key, rows) === true;
    const wide = engine.run(() => scoped(() => widened(rows, count, conditioner)));
    if (known === undefined && !kept) tf.dispose(rows);
    return wide;
  } catch (error) {
    if (known === undefined) tf.dispose(rows);
    throw error;
  }
}

/** Where a conditioner is a network, its call is compiled. */
function encodeNow(
  engine: Engine,
  conditioner: Conditioner,
  parameters: ParameterSet | undefined,
  inputs: ConditionInputs,
): Conditioning {
  const tensors = inputTensors(inputs);
  if (parameters === undefined) return cloned(conditioner.encode({}, tensors), conditioner);
  return cloned(encodeCall(engine, conditioner)({ parameters, inputs: tensors }), conditioner);
}

type EncodeInput = { readonly parameters: ParameterSet; readonly inputs: Readonly<Record<string, tf.Tensor>> };

const encodeCall = compiledOnce((engine, conditioner: Conditioner) =>
  engine.compile(({ parameters, inputs }: EncodeInput) => conditioner.encode(parameters, inputs)),
);

/** Clones, so that a conditioner may return tensors that it keeps, or its inputs. */
function cloned(conditioning: Conditioning, conditioner: Conditioner): Conditioning {
  return Object.fromEntries(
    Object.entries(conditioning).map(([name, tensor]) => {
      if (tensor instanceof tf.Tensor && !tensor.isDisposed) return [name, tf.clone(tensor)] as const;
      throw noRows(name, typeof tensor, 'a tensor', conditioner);
    }),
  );
}

/** Rows for each sample: one row stands for all. */
function widened(rows: Conditioning, count: number, conditioner: Conditioner): Conditioning {
  return Object.fromEntries(
    Object.entries(rows).map(([name, tensor]) => {
      const [have, ...row] = tensor.shape;
      if (have === count) return [name, tf.clone(tensor)] as const;
      if (have === 1) return [name, tf.tile(tensor, [count, ...row.map(() => 1)])] as const;
      throw noRows(name, `shape [${tensor.shape.join(', ')}]`, `${count} rows, or one for all`, conditioner);
    }),
  );
}

function noRows(name: string, got: string, expected: string, conditioner: Conditioner): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: `the condition \`${name}\` is not a tensor with a row for each sample`,
    got,
    expected,
    fix: 'return tensors, batch first, with as many rows as the inputs',
    plugin: identityOf(conditioner, 'conditioner'),
  });
}

/** A condition that a conditioner refuses is the request's fault; anything else is the plugin's. */
function faultOf(conditioner: Conditioner, error: unknown): DiffusionError {
  if (error instanceof DiffusionError && error.code === 'RXD_ABORTED') return error;
  if (!(error instanceof DiffusionError) || error.code !== 'RXD_CONDITION_INVALID')
    return blame(error, identityOf(conditioner, 'conditioner'));
  const { code, problem, got = 'a condition', expected = 'what the conditioner understands', fix } = error;
  return new DiffusionError(code, { problem, got, expected, fix, cause: error });
}

function refuseConditions(asked: AskedConditions): void {
  const key = (['condition', 'negative', 'conditions'] as const).find((name) => asked[name] !== undefined);
  if (key === undefined) return;
  throw invalid(
    `the request has \`${key}\` and the pipeline has no conditioner`,
    'a condition',
    'no condition',
    `add a conditioner to the recipe (for example class-label), or leave \`${key}\` out`,
  );
}
