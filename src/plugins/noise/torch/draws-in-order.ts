import { torchGenerator, type TorchGenerator } from './torch-generator.js';

/** Generators that are kept: more would only save time for larger batches. */
const KEPT = 256;

interface Position {
  readonly generator: TorchGenerator;
  /** Draws that were taken. */
  taken: number;
}

/**
 * Draw `place` of the generator of a seed, all of its draws having `count` numbers. A pure function: generators are kept
 * between calls only so that the next draw need not start over.
 */
export function drawsInOrder(): (seed: number, count: number, place: number) => Float64Array {
  const positions = new Map<string, Position>();
  return (seed, count, place) => {
    const name = `${seed}/${count}`;
    const known = positions.get(name);
    const position = known && known.taken <= place ? known : { generator: torchGenerator(seed), taken: 0 };
    positions.delete(name);
    positions.set(name, position);
    if (positions.size > KEPT) positions.delete(positions.keys().next().value ?? name);
    for (; position.taken < place; position.taken++) position.generator.normals(count);
    position.taken += 1;
    return position.generator.normals(count);
  };
}
