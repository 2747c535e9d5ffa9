/** Unit normals of a node of the path, one for each element of a sample; a function of the node alone. */
export type NodeNormals = (node: number) => Float64Array;

/** The path is drawn for half log-SNRs in [-REACH, REACH]; a level beyond, pure noise or the clean one, counts as its end. */
const REACH = 32;
/** Halvings of a cell of width 1: places that lie further apart than 2^-DEPTH are jointly exact. */
const DEPTH = 10;
const NODES = 2 ** (DEPTH + 1);
/** Places that are kept for the next question: the ends of a step, and one in between. */
const KEPT = 3;

/** Where the path is at a place, counted from the start of its cell, in the clock of that cell. */
interface Place {
  readonly cell: number;
  readonly value: Float64Array;
}

/**
 * One Brownian path for each element of a sample, over the half log-SNR lambda, that can be asked anywhere and in any
 * order: cells of width 1 have independent increments, and inside a cell Lévy's construction halves intervals by
 * Brownian bridges down to a fixed depth. Each node has its own key, so that the path does not depend on what was asked
 * (Li et al. 2020, "Scalable gradients for stochastic differential equations", section 4: virtual Brownian trees).
 *
 * A question costs one draw for each halving of a cell. What is kept between questions saves time and changes nothing.
 */
export class BrownianPath {
  readonly #normals: NodeNormals;
  readonly #places = new Map<string, Place>();

  constructor(normals: NodeNormals) {
    this.#normals = normals;
  }

  /**
   * The increment between two half log-SNRs in the clock `exp(2 rate lambda)` (lambda itself at rate 0), divided by its
   * standard deviation; 0 where the two are one.
   */
  increment(from: number, to: number, rate: number): Float64Array {
    const [low, high] = [from, to].map((lambda) => Math.min(Math.max(lambda, -REACH), REACH)).toSorted((a, b) => a - b);
    const [a, b] = [low ?? 0, high ?? 0];
    const [start, end] = [this.#place(a, rate), this.#place(b, rate)];
    // Clocks are read from the end where they run fastest, so that none overflows.
    const origin = rate > 0 ? b : a;
    const scale = (from > to ? -1 : 1) / Math.sqrt(clock(-Math.abs(rate), b - a));
    if (!Number.isFinite(scale)) return new Float64Array(start.value.length);
    const weight = (cell: number): number => scale * Math.exp(rate * (cell - origin));
    const [minus, plus] = [weight(start.cell), weight(end.cell)];
    const sum = new Float64Array(end.value.length);
    add(sum, plus, end.value);
    add(sum, -minus, start.value);
    for (let cell = start.cell; cell < end.cell; cell++) {
      add(sum, weight(cell) * Math.sqrt(clock(rate, 1)), this.#normals(nodeOf(cell, 0)));
    }
    return sum;
  }

  #place(lambda: number, rate: number): Place {
    const name = `${lambda}/${rate}`;
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = { cell: Math.floor(lambda), value: this.#descend(lambda, rate) };
    this.#places.set(name, place);
    for (const oldest of [...this.#places.keys()].slice(0, -KEPT)) this.#places.delete(oldest);
    return place;
  }

  /** The path at `lambda`, from the start of its cell, by bridges in ever smaller intervals. */
  #descend(lambda: number, rate: number): Float64Array {
    const cell = Math.floor(lambda);
    const target = lambda - cell;
    const increment = this.#normals(nodeOf(cell, 0));
    let left: Float64Array = new Float64Array(increment.length);
    let right: Float64Array = new Float64Array(increment.length);
    add(right, Math.sqrt(clock(rate, 1)), increment);
    let [low, width, node] = [0, 1, 1];
    for (let depth = 0; depth < DEPTH; depth++) {
      width /= 2;
      const middle = this.#bridge(left, right, { low, first: width, second: width, rate, node: nodeOf(cell, node) });
      const upper = target >= low + width;
      if (upper) [left, low] = [middle, low + width];
      else right = middle;
      node = 2 * node + (upper ? 1 : 0);
    }
    const first = target - low;
    return this.#bridge(left, right, { low, first, second: width - first, rate, node: nodeOf(cell, node) });
  }

  /** The path between two places where it is known: Gaussian, by the share of the clock on either side. */
  #bridge(left: Float64Array, right: Float64Array, { low, first, second, rate, node }: Bridge): Float64Array {
    const [before, after] = [clock(rate, first), Math.exp(2 * rate * first) * clock(rate, second)];
    const share = before / (before + after);
    const std = Math.sqrt(share * after) * Math.exp(rate * low);
    const middle = this.#normals(node).slice();
    for (let i = 0; i < middle.length; i++) {
      const start = left[i] ?? 0;
      middle[i] = start + share * ((right[i] ?? 0) - start) + std * (middle[i] ?? 0);
    }
    return middle;
  }
}

/** Adds `factor * values` to a sum, in place: it is the inner loop of every question. */
function add(sum: Float64Array, factor: number, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + factor * (values[i] ?? 0);
}

interface Bridge {
  /** Where the interval starts in its cell, and how far its parts reach. */
  readonly low: number;
  readonly first: number;
  readonly second: number;
  readonly rate: number;
  readonly node: number;
}

/** Number of a node: 0 is the increment of a cell, 1 its middle, 2 and 3 the middles of its halves, … */
function nodeOf(cell: number, node: number): number {
  return (cell + REACH) * NODES + node;
}

/** What the clock `exp(2 rate lambda) / (2 rate)` says at `lambda`, set to 0 at 0. */
function clock(rate: number, lambda: number): number {
  return rate === 0 ? lambda : Math.expm1(2 * rate * lambda) / (2 * rate);
}
