import { vi } from 'vitest';
import { Roles } from 'rxdiffusion';
import { tfjsWebgpu } from 'rxdiffusion/webgpu';
import { full } from '../../effort.js';
import { made } from '../plugins-of.js';
import { engineConformance } from './conformance.js';

// The first use of each kernel compiles a shader; SwiftShader takes its time.
vi.setConfig({ testTimeout: 240_000 });

const report = await (await tfjsWebgpu.create({ config: {} })).probe();
const reason = report.available ? 'npm run check runs these laws' : report.detail;

engineConformance({
  name: 'tfjs-webgpu',
  make: () => tfjsWebgpu.create({ config: {} }),
  readsAtOnce: false,
  // WGSL allows sines and cosines an error of 2^-11.
  tolerances: { forward: 1e-3, gradients: 2e-3 },
  // A U-Net takes a minute of shaders here; what it is made of is compared by the laws.
  networks: { mlp: () => made(Roles.denoiser, 'mlp', { width: 8, blocks: 1, classes: 4 }) },
  skip: report.available && full ? undefined : `skipped: ${reason}`,
});
