import { DONE_OUTPUT } from '../emit/onnx-model.js';
import type { HostTensor, ModelEdges, PutTensor } from '../runner/protocol.js';
import {
  numbersOf,
  type Binding,
  type Feeds,
  type Runtime,
  type RuntimeTensor,
  type Session,
} from '../runner/runtime.js';
import { messageOf } from '../../../../core/errors/format-value.js';
import { sizeOf } from '../graph/spec.js';
import { BufferPool } from './buffer-pool.js';

/** onnxruntime-node writes results where it is told: into memory that is used again. */
export class WrittenResults implements Binding {
  readonly runtime: Runtime;
  readonly #pool = new BufferPool();
  #moved: Float32Array | undefined;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  kept({ type, dims, data, isGiven }: PutTensor): RuntimeTensor {
    if (isGiven || type === 'float16') return new this.runtime.Tensor(type, data, [...dims]);
    const [own] = this.#room([{ type, dims }]);
    numbersOf(own as RuntimeTensor).set(data);
    return own as RuntimeTensor;
  }

  async run(
    session: Session,
    feeds: Feeds,
    edges: ModelEdges,
    over?: RuntimeTensor,
  ): Promise<readonly RuntimeTensor[]> {
    const { results } = edges;
    const [result] = results;
    if (over === undefined) this.#dropMoved();
    if (over === undefined || result === undefined || bytesOf(result) !== numbersOf(over).byteLength)
      return this.#written(session, feeds, edges, this.#room(results));
    const beside = new this.runtime.Tensor(result.type, this.#beside(bytesOf(result)), [...result.dims]);
    await this.#written(session, feeds, edges, [beside]);
    const own = numbersOf(over) as Float32Array;
    own.set(numbersOf(beside));
    return [new this.runtime.Tensor(result.type, own, [...result.dims])];
  }

  async #written(
    session: Session,
    feeds: Feeds,
    { results, isFile }: ModelEdges,
    room: readonly RuntimeTensor[],
  ): Promise<readonly RuntimeTensor[]> {
    const fetches = results.map(({ name }, index) => [name, room[index] as RuntimeTensor] as const);
    try {
      await session.run(feeds, { ...Object.fromEntries(fetches), ...(isFile ? {} : { [DONE_OUTPUT]: null }) });
    } catch (error) {
      if (isDone(error)) return room;
      this.giveBack(room);
      throw error;
    }
    return room;
  }

  /** Room for a result that is moved at once: one for all, for memory that is new costs more than numbers that are moved. */
  #beside(bytes: number): Float32Array {
    if (this.#moved === undefined || this.#moved.byteLength < bytes) {
      this.#dropMoved();
      this.#moved = this.#pool.take('float32', [bytes / 4]) as Float32Array;
    }
    return this.#moved.subarray(0, bytes / 4);
  }

  /** Values are moved one after the other: when something else runs they are done. */
  #dropMoved(): void {
    if (this.#moved !== undefined) this.#pool.drop(this.#moved);
    this.#moved = undefined;
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

/** Bytes of a result of float32. */
const bytesOf = ({ dims }: Pick<HostTensor, 'dims'>): number => 4 * sizeOf(dims);

/** The run has ended at the output that stops onnxruntime-node from copying: the others are written. */
function isDone(error: unknown): boolean {
  return messageOf(error).startsWith('Non tensor type');
}
