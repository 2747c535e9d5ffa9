import { unet2dConditionName } from '../../../../plugins/denoisers/unet2d-condition/names.js';

/**
 * The name of diffusers of a U-Net's layer that a file calls as CompVis does, both with underscores: kohya's files for Stable
 * Diffusion XL do. Nothing for a name of another kind.
 *
 * @param layers - residual blocks of a level: blocks are counted through all levels
 */
export function compVisName(name: string, layers: number): string | undefined {
  const dotted = name.replace(/_(?=\d+(?:_|$))/g, '.').replace(/(?<=\.\d+)_/g, '.');
  return unet2dConditionName(`${dotted}.weight`, layers)
    ?.replace(/\.weight$/, '')
    .replaceAll('.', '_');
}
