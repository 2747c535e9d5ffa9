import type { LoadProgress } from '../diffusers.js';
import type { Output } from './output.js';

/** Milliseconds between two words of progress: drawn again in place or for a machine, and as lines of their own. */
const [OFTEN, SELDOM] = [100, 5000];

/** A gigabyte has so many bytes, as the sizes of downloads are said. */
const GIGA = 1e9;

/**
 * Says how far a model is loaded: to people where it takes more than a moment, to machines as events of kind `loading`,
 * also at its end.
 *
 * @param model - the path that was named
 */
export function loadProgress(
  output: Output,
  { model, json }: { readonly model: string; readonly json: boolean | undefined },
): (progress: LoadProgress) => void {
  const isRedrawn = output.isTerminal === true;
  const every = json === true || isRedrawn ? OFTEN : SELDOM;
  let said = performance.now();
  let isShown = false;
  return ({ loaded, total }) => {
    const [now, isAll] = [performance.now(), loaded === total];
    if (now - said < every && !(isAll && (json === true || isShown))) return;
    said = now;
    if (json === true) return output.line(JSON.stringify({ kind: 'loading', model, loaded, total }));
    isShown = isRedrawn;
    const text = `load ${model} ${Math.floor((100 * loaded) / total)}%  ${size(loaded)} of ${size(total)}`;
    output.status(isRedrawn ? `\r${text}\u001b[K${isAll ? '\n' : ''}` : `${text}\n`);
  };
}

const size = (bytes: number): string =>
  bytes < GIGA ? `${Math.round((1000 * bytes) / GIGA)} MB` : `${(bytes / GIGA).toFixed(2)} GB`;
