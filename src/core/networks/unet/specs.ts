import { attentionBlockSpecs } from '../attention-block.js';
import { convSpecs, normSpecs, type ParameterSpecs } from '../parameter-specs.js';
import { resnetSpecs, type TimeShift } from '../resnet-block.js';
import { transformerSpecs } from '../transformer-block.js';
import type { BlockPlan, LevelPlan, UNetPlan } from './plan.js';

/** How the blocks are told of time. */
export interface TimeSpec {
  /** Width of the embedding. */
  readonly width: number;
  readonly shift: TimeShift;
}

/** Names and shapes of the tensors of all levels, as diffusers names them. */
export function levelSpecs({ down, middle, up }: Partial<UNetPlan>, time: TimeSpec): ParameterSpecs {
  return Object.assign(
    {},
    ...(down ?? []).map((level) => levelSpec(level, time, 'down')),
    ...(middle ?? []).map((block) => blockSpec(block, time)),
    ...(up ?? []).map((level) => levelSpec(level, time, 'up')),
  ) as ParameterSpecs;
}

function blockSpec({ resnet, attention, transformer }: BlockPlan, time: TimeSpec): ParameterSpecs {
  return {
    ...resnetSpecs(resnet, time),
    ...(attention ? attentionBlockSpecs(attention) : {}),
    ...(transformer ? transformerSpecs(transformer) : {}),
  };
}

function levelSpec(level: LevelPlan, time: TimeSpec, way: 'down' | 'up'): ParameterSpecs {
  return Object.assign(
    {},
    ...level.blocks.map((block) => blockSpec(block, time)),
    resampleSpec(level, time),
    sideImageSpec(level, way),
  ) as ParameterSpecs;
}

function resampleSpec({ resample }: LevelPlan, time: TimeSpec): ParameterSpecs {
  if (resample === undefined) return {};
  if (resample.kind === 'resnet') return resnetSpecs(resample.resnet, time);
  return convSpecs(resample.prefix, resample.channels, resample.channels, 3);
}

/** Colours of the image beside the map. */
const COLOURS = 3;

function sideImageSpec({ sideImage }: LevelPlan, way: 'down' | 'up'): ParameterSpecs {
  if (sideImage?.conv === undefined) return {};
  const { conv, channels, norm } = sideImage;
  return {
    ...(way === 'down' ? convSpecs(conv, COLOURS, channels, 1) : convSpecs(conv, channels, COLOURS, 3)),
    ...(norm ? normSpecs(norm.prefix, channels) : {}),
  };
}
