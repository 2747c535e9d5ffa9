import { DiffusionError } from '../errors/diffusion-error.js';
import type { PlannedPlugin } from './plan.js';

/**
 * Slot ids, each after all that it needs, else in the recipe's order (depth first).
 *
 * @throws `RXD_PLUGIN_CYCLE` printing the circle
 */
export function inCreationOrder(plugins: readonly PlannedPlugin[]): readonly string[] {
  const byId = new Map(plugins.map((plugin) => [plugin.id, plugin]));
  const order = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (order.has(id)) return;
    if (path.includes(id)) throw cycle([...path.slice(path.indexOf(id)), id].map((at) => nameOf(byId.get(at), at)));
    const needed = byId.get(id)?.needs.flatMap((need) => need.slots) ?? [];
    for (const other of needed) visit(other, [...path, id]);
    order.add(id);
  };
  for (const { id } of plugins) visit(id, []);
  return Object.freeze([...order]);
}

function nameOf(plugin: PlannedPlugin | undefined, id: string): string {
  return plugin ? `${plugin.role.name}/${plugin.name}` : id;
}

function cycle(circle: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_CYCLE', {
    problem: `plugins need each other in a circle: ${circle.join(' -> ')}`,
    got: circle.join(' -> '),
    expected: 'needs that end',
    fix: 'let one of them take what it needs as config or as an argument instead of injecting it',
    ...(circle[0] === undefined ? {} : { plugin: circle[0] }),
  });
}
