import type { Preconditioning } from '../../contracts/parameterization.js';
import type { Denoised } from '../../contracts/sampler.js';
import type { Vector, VectorSpace } from '../../contracts/vector.js';

/** Reads a network's output as clean sample and as noise, each computed when first asked for. */
export class NetworkReading implements Denoised {
  readonly #space: VectorSpace;
  readonly #x: Vector;
  readonly #output: Vector;
  readonly #reading: Preconditioning;
  readonly variance?: Vector;
  #denoised: Vector | undefined;
  #noise: Vector | undefined;

  constructor(space: VectorSpace, x: Vector, output: Vector, reading: Preconditioning, variance?: Vector) {
    this.#space = space;
    this.#x = x;
    this.#output = output;
    this.#reading = reading;
    if (variance !== undefined) this.variance = variance;
  }

  get denoised(): Vector {
    return (this.#denoised ??= this.#read(this.#reading.denoised));
  }

  get noise(): Vector {
    return (this.#noise ??= this.#read(this.#reading.noise));
  }

  #read(linear: Preconditioning['denoised']): Vector {
    return this.#space.combine([linear.x, this.#x], [linear.output, this.#output]);
  }
}
