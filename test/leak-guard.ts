import { afterEach, beforeEach } from 'vitest';

/** The one field of tfjs's engine that the guard reads; `tf.memory()` would start a backend. */
interface CountingEngine {
  readonly state: { readonly numTensors: number };
}

let allowed = 0;

/** Number of tensors alive, 0 where the test file has not loaded tfjs. */
export function liveTensors(): number {
  const engine = (globalThis as { _tfengine?: CountingEngine })._tfengine;
  return engine === undefined ? 0 : engine.state.numTensors;
}

/** Declares that the running test leaves `count` more tensors behind than it found, on purpose. */
export function allowTensors(count: number): void {
  allowed += count;
}

/** Makes every test of a file fail that leaves more tensors behind than it found and declared. */
export function installLeakGuard(): void {
  let before = 0;
  beforeEach(() => {
    before = liveTensors();
    allowed = 0;
  });
  afterEach(({ task }) => {
    const leaked = liveTensors() - before - allowed;
    if (leaked > 0 && task.result?.state !== 'fail') throw new Error(leakMessage(leaked));
  });
}

function leakMessage(leaked: number): string {
  return `${leaked} tensors leaked: dispose them, work in tf.tidy, or declare allowTensors(${leaked}) with the reason`;
}
