import type { HostData } from '../graph/spec.js';
import type { ModelEdges, PutTensor } from './protocol.js';

/** A tensor of ONNX Runtime on the host. */
export interface RuntimeTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** A loaded model of ONNX Runtime. */
export interface Session {
  run(feeds: Feeds, fetches: Fetches): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

/** Inputs of a run, by name. */
export type Feeds = Readonly<Record<string, RuntimeTensor>>;

/** Outputs that a run is to give: their names, or tensors for them to be written to. */
type Fetches = readonly string[] | Readonly<Record<string, RuntimeTensor | null>>;

/** What the packages of ONNX Runtime, for Node and for browsers, have in common. */
export interface Runtime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
  readonly Tensor: new (type: PutTensor['type'], data: PutTensor['data'], dims: readonly number[]) => RuntimeTensor;
}

/** How a package of ONNX Runtime takes numbers and gives them back. Its methods throw where memory runs out. */
export interface Binding {
  readonly runtime: Runtime;
  /** A tensor to keep, of numbers that nobody else has. */
  kept(tensor: PutTensor): RuntimeTensor;
  /**
   * Results of a session, in the order of `edges.results`.
   *
   * @param over - what is not needed after the run, so that its only result may take the memory
   */
  run(session: Session, feeds: Feeds, edges: ModelEdges, over?: RuntimeTensor): Promise<readonly RuntimeTensor[]>;
  /** Takes back what nobody reads any more. */
  giveBack(tensors: readonly RuntimeTensor[]): void;
}

/** The numbers of a tensor. */
export function numbersOf({ data }: RuntimeTensor): HostData {
  return data as HostData;
}
