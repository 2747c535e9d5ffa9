/** How pixels between pixels are made. */
export type ResizeMethod = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';

/** For each output place, the first input place it reads and the weights of that one and the following ones. */
export interface Contributions {
  readonly starts: readonly number[];
  readonly weights: readonly (readonly number[])[];
}

interface Filter {
  /** Half its width, in input pixels when enlarging. */
  readonly support: number;
  at(distance: number): number;
}

const FILTERS: Readonly<Record<Exclude<ResizeMethod, 'nearest'>, Filter>> = {
  bilinear: { support: 1, at: (d) => Math.max(0, 1 - Math.abs(d)) },
  bicubic: { support: 2, at: (d) => catmullRom(Math.abs(d)) },
  lanczos: { support: 3, at: (d) => (Math.abs(d) < 3 ? sinc(d) * sinc(d / 3) : 0) },
};

/** Weights that turn `size` samples into `target` samples along one axis; each row sums to 1. */
export function contributions(size: number, target: number, method: ResizeMethod): Contributions {
  const places = Array.from({ length: target }, (_, place) => ((2 * place + 1) * size) / (2 * target));
  if (method === 'nearest') return { starts: places.map(Math.floor), weights: places.map(() => [1]) };
  const scale = size / target;
  const rows = places.map((centre) => row(centre, size, Math.max(1, scale), FILTERS[method]));
  return { starts: rows.map(({ start }) => start), weights: rows.map(({ weights }) => weights) };
}

function row(centre: number, size: number, stretch: number, filter: Filter): { start: number; weights: number[] } {
  const reach = filter.support * stretch;
  const start = Math.max(0, Math.floor(centre - reach + 0.5));
  const end = Math.min(size, Math.floor(centre + reach + 0.5));
  const raw = Array.from({ length: end - start }, (_, i) => filter.at((start + i + 0.5 - centre) / stretch));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return { start, weights: raw.map((weight) => weight / sum) };
}

/** Keys' cubic convolution with a = -0.5 (Keys 1981, equation 4), which is Catmull and Rom's spline. */
function catmullRom(d: number): number {
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  if (d < 2) return ((-0.5 * d + 2.5) * d - 4) * d + 2;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
