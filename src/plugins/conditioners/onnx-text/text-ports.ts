import type { ModelFile, ModelPort } from '../../../core/contracts/model-file.js';
import { fixedSide, optionalPort, portFor, shown } from '../../../core/model-files/model-roles.js';
import { unsupported } from '../../../core/storage/corrupt.js';
import type { OnnxTextConfig } from './config.js';

/** What is what of a text encoder's file. */
export interface TextPorts {
  readonly ids: ModelPort;
  readonly mask: ModelPort | undefined;
  readonly states: ModelPort;
  readonly pooled: ModelPort | undefined;
  /** Width of the states, and of the pooled one. */
  readonly width: number;
  readonly pooledWidth: number;
  /** Tokens that are read at once, where the file fixes them. */
  readonly tokens: number | undefined;
  /** Rows that are read at once, where the file fixes them. */
  readonly batch: number | undefined;
}

/** Hidden states after each layer, and before the first: `hidden_states.0`, … */
const LAYER = /^hidden_states\.(\d+)$/;

/**
 * Finds ids, mask, states and pooled state among the inputs and outputs of a file.
 *
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` where one is not there, or its type or rank is another
 */
export function textPorts(
  file: ModelFile,
  { hidden_states: which, hidden_size: own, pooled }: OnnxTextConfig,
): TextPorts {
  const { inputs, outputs } = file;
  if (file.draws !== 'nothing')
    throw unsupported(file.name, 'operators that draw random numbers', 'a network that is a function of its inputs');
  const whole = { ranks: [2], isWhole: true };
  const ids = portFor(file, inputs, { what: 'token ids', names: ['input_ids', 'tokens', 'ids'], ...whole });
  const mask = optionalPort(file, inputs, { what: 'the mask of tokens', names: ['attention_mask'], ...whole });
  const odd = inputs.find((port) => port !== ids && port !== mask);
  if (odd !== undefined) throw unsupported(file.name, shown(odd), 'input_ids and attention_mask');
  const states = portFor(file, outputs, {
    what: which === 'last' ? 'the states of tokens' : 'the states before the last layer',
    names: which === 'last' ? ['last_hidden_state', 'hidden_states', 'encoder_hidden_states'] : [penultimate(outputs)],
    ...{ ranks: [3], isWhole: false },
  });
  const pooledState = pooled === 'none' ? undefined : portFor(file, outputs, pooledRule(pooled));
  const width = fixedSide(states, 2) ?? own;
  return {
    ...{ ids, mask, states, width },
    pooled: pooledState,
    pooledWidth: (pooledState && fixedSide(pooledState, 1)) ?? width,
    tokens: fixedSide(ids, 1),
    batch: fixedSide(ids, 0),
  };
}

const pooledRule = (name: string) => ({ what: 'the pooled state', names: [name], ranks: [2], isWhole: false });

/** `hidden_states.L` is what the last layer gives, where there are L layers. */
function penultimate(outputs: readonly ModelPort[]): string {
  const layers = outputs.flatMap(({ name }) => LAYER.exec(name)?.slice(1).map(Number) ?? []);
  return `hidden_states.${Math.max(1, ...layers) - 1}`;
}
