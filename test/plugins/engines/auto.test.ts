import { describe, expect, it, vi } from 'vitest';
import { autoEngine, definePlugin, Roles, type Engine, type EngineReport, type PluginDefinition } from 'rxdiffusion';
import { z } from 'zod';
import { tfjsCpu } from '../../../src/plugins/engines/tfjs-cpu.js';
import { engineConformance } from './conformance.js';

/** An engine that reports what it is told to. */
function reporting(name: string, report: Omit<EngineReport, 'name' | 'detail'>): PluginDefinition<Engine> {
  return definePlugin({
    role: Roles.engine,
    name,
    config: z.strictObject({}),
    create: async () => {
      const cpu = await tfjsCpu.create({ config: {} });
      return { ...cpu, name, probe: () => Promise.resolve({ name, detail: `as ${name}`, ...report }) };
    },
  });
}

const choice = async (...preferred: PluginDefinition<Engine>[]): Promise<string> => {
  const engine = await autoEngine(preferred).create({ config: {} });
  return (await engine.probe()).detail;
};

describe('auto', () => {
  const [missing, plain] = [reporting('missing', { available: false }), reporting('plain', { available: true })];
  const [idle, gpu] = [
    reporting('idle', { available: true, gpu: false }),
    reporting('gpu', { available: true, gpu: true }),
  ];

  it('takes the first that can run, one that sees a GPU before', async () => {
    expect(await choice(plain, reporting('second', { available: true }))).toBe('takes plain: as plain');
    expect(await choice(plain, gpu)).toBe('takes gpu: as gpu');
    expect(await choice(idle, plain)).toBe('takes plain: as plain');
  });

  it('says once what it takes instead of a better one that misses something', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(await choice(missing, plain)).toBe('takes plain: as plain');
    await choice(missing, plain);
    await choice(reporting('no gpu', { available: false, gpu: false }), reporting('third', { available: true }));
    expect(warn.mock.calls).toEqual([['rxdiffusion: the engine is plain; missing: as missing']]);
    warn.mockRestore();
  });

  it('is an error where none can run', async () => {
    await expect(choice(missing)).rejects.toMatchObject({ code: 'RXD_ENGINE_UNAVAILABLE', got: 'missing: as missing' });
  });
});

engineConformance({ name: 'auto', make: () => autoEngine([tfjsCpu]).create({ config: {} }), networks: {} });
