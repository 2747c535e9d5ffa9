import type { ConditionShape, ConditionSpec } from '../../contracts/conditioning.js';
import type { ActivationName } from '../activations.js';
import { embeddingLayersSpecs } from '../embedding-layers.js';
import { embeddingSpecs, linearSpecs, normSpecs, type ParameterSpecs } from '../parameter-specs.js';

/** What a time becomes before the layers of its embedding; class labels of the kind `timestep` too. */
export type TimeProjection =
  | { readonly kind: 'positional'; readonly width: number; readonly freqShift: number; readonly flipSinToCos: boolean }
  | {
      readonly kind: 'fourier';
      /** Fixed random frequencies, of this standard deviation; the projection is twice as wide. */
      readonly frequencies: number;
      readonly deviation: number;
      /** Takes the logarithm of the time first. */
      readonly isLog: boolean;
      readonly flipSinToCos: boolean;
    }
  | { readonly kind: 'learned'; readonly rows: number; readonly width: number };

/** How class labels become an embedding: see diffusers' `class_embed_type`. */
export type ClassPlan =
  | { readonly kind: 'table'; readonly rows: number }
  | { readonly kind: 'timestep' }
  | { readonly kind: 'identity' }
  | { readonly kind: 'projection' | 'simple_projection'; readonly input: number };

/** What else is added to the embedding: see diffusers' `addition_embed_type`. */
export type AdditionPlan =
  | {
      readonly kind: 'text_time';
      /** Width of the sinusoid of each number. */
      readonly width: number;
      /** Width of the embedding of a text and of all sinusoids together. */
      readonly input: number;
      readonly freqShift: number;
      readonly flipSinToCos: boolean;
    }
  | { readonly kind: 'text'; readonly heads: number; readonly tokens: number };

/** How time, classes and the rest become the one embedding that all blocks are told of. */
export interface EmbeddingPlan {
  readonly projection: TimeProjection;
  readonly width: number;
  /** Between the two layers of time; those of classes are told in `classActivation`. */
  readonly activation: ActivationName;
  /** After the two layers of time; none where absent. */
  readonly after?: ActivationName;
  /** Width of the embedding of a guidance scale (`time_cond_proj_dim`). */
  readonly guidance?: number;
  readonly classes?: ClassPlan;
  readonly classActivation?: ActivationName;
  /** The class embedding stands beside that of time, rather than being added to it. */
  readonly isConcatenated?: boolean;
  readonly addition?: AdditionPlan;
  /** Of the whole; none where absent. */
  readonly final?: ActivationName;
}

/** Width of what a time becomes. */
function projectedWidth(projection: TimeProjection): number {
  return projection.kind === 'fourier' ? 2 * projection.frequencies : projection.width;
}

/** Width of the embedding that the blocks are told of. */
export function embeddingWidth({ width, classes, isConcatenated }: EmbeddingPlan): number {
  return classes && isConcatenated ? 2 * width : width;
}

/** The tensors of an embedding. */
export function embeddingParameters(plan: EmbeddingPlan): ParameterSpecs {
  const { projection, width, guidance } = plan;
  return {
    ...projectionSpecs(projection),
    ...embeddingLayersSpecs('time_embedding', projectedWidth(projection), width),
    ...(guidance === undefined
      ? {}
      : linearSpecs('time_embedding.cond_proj', guidance, projectedWidth(projection), false)),
    ...classSpecs(plan),
    ...additionSpecs(plan),
  };
}

function projectionSpecs(projection: TimeProjection): ParameterSpecs {
  if (projection.kind === 'positional') return {};
  if (projection.kind === 'learned') return embeddingSpecs('time_proj', projection.rows, projection.width);
  const { frequencies, deviation } = projection;
  return { 'time_proj.weight': { kind: 'embedding', layout: 'same', shape: [frequencies], fanIn: 1, deviation } };
}

function classSpecs({ classes, projection, width }: EmbeddingPlan): ParameterSpecs {
  if (classes === undefined || classes.kind === 'identity') return {};
  if (classes.kind === 'table') return embeddingSpecs('class_embedding', classes.rows, width);
  if (classes.kind === 'simple_projection') return linearSpecs('class_embedding', classes.input, width);
  const input = classes.kind === 'timestep' ? projectedWidth(projection) : classes.input;
  return embeddingLayersSpecs('class_embedding', input, width);
}

function additionSpecs({ addition, width }: EmbeddingPlan): ParameterSpecs {
  if (addition === undefined) return {};
  if (addition.kind === 'text_time') return embeddingLayersSpecs('add_embedding', addition.input, width);
  const { tokens } = addition;
  const position = {
    kind: 'embedding',
    layout: 'same',
    shape: [1, tokens],
    fanIn: 1,
    deviation: tokens ** -0.5,
  } as const;
  return {
    ...normSpecs('add_embedding.norm1', tokens),
    'add_embedding.pool.positional_embedding': position,
    ...linearSpecs('add_embedding.pool.k_proj', tokens, tokens),
    ...linearSpecs('add_embedding.pool.q_proj', tokens, tokens),
    ...linearSpecs('add_embedding.pool.v_proj', tokens, tokens),
    ...linearSpecs('add_embedding.proj', tokens, width),
    ...normSpecs('add_embedding.norm2', width),
  };
}

/** The conditions that an embedding reads, beside the tokens. */
export function embeddingConditions({ classes, guidance, addition, width }: EmbeddingPlan): ConditionSpec {
  return {
    ...(classes === undefined ? {} : { classLabels: labelShape(classes, width) }),
    ...(guidance === undefined
      ? {}
      : { timestep_cond: { dtype: 'float32', shape: [guidance], isOptional: true } as const }),
    ...(addition?.kind === 'text_time'
      ? ({
          text_embeds: { dtype: 'float32', shape: ['features'] },
          time_ids: { dtype: 'float32', shape: ['numbers'] },
        } as const)
      : {}),
  };
}

/** Type and shape of class labels. */
export function labelShape(classes: ClassPlan, width: number): ConditionShape {
  if (classes.kind === 'table') return { dtype: 'int32', shape: [] };
  if (classes.kind === 'timestep') return { dtype: 'float32', shape: [] };
  return { dtype: 'float32', shape: [classes.kind === 'identity' ? width : classes.input] };
}
