/** An axis: where values lie and which of them are written. */
export interface Scale {
  /** Share of the axis, 0 at its start and 1 at its end. */
  place(value: number): number;
  readonly ticks: readonly number[];
}

/** A linear axis over `[low, high]` with about `wanted` ticks at 1, 2 or 5 times a power of ten. */
export function linearScale(low: number, high: number, wanted: number): Scale {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const step = niceStep(span / wanted);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor((low + span) / step + 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
  return { place: (value) => (value - low) / span, ticks };
}

/** A logarithmic axis over `[low, high]`, both positive. Ticks are powers of ten, or 1, 2 and 5 times them if few. */
export function logScale(low: number, high: number): Scale {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const span = to > from ? to - from : 1;
  const factors = span > 2.5 ? [1] : [1, 2, 5];
  const powers = Array.from({ length: Math.ceil(span) + 2 }, (_, i) => Math.floor(from) + i);
  const ticks = powers
    .flatMap((power) => factors.map((factor) => factor * 10 ** power))
    .filter((tick) => tick >= low * (1 - 1e-9) && Math.log10(tick) <= from + span + 1e-9);
  return { place: (value) => (Math.log10(value) - from) / span, ticks };
}

/** A tick as short text: `0.05`, `1200`, `20k`. */
export function tickText(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return size < 0.001 ? value.toExponential(0) : String(Number(value.toPrecision(4)));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  if (lead <= 1) return power;
  if (lead <= 2) return 2 * power;
  return lead <= 5 ? 5 * power : 10 * power;
}
