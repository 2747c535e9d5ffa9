import { fromEvent, tap } from 'rxjs';
import { DIGITS_ATTRIBUTION } from 'rxdiffusion';
import { digitsJob } from './job.js';
import type { Quality } from './measures.js';
import { FULL } from './recipe.js';

console.log(
  `${DIGITS_ATTRIBUTION}\n\nTraining a small diffusion model on them. Ctrl-C stops early and draws what it has learned.\n`,
);
const stop$ = fromEvent(process, 'SIGINT').pipe(tap(() => console.log('\nstopping after this update')));
const written = await digitsJob(FULL, stop$, told);
console.log('\nLook at');
for (const { path, what } of written) console.log(`  ${path.padEnd(38)} ${what}`);

/** How good the samples are, by a classifier of real images and beside them. */
function told({ agreement, recall, recallOfReal }: Quality): void {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  console.log(
    `\nOf 300 samples ${percent(agreement)} are read as the digit that was asked for (5 nearest training images).\n` +
      `Variety: ${percent(recall)} of the held-out images lie among them (k-NN recall), ` +
      `${percent(recallOfReal)} among as many training images.`,
  );
}
