import { GONE, type Value } from './value.js';

/**
 * Gives up what nobody needs any more, starting from values that lost a handle or a use: a value that neither a tensor nor
 * a recorded node holds goes; a recorded node whose results are all gone gives up its inputs in turn.
 *
 * @param free - called for each value that the runner held
 */
export function release(values: readonly Value[], free: (value: Value) => void): void {
  const pending = [...values];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value.handles > 0 || value.uses > 0 || value.state.kind === 'gone') continue;
    const { state } = value;
    if (state.kind === 'recorded') {
      const { inputs, outputs } = state.node;
      if (outputs.some((output) => output.handles > 0 || output.uses > 0)) continue;
      for (const output of outputs) output.state = GONE;
      for (const input of inputs) input.uses--;
      pending.push(...inputs);
    } else {
      if (state.kind === 'resident') free(value);
      value.state = GONE;
    }
  }
}
