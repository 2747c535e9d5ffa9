import type { Use } from '../../../../core/assembly/recipe.js';
import type { PipelineParts } from './pipeline-files.js';

/** The parts with their conditioner in the slot `conditioner:label`, and another one around it. */
export function wrapped({ plugins, weights, ...others }: PipelineParts, label: string, around: Use): PipelineParts {
  const inner = `conditioner:${label}` as const;
  const { conditioner: rest = 'none', ...slots } = plugins;
  const { conditioner: ofRest, ...ofSlots } = weights;
  return {
    ...others,
    plugins: { ...slots, conditioner: around, [inner]: rest },
    weights: { ...ofSlots, ...(ofRest ? { [inner]: ofRest } : {}) },
  };
}
