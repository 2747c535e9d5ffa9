/** What a progress line tells. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly count: number;
  /** Steps a second; 0 while unknown. */
  readonly rate: number;
  /** Seconds; `undefined` while unknown. */
  readonly left: number | undefined;
  /** Seconds that the whole run took, once it is over. */
  readonly took?: number;
  readonly loss?: number;
  readonly nfe?: number;
  readonly totalNfe?: number;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const WIDEST_BAR = 30;
const NARROWEST_BAR = 5;

/** One line of text no wider than the terminal; with a bar if it can be drawn again in place and there is room. */
export function progressLine(progress: Progress, sink: { readonly isTTY: boolean; readonly width: number }): string {
  const { what, done, count } = progress;
  const share = count > 0 ? Math.min(1, done / count) : 1;
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  const facts = [`${String(done).padStart(String(count).length)}/${count}`, ...details(progress)].join('  ');
  if (!sink.isTTY) return `${what} ${percent}  ${facts}`;
  const room = sink.width - 1 - `${what}  ${percent}  ${facts}`.length;
  const drawn = room < NARROWEST_BAR ? '' : ` ${bar(share, Math.min(WIDEST_BAR, room - 1))}`;
  return `${what}${drawn} ${percent}  ${facts}`.slice(0, sink.width - 1);
}

function details({ loss, nfe, totalNfe, count, rate, left, took }: Progress): string[] {
  const facts: string[] = [];
  if (loss !== undefined) facts.push(`loss ${loss.toPrecision(4)}`);
  if (nfe !== undefined && totalNfe !== undefined && totalNfe !== count) facts.push(`calls ${nfe}/${totalNfe}`);
  if (rate > 0) facts.push(rate >= 1 ? `${rate.toFixed(1)} it/s` : `${(1 / rate).toFixed(1)} s/it`);
  if (took !== undefined) facts.push(`in ${duration(took)}`);
  else if (left !== undefined) facts.push(`ETA ${duration(left)}`);
  return facts;
}

function bar(share: number, width: number): string {
  const eighths = Math.floor(share * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return full.padEnd(width, '░');
}

/** Seconds as `0:07`, `12:30` or `1:02:03`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
