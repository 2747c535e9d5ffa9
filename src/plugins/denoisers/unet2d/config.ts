import { z } from 'zod';
import { withoutNotes } from '../../../core/networks/model-config.js';
import { checkUNet2D } from './check-config.js';
import { unet2dFields } from './config-fields.js';

/** The `config.json` of diffusers' UNet2DModel; any other key or value is an error. */
export const unet2dConfig = z.preprocess(
  withoutNotes,
  unet2dFields.superRefine((config, ctx) =>
    checkUNet2D(config, (path, message) => ctx.addIssue({ code: 'custom', path: [path], message })),
  ),
);
