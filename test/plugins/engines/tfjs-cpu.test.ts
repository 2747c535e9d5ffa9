import { tfjsCpu } from '../../../src/plugins/engines/tfjs-cpu.js';
import { engineConformance } from './conformance.js';

engineConformance({ name: 'tfjs-cpu', make: () => tfjsCpu.create({ config: {} }) });
