import { catalogue, type CatalogueEntry } from '../../../../../core/assembly/catalogue.js';
import type { Slots } from '../../../../../core/assembly/recipe.js';
import type { Role } from '../../../../../core/assembly/role.js';
import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import { Loading } from '../../../../../core/storage/loading.js';
import { standardPlugins } from '../../../../presets/standard-plugins.js';
import { FAMILIES } from '../families.js';
import { readModelIndex } from '../model-index.js';
import { PipelineFiles, type PipelineParts } from '../pipeline-files.js';
import type { FolderContent } from './folder-content.js';
import { NamedSlots } from './named-slots.js';

/** What the readers make of a folder that is not yet written. */
export async function readAgain({ settings, weights }: FolderContent): Promise<PipelineParts> {
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    const content = settings[path];
    if (content === undefined) return undefined;
    return new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
  };
  const ofPart = (part: string) => Object.entries(weights).find(([path]) => path.startsWith(`${part}/`))?.[1];
  const place = {
    ...{ read, loading: new Loading({}), close: () => Promise.resolve() },
    elsewhere: (part: string) => Promise.resolve(ofPart(part)),
  };
  const index = await readModelIndex(read);
  const known = FAMILIES[index.className];
  if (known === undefined) throw new Error(`${index.className} is written and not read`);
  return known.family(new PipelineFiles(place, index));
}

/** Slots that no folder says: who reads it chooses them. */
const CHOSEN =
  /^(engine|noise|postProcessor|observer|guidance|store|dataset|optimizer|average|objective|timestepSampler)(:|$)/;

/** Slots of the scheduler, which were compared when it was written. */
const SCHEDULER = /^(schedule|grid|sampler|parameterization)$/;

/**
 * What a folder does not say of a recipe, by slot.
 *
 * @param said - slots that the readers make of the folder
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` where the networks would be others
 */
export function leftOut(slots: Slots, said: Slots, plugins: readonly CatalogueEntry[]): readonly string[] {
  const [wanted, got] = [new NamedSlots(slots, plugins), new NamedSlots(said, plugins)];
  const known = new Map(
    catalogue(standardPlugins).plugins.map((plugin) => [`${plugin.role.name}/${plugin.name}`, plugin]),
  );
  const parsed = (of: NamedSlots, slot: string): Readonly<Record<string, unknown>> => {
    const role = slot.split(':')[0] as Role<unknown>['name'];
    const name = of.nameOf(slot) ?? '';
    const plugin = known.get(`${role}/${name}`) ?? known.get('conditioner/clip-text');
    const { tokenizer: _held, ...config } = of.configOf(slot);
    return plugin ? (plugin.config.parse(config) as Record<string, unknown>) : config;
  };
  return wanted.keys.flatMap((slot) => {
    if (SCHEDULER.test(slot)) return [];
    if (got.nameOf(slot) === undefined || CHOSEN.test(slot)) {
      if (CHOSEN.test(slot))
        return JSON.stringify(wanted.useOf(slot)) === JSON.stringify(got.useOf(slot)) ? [] : [slot];
      throw unsaid(slot, `${slot} ${String(wanted.nameOf(slot))}`);
    }
    const [own, theirs] = [parsed(wanted, slot), parsed(got, slot)];
    const keys = [...new Set([...Object.keys(own), ...Object.keys(theirs)])];
    return keys
      .filter((key) => JSON.stringify(own[key]) !== JSON.stringify(theirs[key]))
      .map((key) => `${slot}: ${key}`);
  });
}

function unsaid(slot: string, got: string): DiffusionError {
  const isAdapter = slot.startsWith('adapter');
  return new DiffusionError('RXD_FORMAT_UNSUPPORTED', {
    problem: 'no folder of diffusers says this slot, and without it the pipeline is another one',
    got,
    expected: 'slots that the folder has a part for',
    fix: isAdapter
      ? 'write the fused weights (`fuseAdapters`) without the adapter, or save it as a file of its own'
      : 'leave the slot out of the recipe',
  });
}
