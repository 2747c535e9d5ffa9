/** Milliseconds after the limit in which messages that were sent in time may still arrive: this thread may have been busy itself. */
const LATE = 100;

/** Notices that somebody who has work says nothing. */
export class Watchdog {
  readonly #limit: number;
  readonly #bark: () => void;
  readonly #work = new Set<number>();
  #heard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param limit - milliseconds of silence that are too many
   * @param bark - called once
   */
  constructor(limit: number, bark: () => void) {
    this.#limit = limit;
    this.#bark = bark;
  }

  /** Something was said. */
  heard(): void {
    this.#heard = performance.now();
  }

  /** There is work now, under a number. */
  begin(id: number): void {
    this.#work.add(id);
    if (this.#timer !== undefined) return;
    this.heard();
    this.#wait(this.#limit);
  }

  /** That work is over. */
  end(id: number): void {
    this.#work.delete(id);
    if (this.#work.size === 0) this.stop();
  }

  /** It will not bark. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(milliseconds: number): void {
    const before = this.#heard;
    this.#timer = setTimeout(() => {
      const left = this.#heard + this.#limit - performance.now();
      if (left > 0) this.#wait(left);
      else if (this.#heard === before && milliseconds === LATE) this.#bark();
      else this.#wait(LATE);
    }, milliseconds);
  }
}
