import { Value } from '../graph/value.js';

/** Thrown where a function that is being traced reads numbers that depend on its inputs. */
export class NotTraceable extends Error {
  constructor() {
    super('a function that is compiled reads numbers that depend on its inputs, so it cannot be replayed');
  }
}

/** A function on its way into a model. */
export class Trace {
  /** Values that were made on the host while tracing: they are constants of the model. */
  readonly made = new Set<Value>();
  /** Stand-ins of the inputs. */
  readonly placeholders: readonly Value[];
  /** Whether something read what depends on the inputs. */
  wasRead = false;

  constructor(inputs: readonly Value[]) {
    this.placeholders = inputs.map(
      ({ shape, dtype }, index) => new Value({ shape, dtype }, { kind: 'placeholder', index }),
    );
  }

  /** Whether the numbers of a value are known only when the model runs. */
  dependsOnInputs(value: Value): boolean {
    const seen = new Set<Value>();
    const pending = [value];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next.state.kind === 'placeholder') return true;
      if (seen.has(next) || next.state.kind !== 'recorded') continue;
      seen.add(next);
      pending.push(...next.state.node.inputs);
    }
    return false;
  }
}
