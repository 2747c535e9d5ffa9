import type * as ort from 'onnxruntime-web';
import type { RunnerSettings, ModelEdges, PutTensor } from '../runner/protocol.js';
import type { Loaded } from '../runner/serve.js';
import type { Binding, Feeds, Runtime, RuntimeTensor, Session } from '../runner/runtime.js';

/**
 * onnxruntime-web copies what it is given into the memory of its WebAssembly and results out of it, into arrays of their
 * own: those are kept. Results that were written where it is told would be copied all the same.
 */
class ReturnedResults implements Binding {
  readonly runtime: Runtime;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  kept({ type, data, dims }: PutTensor): RuntimeTensor {
    return new this.runtime.Tensor(type, data, [...dims]);
  }

  async run(session: Session, feeds: Feeds, { results }: ModelEdges): Promise<readonly RuntimeTensor[]> {
    const given = await session.run(
      feeds,
      results.map(({ name }) => name),
    );
    return results.map(({ name, dims }) => {
      const tensor = given[name] as RuntimeTensor;
      if (tensor.dims.join() === dims.join()) return tensor;
      throw new Error(`${name} has the shape [${tensor.dims.join()}], expected [${dims.join()}]`);
    });
  }

  /** The garbage collector sees arrays of its own. */
  giveBack(): void {}
}

/** A build of onnxruntime-web, set up for this thread. */
export function loadedWeb({ InferenceSession, Tensor, env }: typeof ort, { threads }: RunnerSettings): Loaded {
  // What fails is said by the errors of loading and running.
  env.logLevel = 'fatal';
  if (threads !== undefined) env.wasm.numThreads = threads;
  return {
    binding: new ReturnedResults({ InferenceSession, Tensor }),
    version: env.versions.web ?? env.versions.common,
  };
}
