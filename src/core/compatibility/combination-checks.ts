import type { Adapter } from '../contracts/adapter.js';
import type { Classifier } from '../contracts/classifier.js';
import type { Codec } from '../contracts/codec.js';
import type { Conditioner } from '../contracts/conditioning.js';
import type { Dataset } from '../contracts/dataset.js';
import type { Denoiser } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkCodec } from './codec-checks.js';
import { checkConditions } from './condition-checks.js';
import { checkAdapters } from './adapter-checks.js';

/** The parts of a pipeline that must fit each other. */
export interface Combination {
  readonly denoiser?: Denoiser | undefined;
  /** Further networks by slot: they get the same conditions. */
  readonly networks?: Readonly<Record<string, Denoiser>> | undefined;
  /** Adapters by slot. */
  readonly adapters?: Readonly<Record<string, Adapter>> | undefined;
  readonly conditioner?: Conditioner | undefined;
  readonly codec?: Codec | undefined;
  readonly dataset?: Dataset | undefined;
  readonly classifier?: Classifier | undefined;
}

/** Throws `RXD_COMBINATION` for parts that cannot work together, before anything runs. */
export function checkCombination(parts: Combination): void {
  const { denoiser, networks = {}, conditioner, codec, dataset, classifier } = parts;
  checkAdapters(parts);
  if (codec) checkCodec(codec, parts);
  else if (denoiser && dataset) checkShapes(denoiser, dataset);
  if (classifier && conditioner) checkClassified(classifier, conditioner);
  const guidedOnly = classifier !== undefined && denoiser?.info.classes === undefined;
  if (denoiser && !guidedOnly) {
    if (conditioner) checkClasses(denoiser, conditioner);
    checkConditions(denoiser, conditioner, 'all');
  }
  for (const network of Object.values(networks)) {
    // A further network may be a part of another plugin, which tells it what it reads.
    if (conditioner && network.info.classes !== undefined) checkClasses(network, conditioner);
    if (conditioner) checkConditions(network, conditioner, 'taken');
  }
  if (conditioner?.classes !== undefined && dataset) checkLabels(conditioner, dataset);
}

function checkShapes({ info }: Denoiser, dataset: Dataset): void {
  if (info.sampleShape.join() === dataset.info.shape.join()) return;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'the denoiser and the dataset have samples of different shapes',
    got: `denoiser [${info.sampleShape.join(', ')}], dataset ${dataset.info.name} [${dataset.info.shape.join(', ')}]`,
    expected: 'equal shapes',
    fix: 'set the denoiser’s size and channels (sample_size, in_channels, out_channels; dimensions) to those of the data',
  });
}

/** A null class is the last row of the network's table, so with one both numbers are the same. */
function checkClasses({ info }: Denoiser, conditioner: Conditioner): void {
  const { classes } = conditioner;
  if (classes === undefined) return;
  const hasUnconditional = conditioner.prepareNothing !== undefined;
  const known = info.classes ?? 0;
  if (hasUnconditional ? known === classes : known >= classes) return;
  throw new DiffusionError('RXD_COMBINATION', {
    problem:
      known < classes
        ? 'the conditioner says more classes than the denoiser can tell apart'
        : 'the null class of the conditioner is not the last class of the denoiser',
    got: `${classes} classes (the null class included), and a denoiser with ${info.classes ?? 'no'} classes`,
    expected: 'as many class embeddings as classes, plus one for the null class',
    fix: `set the denoiser’s number of classes (num_class_embeds of unet2d, classes of mlp; num_embeds_ada_norm of dit is one less) to ${classes}`,
  });
}

/** A conditioner's null class is none that a classifier could tell apart. */
function checkClassified({ info }: Classifier, conditioner: Conditioner): void {
  const asked = conditioner.classes === undefined ? 0 : saidClasses(conditioner);
  if (info.classes >= asked) return;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'the conditioner has more classes than the classifier',
    got: `${asked} classes, and a classifier of ${info.classes}`,
    expected: 'a classifier with every class of the conditioner',
    fix: `use a classifier of ${asked} classes, or set the conditioner’s \`classes\` to ${info.classes}`,
  });
}

/** The classes that may be asked for: the null class apart. */
function saidClasses(conditioner: Conditioner): number {
  return (conditioner.classes ?? 0) - (conditioner.prepareNothing === undefined ? 0 : 1);
}

function checkLabels(conditioner: Conditioner, { info }: Dataset): void {
  const asked = saidClasses(conditioner);
  if (info.classes === asked) return;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'the conditioner’s classes and the dataset’s labels do not fit',
    got: `dataset ${info.name} with ${info.classes ?? 'no'} classes, conditioner with ${asked} (the null class apart)`,
    expected: 'as many classes in the data as the conditioner has, without the null class',
    fix: 'set the conditioner’s `classes` to the dataset’s, or leave the conditioner out',
  });
}
