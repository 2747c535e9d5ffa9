import type { Engine } from '../contracts/engine.js';

/** One law of engines: its name, and a check that rejects where an engine breaks it. */
export interface EngineLaw {
  readonly law: string;
  /** Rejects with an error that says what is broken. */
  check(): Promise<void>;
}

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
