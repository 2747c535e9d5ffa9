/** How a test of the suite ended. */
export interface Outcome {
  readonly name: string;
  /** Undefined where it passed. */
  readonly error?: unknown;
}

/** Tests that a backend need not pass, and why: full names, or beginnings of names that end in ` *`. */
export interface Exclusion {
  readonly reason: string;
  readonly tests: readonly string[];
}

/** What became of the suite on one backend. */
export interface SuiteReport {
  readonly passed: number;
  /** How many failed and are excluded. */
  readonly excluded: number;
  /** How many failed and should pass. */
  readonly failed: number;
  /** What is wrong, a line each: tests that fail, and exclusions that are not true. */
  readonly faults: readonly string[];
}

/** Compares what happened with what was said to happen. An excluded test has to fail, so that the list stays true. */
export function reportOf(outcomes: readonly Outcome[], exclusions: readonly Exclusion[]): SuiteReport {
  const patterns = exclusions.flatMap(({ tests }) => tests);
  const isExcluded = (name: string): boolean => patterns.some((pattern) => fits(name, pattern));
  const passed = outcomes.filter(({ error }) => error === undefined);
  const broken = outcomes.filter(({ error }) => error !== undefined);
  const failed = broken.filter(({ name }) => !isExcluded(name));
  const strangers = patterns.filter((pattern) => !outcomes.some(({ name }) => fits(name, pattern)));
  return {
    passed: passed.length,
    excluded: broken.length - failed.length,
    failed: failed.length,
    faults: [
      ...failed.map(({ name, error }) => `failed: ${name}: ${firstLines(error)}`),
      ...passed.filter(({ name }) => isExcluded(name)).map(({ name }) => `passes, but is excluded: ${name}`),
      ...strangers.map((pattern) => `excluded, but no test has the name: ${pattern}`),
    ],
  };
}

/** The line for people: how many tests passed, were excluded and failed. */
export function summary(backend: string, { passed, excluded, failed }: SuiteReport): string {
  return `tfjs-core's suite on ${backend}: ${passed} passed, ${excluded} excluded, ${failed} failed`;
}

function fits(name: string, pattern: string): boolean {
  return pattern.endsWith(' *') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').slice(0, 3).join(' ').slice(0, 300);
}
