import type { Engine } from '../core/contracts/engine.js';
import type { Law } from './law.js';

/** One law of engines. */
export type EngineLaw = Law;

/** Does some work with an engine of its own, started before and stopped afterwards. */
export async function started(make: () => Engine | Promise<Engine>, work: (engine: Engine) => unknown): Promise<void> {
  const engine = await make();
  await engine.start();
  try {
    await work(engine);
  } finally {
    await engine.stop();
  }
}
