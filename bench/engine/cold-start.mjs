// A process of its own: samples until the first step of the digit model, by the built package (`npm run build`), and ends.
import { firstValueFrom, filter } from 'rxjs';
import { diffusion } from '../../dist/index.js';
import { nodePlugins } from '../../dist/node.js';

const network = {
  ...{ sample_size: 8, in_channels: 1, out_channels: 1, block_out_channels: [32, 64], layers_per_block: 1 },
  ...{ down_block_types: ['DownBlock2D', 'AttnDownBlock2D'], up_block_types: ['AttnUpBlock2D', 'UpBlock2D'] },
  ...{ attention_head_dim: 32, norm_num_groups: 8, num_class_embeds: 11 },
};
const plugins = {
  ...{ engine: 'onnxruntime', noise: 'philox', schedule: 'cosine', grid: 'trailing', parameterization: 'v' },
  ...{ sampler: 'ddim', guidance: 'cfg', conditioner: { name: 'class-label', config: { classes: 10 } } },
  denoiser: { name: 'unet2d', config: network },
};
const pipeline = await diffusion({ format: 1, plugins }, { plugins: nodePlugins });
const events = pipeline.sample.events({ steps: 50, count: 1, condition: 3 });
await firstValueFrom(events.pipe(filter(({ kind }) => kind === 'step')));
process.exit(0);
