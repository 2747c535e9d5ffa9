/** What decides in which groups a run is done. */
export interface SinglestepOrders {
  readonly order: number;
  readonly lowerOrderFinal: boolean;
}

/**
 * Place of a step in its group, from 1: 1 starts anew, k goes from the group's start with order k. Groups are as long as
 * `order`, and the last are shorter where the number of steps asks for it: by `lowerOrderFinal` so that the run ends in a
 * step of first order, else so that no step of first order stands alone (a run of order 3 would lose its order by one).
 */
export function orderInGroup({ order, lowerOrderFinal }: SinglestepOrders, index: number, count: number): number {
  const end = endStart({ order, lowerOrderFinal }, count);
  if (index < end.from) return 1 + (index % order);
  return end.orders[index - end.from] ?? 1;
}

/** Where the regular groups end, and the orders of the steps from there. */
function endStart(
  { order, lowerOrderFinal }: SinglestepOrders,
  count: number,
): { readonly from: number; readonly orders: readonly number[] } {
  const rest = count % order;
  const whole = count - rest;
  if (order === 3 && rest === 1 && count > 1 && !lowerOrderFinal) return { from: whole - 3, orders: [1, 2, 1, 2] };
  if (rest > 0 || !lowerOrderFinal || order === 1) return { from: whole, orders: [1, 2].slice(0, rest) };
  return { from: whole - order, orders: order === 3 ? [1, 2, 1] : [1, 1] };
}
