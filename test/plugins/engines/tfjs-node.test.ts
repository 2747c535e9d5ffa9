import { it } from 'vitest';
import { tfjsNode, tfjsNodeGpu } from '../../../src/plugins/engines/tfjs-node.js';
import { engineConformance } from './conformance.js';

const definitions = [tfjsNode, tfjsNodeGpu];
const reports = await Promise.all(
  definitions.map(async (definition) => (await definition.create({ config: {} })).probe()),
);
// One process holds one of the two packages.
const present = reports.find(({ available }) => available);

for (const definition of definitions) {
  const report = reports.find(({ name }) => name === definition.name);
  if (definition.name === present?.name)
    engineConformance({ name: definition.name, make: () => definition.create({ config: {} }) });
  else
    it.skip(`engine ${definition.name}: ${report?.available ? 'the other one is tested' : report?.detail}`, () =>
      undefined);
}
