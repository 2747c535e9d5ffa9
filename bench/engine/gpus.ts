import { catalogue, Roles } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { rounded, type Figure } from '../figures.js';
import { CASES, medianMs } from './speed.js';

const GPUS = [
  { engine: 'onnxruntime', settings: { provider: 'cuda' } },
  { engine: 'onnxruntime', settings: { provider: 'webgpu' } },
  { engine: 'tfjs-webgpu', settings: {} },
] as const;
const RUNS = 10;

/** The networks of `torch` on every GPU engine that can run here, against `onnxruntime` on all cores. */
export async function onGpus(): Promise<readonly Figure[]> {
  const rows: Figure[] = [];
  for (const { engine, settings } of GPUS) {
    const definition = catalogue(nodePlugins).find(Roles.engine, engine);
    const report = await (await definition.create({ config: definition.config.parse(settings) })).probe();
    const name = [engine, ...Object.values(settings)].join(' ');
    if (report.available) rows.push(...(await against(name, engine, settings)));
    else console.warn(`${name} is left out: ${report.detail}`);
  }
  return rows;
}

async function against(name: string, engine: string, settings: Readonly<Record<string, unknown>>): Promise<Figure[]> {
  const rows: Figure[] = [];
  for (const each of CASES) {
    const what = `${each.work} ${each.size}x${each.size} batch ${each.batch}, ${name}`;
    try {
      const [gpu, cpu] = [await medianMs(engine, each, RUNS, settings), await medianMs('onnxruntime', each, RUNS)];
      rows.push({ what, 'GPU ms': rounded(gpu, 1), 'CPU ms': rounded(cpu, 1), ratio: rounded(cpu / gpu, 2) });
    } catch (error) {
      rows.push({ what, 'GPU ms': error instanceof Error ? error.message : String(error) });
    }
  }
  return rows;
}
