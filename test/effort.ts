/** Whether tests run at their full size: `npm run check` says so by `RXD_TESTS=full`. `npm test` runs each of them smaller. */
export const full: boolean = process.env['RXD_TESTS'] === 'full';

/** How often a repeated test repeats: `quick` in `npm test`, `full` in `npm run check`. */
export const times = (quick: number, inFull: number): number => (full ? inFull : quick);
