import type { ErrorCode } from './error-codes.js';

/** What an error tells beside its code. */
export interface DiffusionErrorDetails {
  /** One sentence: what went wrong, naming the parts by name. */
  readonly problem: string;
  /** What was there. */
  readonly got?: string;
  /** What should have been there. */
  readonly expected?: string;
  /** What a person does about it. */
  readonly fix: string;
  /** `role/name` of the plugin at fault. */
  readonly plugin?: string;
  /** Step of the run, 0 for the first. */
  readonly step?: number;
  readonly cause?: unknown;
}

/** Found by name, so that an error of a second copy of the package is one too. */
const BRAND = Symbol.for('rxdiffusion/error');

/**
 * The one error class: a stable `code`, what was got, what was expected, what to do, and `cause`. `instanceof` is true for
 * errors of another copy of the package, as a plugin may bring one.
 */
export class DiffusionError extends Error {
  override readonly name = 'DiffusionError';
  readonly code: ErrorCode;
  readonly problem: string;
  readonly got: string | undefined;
  readonly expected: string | undefined;
  readonly fix: string;
  readonly plugin: string | undefined;
  readonly step: number | undefined;

  /** True for errors of another copy of the package too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      return typeof value === 'object' && value !== null && BRAND in value;
    } catch {
      // A proxy that throws when it is looked at is no error of ours.
      return false;
    }
  }

  get [BRAND](): true {
    return true;
  }

  constructor(code: ErrorCode, said: DiffusionErrorDetails) {
    const details = shortDetails(said);
    super(sentence(code, details), 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.problem = details.problem;
    this.got = details.got;
    this.expected = details.expected;
    this.fix = details.fix;
    this.plugin = details.plugin;
    this.step = details.step;
  }
}

/** Most bytes of each text, so that a whole message has no more than 2,048: what was got may be a file of megabytes. */
const MOST_BYTES = { problem: 520, got: 360, expected: 560, fix: 360, plugin: 100 } as const;

function shortDetails(details: DiffusionErrorDetails): DiffusionErrorDetails {
  const texts = Object.entries(MOST_BYTES).flatMap(([key, most]) => {
    const text: unknown = details[key as keyof typeof MOST_BYTES];
    return typeof text === 'string' ? [[key, short(text, most)] as const] : [];
  });
  return { ...details, ...Object.fromEntries(texts) };
}

/** A text of at most so many bytes as UTF-8, cut where it is longer, with its length. */
function short(text: string, most: number): string {
  const bytes = new Uint8Array(most);
  if (new TextEncoder().encodeInto(text, bytes).read === text.length) return text;
  const end = ` … (${text.length} characters)`;
  const { read } = new TextEncoder().encodeInto(text, bytes.subarray(0, most - end.length - 2));
  return text.slice(0, read) + end;
}

function sentence(code: ErrorCode, details: DiffusionErrorDetails): string {
  const place = [details.plugin, details.step === undefined ? undefined : `step ${details.step}`]
    .filter(Boolean)
    .join(', ');
  const lines = [`${code}: ${place ? `${place}: ` : ''}${details.problem}`];
  if (details.got !== undefined) lines.push(`  got: ${details.got}`);
  if (details.expected !== undefined) lines.push(`  expected: ${details.expected}`);
  lines.push(`  fix: ${details.fix}`);
  return lines.join('\n');
}
