/**
 * The noise of a recorded run, in the order of its network calls: `groups[c + 1]` holds what was drawn after call `c` and
 * before the next. A draw that a sampler asks for is the next one of the group of the call that it made last, or of the
 * groups after it; so draws that are not used do no harm.
 */
export class RecordedDraws {
  readonly #groups: readonly (readonly Float64Array[])[];
  readonly #given = new Map<string, Float64Array>();
  #group = 0;
  #taken = 0;

  constructor(groups: readonly (readonly Float64Array[])[]) {
    this.#groups = groups;
  }

  /** Says that a network call was made. */
  called(): void {
    this.#group++;
    this.#taken = 0;
  }

  /** The noise of a key: the same for equal keys. */
  of(key: string): Float64Array {
    const given = this.#given.get(key) ?? this.#next();
    this.#given.set(key, given);
    return given;
  }

  #next(): Float64Array {
    for (let group = this.#group, from = this.#taken; group < this.#groups.length; group++, from = 0) {
      const draw = this.#groups[group]?.[from];
      if (draw === undefined) continue;
      if (group === this.#group) this.#taken++;
      return draw;
    }
    throw new Error('the record has no more noise');
  }
}
