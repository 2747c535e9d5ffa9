import {
  catalogue,
  DiffusionError,
  Roles,
  standardPlugins,
  type NoiseLevel,
  type NoiseSchedule,
  type Sampler,
  type StepGrid,
} from 'rxdiffusion';
import { create, made } from '../../tools/golden/plugins.js';

const known = catalogue(standardPlugins);

/** A sampler that runs, on the schedule that it is made for. */
export interface Candidate {
  readonly name: string;
  readonly sampler: Sampler;
  readonly schedule: NoiseSchedule;
  /** The grid that it is measured on where no other is named. */
  readonly grid: string;
}

/** Every sampler that ends at clean samples: on the schedule `linear` and the grid `karras`, those for flow on `flow` and `trailing`. */
export async function candidates(): Promise<readonly Candidate[]> {
  const [linear, flow] = [await made(Roles.schedule, 'linear'), await made(Roles.schedule, 'flow')];
  const all = await Promise.all(
    known.of(Roles.sampler).map(async (definition): Promise<Candidate> => {
      const sampler = await create(definition);
      const onFlow = definition.name.startsWith('flow-');
      return { name: definition.name, sampler, schedule: onFlow ? flow : linear, grid: onFlow ? 'trailing' : 'karras' };
    }),
  );
  return all.filter(({ sampler }) => sampler.needs?.towards !== 'noisy');
}

/** Every grid that goes from noise to the clean level by a rule of its own. */
export function gridNames(): readonly string[] {
  return known
    .of(Roles.grid)
    .map(({ name }) => name)
    .filter((name) => name !== 'custom' && name !== 'flip');
}

const grids = new Map<string, Promise<StepGrid>>();

/** The levels of a grid, or nothing where the grid and the schedule refuse each other. */
export async function levelsOf(
  name: string,
  schedule: NoiseSchedule,
  steps: number,
): Promise<readonly NoiseLevel[] | undefined> {
  const key = `${name} ${schedule.path}`;
  const grid = grids.get(key) ?? gridOn(name, schedule);
  grids.set(key, grid);
  try {
    return (await grid).levels(schedule, steps);
  } catch (error) {
    if (error instanceof DiffusionError) return undefined;
    throw error;
  }
}

/** On flow paths rules over sigma / alpha have no end: they are over sigma there. */
async function gridOn(name: string, { path }: NoiseSchedule): Promise<StepGrid> {
  const definition = known.find(Roles.grid, name);
  const inSigma = { coordinate: 'sigma' };
  return create(definition, path === 'flow' && definition.config.safeParse(inSigma).success ? inSigma : {});
}
