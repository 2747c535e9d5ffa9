import { firstValueFrom, of } from 'rxjs';
import { postProcess, Roles, type Diffusion, type FloatImages, type PixelImages } from 'rxdiffusion';

/** A batch through the recipe's post-processors: one enlarged sheet. */
export async function sheetOf({ assembly }: Diffusion, images: FloatImages): Promise<PixelImages> {
  const batch = await firstValueFrom(of(images).pipe(postProcess(assembly.all(Roles.postProcessor))));
  if (batch.kind === 'pixels') return batch;
  throw new Error('the recipe’s post-processors end in pixels');
}

/** One sheet for each moment, as a batch: the frames of a film. */
export async function framesOf(pipeline: Diffusion, moments: readonly FloatImages[]): Promise<PixelImages> {
  const sheets = await Promise.all(moments.map((images) => sheetOf(pipeline, images)));
  const [, height = 1, width = 1, channels = 1] = sheets[0]?.shape ?? [];
  const data = new Uint8Array(sheets.length * height * width * channels);
  sheets.forEach((sheet, frame) => data.set(sheet.data, frame * sheet.data.length));
  return { kind: 'pixels', shape: [sheets.length, height, width, channels], data };
}

/** The first sample of each digit at ten moments: a row for each digit. */
export function stripOf(pipeline: Diffusion, moments: readonly FloatImages[]): Promise<PixelImages> {
  const [count, height, width, channels] = (moments[0] as FloatImages).shape;
  const size = height * width * channels;
  const rows = Math.floor(count / 10);
  const shown = Array.from(
    { length: 10 },
    (_, k) => moments[Math.round((k * (moments.length - 1)) / 9)] as FloatImages,
  );
  const data = new Float32Array(rows * shown.length * size);
  for (let row = 0; row < rows; row++)
    shown.forEach((moment, column) =>
      data.set(moment.data.subarray(row * 10 * size, (row * 10 + 1) * size), (row * shown.length + column) * size),
    );
  return sheetOf(pipeline, { kind: 'float', shape: [rows * shown.length, height, width, channels], data });
}
