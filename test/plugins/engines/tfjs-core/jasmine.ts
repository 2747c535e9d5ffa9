import { expectation, rejectedExpectation } from './expectation.js';
import type { Outcome } from './report.js';
import { spyOn, type Restore } from './spies.js';

/** A body of a test or hook, which may take `done`. */
type Body = (done?: Done) => unknown;

/** What jasmine hands to a body that ends by a callback. */
interface Done {
  (): void;
  fail(reason?: unknown): void;
}

/** A `describe`, the root included. */
interface Group {
  readonly name: string;
  readonly parent: Group | undefined;
  readonly beforeAll: Body[];
  readonly afterAll: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
  readonly children: (Group | Spec)[];
}

/** An `it`. */
interface Spec {
  /** Names of its groups and its own, joined by blanks. */
  readonly fullName: string;
  readonly body: Body;
}

const TIMEOUT = 60_000;

/** The part of jasmine that tfjs-core's tests use: they find it as globals, then `run` runs them in order. */
export class Jasmine {
  readonly #root: Group = group('', undefined);
  readonly #restores: Restore[] = [];
  #current = this.#root;

  /** @param rename - what a group is called in reports, given its name */
  constructor(private readonly rename: (name: string) => string) {}

  /** The names that tests find in the global scope. */
  globals(): Readonly<Record<string, unknown>> {
    return {
      describe: (name: string, define: () => void) => this.#describe(name, define),
      it: (name: string, body: Body) => this.#current.children.push({ fullName: this.#fullName(name), body }),
      xit: () => undefined,
      beforeAll: (body: Body) => this.#current.beforeAll.push(body),
      afterAll: (body: Body) => this.#current.afterAll.push(body),
      beforeEach: (body: Body) => this.#current.beforeEach.push(body),
      afterEach: (body: Body) => this.#current.afterEach.push(body),
      expect: expectation,
      expectAsync: rejectedExpectation,
      spyOn: (object: object, method: string) => spyOn(object, method, this.#restores),
      fail: (reason?: unknown) => {
        throw asError(reason);
      },
      jasmine: { DEFAULT_TIMEOUT_INTERVAL: TIMEOUT, arrayWithExactContents: (items: unknown[]) => items },
    };
  }

  /** Runs every test whose name is wanted, one after the other. */
  async run(wanted: (name: string) => boolean, report: (outcome: Outcome) => void): Promise<void> {
    await this.#runGroup(this.#root, wanted, report);
  }

  #describe(name: string, define: () => void): void {
    const inner = group(this.rename(name), this.#current);
    this.#current.children.push(inner);
    this.#current = inner;
    try {
      define();
    } finally {
      this.#current = inner.parent ?? this.#root;
    }
  }

  #fullName(name: string): string {
    return [...lineage(this.#current).map((each) => each.name), name].filter((part) => part !== '').join(' ');
  }

  async #runGroup(at: Group, wanted: (name: string) => boolean, report: (outcome: Outcome) => void): Promise<void> {
    if (!specsOf(at).some((spec) => wanted(spec.fullName))) return;
    const spies = this.#restores.length;
    for (const body of at.beforeAll) await execute(body);
    for (const child of at.children) {
      if ('children' in child) await this.#runGroup(child, wanted, report);
      else if (wanted(child.fullName)) report(await this.#runSpec(at, child));
    }
    for (const body of at.afterAll) await execute(body);
    this.#restore(spies);
  }

  async #runSpec(at: Group, spec: Spec): Promise<Outcome> {
    const groups = lineage(at);
    const spies = this.#restores.length;
    let error: unknown;
    const attempt = async (body: Body): Promise<void> => {
      try {
        await execute(body);
      } catch (thrown) {
        error ??= asError(thrown);
      }
    };
    for (const body of groups.flatMap((each) => each.beforeEach)) await attempt(body);
    await attempt(spec.body);
    for (const body of groups.toReversed().flatMap((each) => each.afterEach)) await attempt(body);
    this.#restore(spies);
    return { name: spec.fullName, ...(error === undefined ? {} : { error }) };
  }

  /** Undoes the spies that were made since there were `count`. */
  #restore(count: number): void {
    for (const restore of this.#restores.splice(count).toReversed()) restore();
  }
}

function group(name: string, parent: Group | undefined): Group {
  return { name, parent, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [], children: [] };
}

function lineage(of: Group): readonly Group[] {
  return of.parent === undefined ? [of] : [...lineage(of.parent), of];
}

function specsOf(of: Group): readonly Spec[] {
  return of.children.flatMap((child) => ('children' in child ? specsOf(child) : [child]));
}

/** Runs a body to its end: its promise, its `done`, or its return. */
async function execute(body: Body): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${TIMEOUT / 1000} s`)), TIMEOUT);
  });
  try {
    await Promise.race([body.length > 0 ? untilDone(body) : body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function untilDone(body: Body): Promise<void> {
  return new Promise((resolve, reject) => {
    const done: Done = Object.assign(() => resolve(), { fail: (reason?: unknown) => reject(asError(reason)) });
    Promise.resolve(body(done)).catch(reject);
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error
    ? reason
    : new Error(typeof reason === 'string' ? reason : 'failed', { cause: reason });
}
