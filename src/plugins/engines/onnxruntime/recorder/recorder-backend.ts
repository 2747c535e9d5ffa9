import * as tf from '@tensorflow/tfjs';
import { ownerOf } from '../../../../core/tensors/owner-of.js';
import type { ElementType, HostData, Spec } from '../graph/spec.js';
import { Value } from '../graph/value.js';
import type { RecordedNode } from '../graph/value.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Executor } from '../runner/executor.js';
import { cpuBackend } from './cpu-backend.js';
import { ForeignValue } from './foreign-value.js';
import { NotTraceable, type Trace } from './trace.js';

type BackendValues = tf.backend_util.BackendValues;

/** Why a kernel call ran on the cpu backend, counted. */
export type FallbackCounts = ReadonlyMap<string, number>;

/** A tfjs backend that computes nothing: kernels record nodes, and reading makes them real. A `dataId` is a `Value`. */
export class RecorderBackend extends tf.KernelBackend {
  readonly executor: Executor;
  /** The function being traced, where one is. */
  trace: Trace | undefined;
  readonly #fallbacks = new Map<string, number>();
  /** Copies of tensors of other backends, which keep theirs: engines that share weights do not take them from each other. */
  readonly #borrowed = new Map<object, Value | ForeignValue>();
  readonly #owned = new WeakSet<object>();
  #count = 0;

  constructor(executor: Executor) {
    super();
    this.executor = executor;
  }

  get fallbacks(): FallbackCounts {
    return this.#fallbacks;
  }

  countFallback(kernel: string): void {
    this.#fallbacks.set(kernel, (this.#fallbacks.get(kernel) ?? 0) + 1);
  }

  /** Records a kernel call. */
  record(kernel: Kernel, inputs: readonly Value[], attributes: KernelAttributes, specs: readonly Spec[]): Value[] {
    const outputs: Value[] = [];
    const node: RecordedNode = { kernel, attributes, inputs, outputs };
    for (const input of inputs) input.uses++;
    for (const spec of specs) outputs.push(this.#held(new Value(spec, { kind: 'recorded', node })));
    return outputs;
  }

  /** A value that is on the host. */
  hostValue(data: HostData, spec: Spec): Value {
    const value = this.#held(new Value(spec, { kind: 'host', data }));
    this.trace?.made.add(value);
    return value;
  }

  /** A value that the runner has, or will have. */
  adopt(value: Value): Value {
    return this.#held(value);
  }

  /** Data that stays with the cpu backend. */
  foreignValue(cpuData: object, dtype: tf.DataType): ForeignValue {
    const value = new ForeignValue(cpuData, dtype);
    this.#count++;
    this.#owned.add(value);
    return value;
  }

  override write(values: BackendValues, shape: number[], dtype: tf.DataType): object {
    if (!isElementType(dtype)) return this.foreignValue(cpuBackend().write(values, shape, dtype), dtype);
    return this.hostValue(hostData(values, dtype), { shape: [...shape], dtype });
  }

  /** What a kernel or a reader takes. Throws where it was disposed of. */
  operand(dataId: object): Value | ForeignValue {
    const value = this.resolve(dataId);
    if (value instanceof Value && value.state.kind === 'gone') throw disposed();
    return value;
  }

  /** What stands behind a handle of tfjs, wherever it came from. */
  resolve(dataId: object): Value | ForeignValue {
    return this.#known(dataId) ?? this.#borrow(dataId);
  }

  override async read(dataId: object): Promise<BackendValues> {
    const value = this.operand(dataId);
    if (value instanceof ForeignValue) return cpuBackend().readSync(value.cpuData);
    // A copy: who writes into it does not write into the run.
    return (await this.executor.read(this.#readable(value))).slice();
  }

  override readSync(dataId: object): BackendValues {
    const value = this.operand(dataId);
    if (value instanceof ForeignValue) return cpuBackend().readSync(value.cpuData);
    return this.executor.readSync(this.#readable(value)).slice();
  }

  override numDataIds(): number {
    return this.#count;
  }

  override refCount(dataId: object): number {
    return this.resolve(dataId).handles;
  }

  /** Counts a handle with the backend that has the numbers; one that nobody made is let be, as tfjs's own backends do. */
  override incRef(dataId: object): void {
    const value = this.#own(dataId);
    if (value !== undefined) value.handles++;
    else ownerOf(dataId)?.backend.incRef(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    const value = this.#own(dataId);
    if (value === undefined) return true;
    value.handles = force ? 0 : value.handles - 1;
    if (value.handles > 0) return false;
    // tfjs forces what moves to another backend: it is no longer ours, so that it can be borrowed.
    if (force) this.#owned.delete(dataId);
    this.#count--;
    this.#giveUp(value);
    return true;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override async time(work: () => void): Promise<{ kernelMs: number }> {
    const began = performance.now();
    work();
    return { kernelMs: performance.now() - began };
  }

  override dispose(): void {
    this.#fallbacks.clear();
  }

  #held(value: Value): Value {
    value.handles++;
    this.#count++;
    this.#owned.add(value);
    return value;
  }

  #giveUp(value: Value | ForeignValue): void {
    if (value instanceof ForeignValue) cpuBackend().disposeData(value.cpuData, true);
    else this.executor.release([value]);
  }

  #own(dataId: object): Value | ForeignValue | undefined {
    return this.#owned.has(dataId) ? (dataId as Value | ForeignValue) : undefined;
  }

  #known(dataId: object): Value | ForeignValue | undefined {
    return this.#own(dataId) ?? this.#borrowed.get(dataId);
  }

  /** Reads a tensor of another backend once; the copy is kept as long as that tensor lives. */
  #borrow(dataId: object): Value | ForeignValue {
    this.#giveBack();
    const owner = ownerOf(dataId);
    if (owner === undefined || owner.backend === this) throw disposed();
    const { backend, shape, dtype } = owner;
    const copy = this.write(backend.readSync(dataId), [...shape], dtype) as Value | ForeignValue;
    this.#borrowed.set(dataId, copy);
    this.#count--;
    return copy;
  }

  /** Gives up copies of tensors that are no more: tfjs tells only their own backends. */
  #giveBack(): void {
    for (const [dataId, copy] of this.#borrowed) {
      if (ownerOf(dataId) !== undefined) continue;
      this.#borrowed.delete(dataId);
      copy.handles = 0;
      this.#giveUp(copy);
    }
  }

  #readable(value: Value): Value {
    if (this.trace !== undefined && this.trace.dependsOnInputs(value)) {
      this.trace.wasRead = true;
      throw new NotTraceable();
    }
    return value;
  }
}

const disposed = (): Error => new Error('the tensor is disposed of, or its engine was stopped');

/** Whether graphs can hold a type. */
export function isElementType(dtype: tf.DataType): dtype is ElementType {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
}

function hostData(values: BackendValues, dtype: ElementType): HostData {
  const numbers = values as ArrayLike<number>;
  if (dtype === 'float32') return values instanceof Float32Array ? values : Float32Array.from(numbers);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(numbers);
  return values instanceof Uint8Array ? values : Uint8Array.from(numbers);
}
