import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, fromComfy, Roles, standardPlugins } from 'rxdiffusion';
import { exactDenoise, keyedNoise, solve } from 'rxdiffusion/testing';
import { COMFY_SAMPLERS } from '../../../src/pipelines/interop/comfyui/samplers.js';
import { COMFY_SCHEDULERS } from '../../../src/pipelines/interop/comfyui/schedulers.js';
import { made } from '../../plugins/plugins-of.js';

const [samplers, schedulers] = [Object.keys(COMFY_SAMPLERS), Object.keys(COMFY_SCHEDULERS)];
const parted = (use: string | { readonly name: string; readonly config?: object }) =>
  typeof use === 'string' ? { name: use, config: {} } : { name: use.name, config: { ...use.config } };

/** The end of a run of 30 steps that two names mean, on the exact mixture. */
async function endOf(sampler: string, scheduler: string, flow: boolean): Promise<Float64Array> {
  const { plugins } = fromComfy(sampler, scheduler, { flow });
  const [method, grid] = [parted(plugins.sampler), parted(plugins.grid)];
  const schedule = await made(Roles.schedule, flow ? 'flow' : 'scaled-linear', {});
  const levels = (await made(Roles.grid, grid.name, grid.config)).levels(schedule, 30);
  const from = levels[0] ?? schedule.clean;
  return solve({
    sampler: await made(Roles.sampler, method.name, method.config),
    levels,
    schedule,
    x: Float64Array.of(-1.2, 0.3, 1.1).map((value) => value * schedule.priorStd(from)),
    denoise: exactDenoise,
    ...keyedNoise([3], 3),
  });
}

describe('names of ComfyUI', () => {
  it.each(samplers)('%s is a sampler that ends near the data', async (sampler) => {
    for (const flow of [false, true]) {
      const end = await endOf(sampler, 'simple', flow);
      expect(end.every((value) => Math.abs(value) < 4)).toBe(true);
    }
  });

  it.each(schedulers)('%s is a grid that dpmpp_2m runs on', async (scheduler) => {
    for (const flow of [false, true]) {
      const end = await endOf('dpmpp_2m', scheduler, flow);
      expect(end.every((value) => Math.abs(value) < 4)).toBe(true);
    }
  });

  it('keep to the configs of their plugins', () => {
    const known = catalogue(standardPlugins);
    for (const name of samplers) {
      const { plugins } = fromComfy(name, 'karras', { cfg: 1.5 });
      const [sampler, guidance] = [parted(plugins.sampler), parted(plugins.guidance ?? 'none')];
      expect(known.find(Roles.sampler, sampler.name).config.safeParse(sampler.config).success).toBe(true);
      expect(known.find(Roles.guidance, guidance.name).config.safeParse(guidance.config).success).toBe(true);
    }
  });

  it('mean sampler, grid, guidance, steps and seed', () => {
    expect(fromComfy('dpmpp_2m', 'karras', { steps: 20, cfg: 7, seed: 3 })).toEqual({
      plugins: { sampler: 'dpmpp-2m', grid: 'karras', guidance: { name: 'cfg', config: { scale: 7 } } },
      request: { steps: 20, seed: 3 },
      differences: [],
    });
    expect(fromComfy('euler_cfg_pp', 'beta57', { cfg: 1.4 }).plugins).toEqual({
      sampler: 'euler',
      grid: { name: 'beta', config: { alpha: 0.5, beta: 0.7 } },
      guidance: { name: 'cfg-plus-plus', config: { scale: 1.4 } },
    });
    expect(fromComfy('heun', 'karras', { flow: true }).plugins).toEqual({
      sampler: 'flow-heun',
      grid: { name: 'karras', config: { coordinate: 'sigma' } },
    });
  });

  it('take an image with the last steps of a longer grid', () => {
    const { request, strength = 0 } = fromComfy('euler', 'normal', { steps: 12, denoise: 0.35 });
    expect(request.steps).toBe(34);
    expect(Math.round(34 * strength)).toBe(12);
    expect(() => fromComfy('euler', 'normal', { denoise: 0.5 })).toThrow(/RXD_REQUEST_INVALID[^]*give `steps`/);
    expect(() => fromComfy('euler', 'normal', { steps: 4, denoise: 0 })).toThrow(/RXD_REQUEST_INVALID[^]*above 0/);
  });

  it('are refused with the nearest one', () => {
    expect(() => fromComfy('dpmpp_2n', 'karras')).toThrow(/RXD_PLUGIN_UNKNOWN[^]*did you mean 'dpmpp_2m'/);
    expect(() => fromComfy('euler', 'karas')).toThrow(/RXD_PLUGIN_UNKNOWN[^]*did you mean 'karras'/);
    expect(() => fromComfy('toString', 'karras')).toThrow(/RXD_PLUGIN_UNKNOWN/);
  });

  it('are on the page of other libraries, with the plugins that they mean', () => {
    const page = readFileSync('docs/interop.md', 'utf8').replaceAll(/ +/g, ' ');
    const tables = { ...COMFY_SAMPLERS, ...COMFY_SCHEDULERS };
    const missing = Object.entries(tables).filter(
      ([name, { name: plugin }]) => !page.includes(`| \`${name}\` | \`${plugin}\` |`),
    );
    expect(missing.map(([name]) => name)).toEqual([]);
  });
});
