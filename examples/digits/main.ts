import { fromEvent, tap } from 'rxjs';
import { DIGITS_ATTRIBUTION } from 'rxdiffusion';
import { digitsJob } from './job.js';
import { FULL } from './recipe.js';

console.log(
  `${DIGITS_ATTRIBUTION}\n\nTraining a small diffusion model on them. Ctrl-C stops early and draws what it has learned.\n`,
);
const stop$ = fromEvent(process, 'SIGINT').pipe(tap(() => console.log('\nstopping after this update')));
const written = await digitsJob(FULL, stop$);
console.log('\nLook at');
for (const { path, what } of written) console.log(`  ${path.padEnd(38)} ${what}`);
