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
  const most = Math.max(1, Math.floor(mostScores / (rows * keys)));
  const chunks = Math.ceil(queries / most);
  const size = Math.ceil(queries / chunks);
  return Array.from({ length: Math.ceil(queries / size) }, (_, chunk) => ({
    start: chunk * size,
    count: Math.min(size, queries - chunk * size),
  }));
}

/** Scores that an attention holds at once. */
export function scoresHeld(rows: number, queries: number, keys: number): number {
  return rows * (queryChunks(rows, queries, keys)[0]?.count ?? 0) * keys;
}
