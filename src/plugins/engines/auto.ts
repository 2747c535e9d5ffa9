import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Engine, EngineReport } from '../../core/contracts/engine.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin, type PluginDefinition } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

interface Probed {
  readonly engine: Engine;
  readonly report: EngineReport;
}

/** Choices that this process has told of. */
const told = new Set<string>();

/**
 * An engine `auto` that takes the best of some engines: the first that sees a GPU, else the first that can run. Where
 * that is not the one that would come first without a GPU, it says once which it is and what the others miss.
 *
 * @param preferred - engines, best first
 * @throws on creation, DiffusionError `RXD_ENGINE_UNAVAILABLE` where none can run
 */
export function autoEngine(preferred: readonly PluginDefinition<Engine>[]) {
  return definePlugin({
    role: Roles.engine,
    name: 'auto',
    summary: 'Takes the best engine that is available: the first that finds a GPU, else the first that can run.',
    reference: 'This package',
    tags: { runs: 'everywhere', when: 'nearly always: the choice of all presets' },
    config: z.strictObject({}),
    create: async () => {
      const probed = await Promise.all(preferred.map(probedOf));
      const able = probed.filter(({ report }) => report.available);
      const chosen = able.find(({ report }) => report.gpu) ?? able.find(({ report }) => !needsGpu(report));
      if (chosen === undefined) throw noneRuns(probed);
      tell(chosen, probed);
      return standingIn(chosen);
    },
    dispose: (engine) => engine.stop(),
  });
}

/** An engine that is there for a GPU, where none is seen. */
const needsGpu = ({ gpu }: EngineReport): boolean => gpu === false;

async function probedOf(definition: PluginDefinition<Engine>): Promise<Probed> {
  const engine = await definition.create({ config: definition.config.parse({}) });
  return { engine, report: await engine.probe() };
}

function standingIn({ engine, report }: Probed): Engine {
  return {
    name: 'auto',
    get backend() {
      return engine.backend;
    },
    probe: () => Promise.resolve({ ...report, name: 'auto', detail: `takes ${engine.name}: ${report.detail}` }),
    start: () => engine.start(),
    run: (work) => engine.run(work),
    compile: (work) => engine.compile(work),
    ...(engine.loadModel ? { loadModel: engine.loadModel.bind(engine) } : {}),
    realize: (tensors) => engine.realize(tensors),
    ...(engine.place === undefined ? {} : { place: (numbers) => engine.place?.(numbers) as tf.Tensor }),
    stop: () => engine.stop(),
  };
}

function tell({ engine, report }: Probed, probed: readonly Probed[]): void {
  const missed = probed
    .slice(
      0,
      probed.findIndex((one) => one.engine === engine),
    )
    .filter((one) => !one.report.available && !needsGpu(one.report));
  if (report.gpu || missed.length === 0 || told.has(engine.name)) return;
  told.add(engine.name);
  console.warn(`rxdiffusion: the engine is ${engine.name}; ${missed.map(reason).join('; ')}`);
}

const reason = ({ report }: Probed): string => `${report.name}: ${report.detail}`;

function noneRuns(probed: readonly Probed[]): DiffusionError {
  return new DiffusionError('RXD_ENGINE_UNAVAILABLE', {
    problem: 'no engine can run here',
    got: probed.map(reason).join('; ') || 'an empty list of engines',
    expected: 'one that can',
    fix: 'install what one of them misses, or add tfjs-wasm to the list: it needs nothing',
    plugin: 'engine/auto',
  });
}
