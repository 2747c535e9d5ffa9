import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DiffusionError, Roles, type Engine } from 'rxdiffusion';
import { denoiserFromFolder } from 'rxdiffusion/node';
import { NETWORK_CLASSES } from '../../src/plugins/denoisers/diffusers-networks.js';
import { filesBelow } from './files-below.js';
import { forwardDifference, gradientDifferences, trajectoryDifference } from './network-checks.js';
import { networkClass, networkFolder, type NetworkFolder } from './network-folder.js';
import { isLora, loraChecks } from './loras.js';
import { onnxChecks } from './onnx.js';
import { partChecks } from './parts.js';
import { made } from './plugins.js';
import type { PipelineRecord } from './pipeline-record.js';
import { runDifference } from './pipeline-run.js';
import type { Outcome } from './report.js';
import { Skipped } from './solver-case.js';

/** Classes that the checks of parts cover. */
const PARTS = /^(Autoencoder|UNet2DConditionModel|ControlNetModel)/;

/** Every network folder below a folder: those that hold a `golden.json`. @param engine - a plugin of `nodePlugins`, or one */
export async function networkOutcomes(folder: string, engineOrName: string | Engine): Promise<readonly Outcome[]> {
  const records = (await filesBelow(folder, 'golden.json')).filter((path) => basename(path) === 'golden.json');
  if (records.length === 0) return [];
  const engine = typeof engineOrName === 'string' ? await made(Roles.engine, engineOrName) : engineOrName;
  await engine.start();
  const outcomes: Outcome[] = [];
  for (const path of records) {
    const place = dirname(path);
    const models = await onnxChecks(place, engine);
    for (const [name, check] of models) outcomes.push(await judged('onnx', name, check));
    if (models.length > 0) continue;
    const network = await networkClass(place);
    const read = await networkFolder(place);
    const checks = isLora(read) ? loraChecks(read, engine) : await partChecks(read, engine);
    for (const [name, check] of checks) outcomes.push(await judged(read.record.network, name, check));
    for (const run of runsOf(read))
      outcomes.push(await judged(read.record.network, `run ${run.name}`, () => runDifference(read, run, engine)));
    if ((isLora(read) || PARTS.test(network ?? 'Autoencoder')) && checks.length > 0) continue;
    outcomes.push(
      ...(NETWORK_CLASSES.has(network ?? '') ? await outcomesOf(read, engine) : [skippedFolder(place, network)]),
    );
  }
  await engine.stop();
  return outcomes;
}

/** Whole calls of a pipeline that a folder holds: those that have an index. */
function runsOf({ path, record }: NetworkFolder): readonly PipelineRecord[] {
  const { base = '', config = '' } = record as { readonly base?: string; readonly config?: string };
  // A folder with a base of another folder is a control network, or something that is not read here.
  if (base !== '' && !isLora({ record }) && !existsSync(join(path, 'config.json'))) return [];
  if (!existsSync(join(path, base, config, 'model_index.json'))) return [];
  return (record as { readonly runs?: readonly PipelineRecord[] }).runs ?? [];
}

function skippedFolder(place: string, network: string | undefined): Outcome {
  const reason = `no counterpart of ${network ?? 'what this folder holds'}`;
  return { group: basename(place), name: 'the whole folder', verdict: 'skipped', reason };
}

async function outcomesOf(folder: NetworkFolder, engine: Engine): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const group = folder.record.network;
  for (const record of folder.record.forward)
    outcomes.push(
      await judged(group, record.name, async () => {
        using network = await loaded(folder, engine, record.variant);
        return (await forwardDifference(network, folder, record)) / record.tolerance;
      }),
    );
  if (folder.record.gradients) outcomes.push(await judged(group, 'gradients', () => worstGradient(folder, engine)));
  for (const record of folder.record.trajectories ?? [])
    outcomes.push(
      await judged(group, `${record.name} ${String(record.scheduler['_class_name'])}`, async () => {
        using network = await loaded(folder, engine);
        return (await trajectoryDifference(network, folder, record)) / record.tolerance;
      }),
    );
  return outcomes;
}

async function worstGradient(folder: NetworkFolder, engine: Engine): Promise<number> {
  using network = await loaded(folder, engine);
  return Math.max(...(await gradientDifferences(network, folder)).map(([, difference]) => difference));
}

async function loaded({ path }: NetworkFolder, engine: Engine, variant?: string) {
  const denoiser = await denoiserFromFolder(path, { engine, ...(variant === undefined ? {} : { variant }) });
  return { denoiser, engine, [Symbol.dispose]: () => denoiser.dispose?.() };
}

async function judged(group: string, name: string, worstOf: () => Promise<number>): Promise<Outcome> {
  try {
    const worst = await worstOf();
    return { group, name, verdict: worst <= 1 ? 'passed' : 'failed', worst };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Skipped) return { group, name, verdict: 'skipped', reason };
    if (error instanceof DiffusionError && error.code === 'RXD_PLUGIN_CONFIG')
      return { group, name, verdict: 'skipped', reason: `network ${group}: an option that this network does not have` };
    return { group, name, verdict: 'failed', reason };
  }
}
