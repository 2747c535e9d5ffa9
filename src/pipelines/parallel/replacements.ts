import type { Device, Replace } from './device.js';

/** Milliseconds before each further try to start a device whose start failed; then its place is given up. */
const PAUSES = [100, 400, 1600];

/** Who is told what became of a try. */
interface Told {
  made(device: Device): void;
  /** A place was given up for now. */
  failed(): void;
}

/**
 * Makes devices in the place of lost ones. A start that fails is tried again a few times, each later than the one before;
 * then the place stays empty until somebody asks again, so that a recipe that cannot start gives errors and no endless
 * loop.
 */
export class Replacements {
  readonly #replace: Replace | undefined;
  readonly #told: Told;
  readonly #starting = new Set<Promise<void>>();
  readonly #empty: Device[] = [];
  readonly #wakes = new Set<() => void>();
  #pending = 0;
  #stopped = false;
  /** What the last start failed with. */
  failure: unknown;

  constructor(replace: Replace | undefined, told: Told) {
    this.#replace = replace;
    this.#told = told;
  }

  /** Whether a device is being made. */
  get pending(): boolean {
    return this.#pending > 0;
  }

  /** Has a device made in the place of a lost one. */
  make(lost: Device): void {
    const replace = this.#replace;
    if (replace === undefined || this.#stopped) return;
    this.#pending++;
    const start = this.#start(replace, lost);
    this.#starting.add(start);
    void start.finally(() => this.#starting.delete(start));
  }

  /** Tries again to fill the places that were given up. */
  again(): void {
    for (const lost of this.#empty.splice(0)) this.make(lost);
  }

  /** No further try; resolves when those under way are over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const wake of this.#wakes) wake();
    await Promise.all(this.#starting);
  }

  async #start(replace: Replace, lost: Device): Promise<void> {
    const device = await this.#tried(replace, lost);
    this.#pending--;
    if (device === undefined) {
      this.#empty.push(lost);
      this.#told.failed();
    } else this.#told.made(device);
  }

  async #tried(replace: Replace, lost: Device): Promise<Device | undefined> {
    for (const pause of [0, ...PAUSES]) {
      if (pause > 0) await this.#wait(pause);
      if (this.#stopped) return undefined;
      try {
        const device = await replace(lost);
        this.failure = undefined;
        return device;
      } catch (error) {
        this.failure = error;
      }
    }
    return undefined;
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakes.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#wakes.add(wake);
    });
  }
}
