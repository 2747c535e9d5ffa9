import type { Engine } from 'rxdiffusion';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';
import { engineConformance } from './conformance.js';

const make = async (): Promise<Engine> =>
  onnxruntimeWeb.create({ config: onnxruntimeWeb.config.parse({ threads: 1 }) });

engineConformance({ name: 'onnxruntime-web', make });
