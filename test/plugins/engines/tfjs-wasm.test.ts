import { expect, it } from 'vitest';
import type { Engine } from '../../../src/core/contracts/engine.js';
import { tfjsWasm } from '../../../src/plugins/engines/tfjs-wasm.js';
import { engineConformance } from './conformance.js';

const make = (): Promise<Engine> => Promise.resolve(tfjsWasm.create({ config: {} }) as Engine);

engineConformance({ name: 'tfjs-wasm', make });

it('adds no listeners for errors that nobody caught', async () => {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  await (await make()).start();
  const texts = events.flatMap((event) => process.listeners(event as 'uncaughtException').map(String));
  expect(texts.filter((text) => text.includes('ExitStatus') || text.includes('throw reason'))).toEqual([]);
});
