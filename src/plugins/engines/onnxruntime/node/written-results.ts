import { DONE_OUTPUT } from '../emit/onnx-model.js';
import type { HostTensor, ModelSpec, PutTensor } from '../runner/protocol.js';
import {
  numbersOf,
  type Binding,
  type Feeds,
  type Runtime,
  type RuntimeTensor,
  type Session,
} from '../runner/runtime.js';
import { messageOf } from '../../../../core/errors/format-value.js';
import { BufferPool } from './buffer-pool.js';

/** onnxruntime-node writes results where it is told: into memory that is used again. */
export class WrittenResults implements Binding {
  readonly runtime: Runtime;
  readonly #pool = new BufferPool();

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  kept({ type, dims, data, isGiven }: PutTensor): RuntimeTensor {
    if (isGiven || type === 'float16') return new this.runtime.Tensor(type, data, [...dims]);
    const [own] = this.#room([{ type, dims }]);
    numbersOf(own as RuntimeTensor).set(data);
    return own as RuntimeTensor;
  }

  async run(session: Session, feeds: Feeds, results: ModelSpec['results']): Promise<readonly RuntimeTensor[]> {
    const room = this.#room(results);
    const fetches = results.map(({ name }, index) => [name, room[index] as RuntimeTensor] as const);
    try {
      await session.run(feeds, { ...Object.fromEntries(fetches), [DONE_OUTPUT]: null });
    } catch (error) {
      if (isDone(error)) return room;
      this.giveBack(room);
      throw error;
    }
    return room;
  }

  giveBack(tensors: readonly RuntimeTensor[]): void {
    for (const tensor of tensors) this.#pool.give(numbersOf(tensor));
  }

  #room(specs: readonly Pick<HostTensor, 'type' | 'dims'>[]): readonly RuntimeTensor[] {
    const tensors: RuntimeTensor[] = [];
    try {
      for (const { type, dims } of specs)
        tensors.push(new this.runtime.Tensor(type, this.#pool.take(type, dims), [...dims]));
      return tensors;
    } catch (error) {
      this.giveBack(tensors);
      const sizes = specs.map(({ type, dims }) => `${type} [${dims.join()}]`);
      throw new Error(`no memory for ${sizes.join(', ')}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** The run has ended at the output that stops onnxruntime-node from copying: the others are written. */
function isDone(error: unknown): boolean {
  return messageOf(error).startsWith('Non tensor type');
}
