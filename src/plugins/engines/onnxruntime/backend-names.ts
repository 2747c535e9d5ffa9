const taken = new Set<string>();

/** A name for one more backend: tfjs knows backends by name, and every engine instance has its own. */
export function takeBackendName(stem: string): string {
  let number = 1;
  while (taken.has(nameOf(stem, number))) number++;
  taken.add(nameOf(stem, number));
  return nameOf(stem, number);
}

/** Gives a name back: the engine that had it is gone for good. */
export function giveBackendName(name: string): void {
  taken.delete(name);
}

function nameOf(stem: string, number: number): string {
  return number === 1 ? stem : `${stem}-${number}`;
}
