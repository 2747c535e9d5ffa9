/** What decides in which groups a run is done. */
export interface SinglestepOrders {
  readonly order: number;
  readonly lowerOrderFinal: boolean;
}

/**
 * Place of a step in its group, from 1: 1 starts anew, k goes from the group's start with order k. Groups are as long as
 * `order`. Where the number of steps asks for shorter ones, they are the first, in much noise, and no step of first order
 * stands alone in a run of order 3; with `lowerOrderFinal` they are the last, and the run ends in a step of first order.
 */
export function orderInGroup({ order, lowerOrderFinal }: SinglestepOrders, index: number, count: number): number {
  if (lowerOrderFinal) {
    const end = lastOrders(order, count);
    const regular = count - end.length;
    return index < regular ? 1 + (index % order) : (end[index - regular] ?? 1);
  }
  const start = firstOrders(order, count);
  return index < start.length ? (start[index] ?? 1) : 1 + ((index - start.length) % order);
}

function firstOrders(order: number, count: number): readonly number[] {
  const rest = count % order;
  return order === 3 && rest === 1 && count > 1 ? [1, 2, 1, 2] : [1, 2].slice(0, rest);
}

function lastOrders(order: number, count: number): readonly number[] {
  const rest = count % order;
  if (rest > 0 || order === 1) return [1, 2].slice(0, rest);
  return order === 3 ? [1, 2, 1] : [1, 1];
}
