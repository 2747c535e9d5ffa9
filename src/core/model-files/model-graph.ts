import { beyondLimit, corrupt, unsupported } from '../storage/corrupt.js';
import { tensorFacts, type ExternalPlace } from './model-tensors.js';
import { fieldsOf, textOf } from './proto-fields.js';

/** Domains of operators that every build of ONNX Runtime has. */
const DOMAINS = new Set(['', 'ai.onnx', 'com.microsoft']);

/** Operators that hand on to other code or files. */
const REFUSED = new Set(['EPContext', 'PythonOp', 'PythonOpGrad', 'ATen', 'Snpe', 'OpenVINO', 'TritonOp']);

/** Operators that draw random numbers of their own. */
const DRAWING = new Set([
  ...['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli'],
]);

/** Graphs in graphs, at most. */
const MOST_DEPTH = 16;

/** What is found of a model file, node by node. */
export class ModelSurvey {
  readonly #file: string;
  /** Domains of functions that the file defines itself. */
  readonly #own: ReadonlySet<string>;
  readonly external: ExternalPlace[] = [];
  /** Bytes of its weights. */
  bytes = 0;
  /** Operators that draw random numbers, by name; those of graphs in graphs are `nested`. */
  readonly drawing = new Set<string>();

  constructor(file: string, own: ReadonlySet<string>) {
    [this.#file, this.#own] = [file, own];
  }

  /** A graph (GraphProto) inside of a node. */
  graph(body: Uint8Array, depth: number): void {
    if (depth > MOST_DEPTH)
      throw beyondLimit(this.#file, `graphs in graphs, ${MOST_DEPTH} deep`, `${MOST_DEPTH + 1} of them`);
    for (const field of fieldsOf(body)) this.graphField(field.number, field.body, depth);
  }

  /** A field of a graph: nodes and tensors are looked at. */
  graphField(number: number, body: Uint8Array | undefined, depth: number): void {
    if (body === undefined) return;
    if (number === 1) this.node(body, depth);
    if (number === 5) this.#weights(body);
    if (number === 15) this.#sparse(body);
  }

  /**
   * A node (NodeProto) and all that is in it.
   *
   * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` for operators that come with other code
   */
  node(body: Uint8Array, depth: number): void {
    let [operator, domain] = ['', ''];
    for (const field of fieldsOf(body)) {
      if (field.number === 4) operator = textOf(field.body);
      if (field.number === 7) domain = textOf(field.body);
      if (field.number === 5 && field.body !== undefined) this.#attribute(field.body, depth);
    }
    if (!DOMAINS.has(domain) && !this.#own.has(domain))
      throw custom(this.#file, `the operator ${operator} of the domain ${domain}`);
    if (REFUSED.has(operator) && domain !== '') throw custom(this.#file, `the operator ${operator}`);
    if (DRAWING.has(operator)) this.drawing.add(depth === 0 ? operator : 'nested');
  }

  /** An attribute (AttributeProto): it may hold tensors and graphs. */
  #attribute(body: Uint8Array, depth: number): void {
    for (const { number, body: inside } of fieldsOf(body)) {
      if (inside === undefined) continue;
      if (number === 5 || number === 10) this.#constant(inside);
      if (number === 6 || number === 11) this.graph(inside, depth + 1);
      if (number === 22 || number === 23) this.#sparse(inside);
    }
  }

  #weights(body: Uint8Array): void {
    const { bytes, external } = tensorFacts(this.#file, body);
    this.bytes += bytes;
    if (external !== undefined) this.external.push(external);
  }

  /** Numbers of a node lie in the file itself. */
  #constant(body: Uint8Array): void {
    const { bytes, external } = tensorFacts(this.#file, body);
    this.bytes += bytes;
    if (external !== undefined)
      throw corrupt(this.#file, 'external data of initializers alone', `${external.location} of a constant`);
  }

  /** Values and places of a sparse tensor (SparseTensorProto). */
  #sparse(body: Uint8Array): void {
    for (const { number, body: inside } of fieldsOf(body))
      if ((number === 1 || number === 2) && inside !== undefined) this.#constant(inside);
  }
}

function custom(file: string, got: string): Error {
  return unsupported(
    file,
    got,
    'operators of ONNX and of com.microsoft, which need no further code',
    'export the network without custom operators',
  );
}
