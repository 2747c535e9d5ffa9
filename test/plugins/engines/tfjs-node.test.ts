import { tfjsNode, tfjsNodeGpu } from '../../../src/plugins/engines/tfjs-node.js';
import { engineConformance } from './conformance.js';

const tested = await Promise.all(
  [tfjsNode, tfjsNodeGpu].map(async (definition) => {
    const engine = await definition.create({ config: {} });
    return { definition, report: await engine.probe() };
  }),
);
// One process holds one of the two packages.
const first = tested.find(({ report }) => report.available);

tested.forEach(({ definition, report }) => {
  engineConformance({
    name: definition.name,
    make: () => definition.create({ config: {} }),
    skip:
      report !== first?.report ? `skipped: ${report.available ? 'the other one is tested' : report.detail}` : undefined,
  });
});
