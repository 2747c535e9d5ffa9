import type { Engine } from '../../../src/core/contracts/engine.js';
import { onnxruntime } from '../../../src/plugins/engines/onnxruntime/onnxruntime.js';
import { engineConformance } from './conformance.js';

for (const layout of ['plain', 'auto'] as const) {
  const make = async (): Promise<Engine> => onnxruntime.create({ config: onnxruntime.config.parse({ layout }) });
  engineConformance({ name: `onnxruntime, layout ${layout}`, make });
}
