/** Scores (queries times keys, of all heads and samples) that an attention holds at once: 16 MB of float32. */
export const MOST_SCORES = 2 ** 22;

/** Neighbouring queries. */
export interface QueryChunk {
  readonly start: number;
  readonly count: number;
}

/**
 * Queries in chunks that are attended to one after another, so that an attention over many tokens holds a part of its
 * scores: its memory is linear in the tokens (Rabe & Staats 2021, section 2, with whole rows).
 *
 * @param rows - samples times heads
 * @param queries - queries of each row
 * @param keys - keys of each row
 * @param mostScores - held at once; one row of queries at least
 */
export function queryChunks(
  rows: number,
  queries: number,
  keys: number,
  mostScores = MOST_SCORES,
): readonly QueryChunk[] {
  const size = chunkSize(rows, queries, keys, mostScores);
  return Array.from({ length: Math.ceil(queries / size) }, (_, chunk) => ({
    start: chunk * size,
    count: Math.min(size, queries - chunk * size),
  }));
}

/** Scores that an attention holds at once. */
export function scoresHeld(rows: number, queries: number, keys: number): number {
  return rows * chunkSize(rows, queries, keys, MOST_SCORES) * keys;
}

/** Queries of a chunk: all chunks but the last have as many. No list of them is made: there may be millions. */
function chunkSize(rows: number, queries: number, keys: number, mostScores: number): number {
  const most = Math.max(1, Math.floor(mostScores / (rows * keys)));
  return Math.ceil(queries / Math.ceil(queries / most));
}
