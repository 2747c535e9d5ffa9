import { loadDigits } from 'rxdiffusion';

/** What an image shows. */
export interface Shown {
  readonly digit: number;
  /** Whether it is dark on light ground. */
  readonly isDark: boolean;
}

/** Reads each image of 64 numbers as the digit that most of its five nearest training images are, and what ground it has. */
export async function readDigits(drawn: ArrayLike<number>): Promise<readonly Shown[]> {
  const dark = Array.from({ length: drawn.length / 64 }, (_, row) => meanOf(drawn, row) > 0);
  const digits = await readLight(Array.from(drawn, (value, at) => (dark[Math.floor(at / 64)] ? -value : value)));
  return digits.map((digit, row) => ({ digit, isDark: dark[row] === true }));
}

/** Most of an image is ground. */
function meanOf(images: ArrayLike<number>, row: number): number {
  let sum = 0;
  for (let i = 0; i < 64; i++) sum += images[row * 64 + i] ?? 0;
  return sum / 64;
}

async function readLight(images: ArrayLike<number>): Promise<number[]> {
  const { data, labels } = await loadDigits();
  return Array.from({ length: images.length / 64 }, (_, row) => {
    const distances = Array.from(labels, (label, known) => ({ label, distance: squared(images, row, data, known) }));
    const votes = new Map<number, number>();
    for (const { label } of distances.toSorted((a, b) => a.distance - b.distance).slice(0, 5))
      votes.set(label, (votes.get(label) ?? 0) + 1);
    return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best))[0];
  });
}

function squared(a: ArrayLike<number>, row: number, b: ArrayLike<number>, known: number): number {
  let sum = 0;
  for (let i = 0; i < 64; i++) sum += ((a[row * 64 + i] ?? 0) - (b[known * 64 + i] ?? 0)) ** 2;
  return sum;
}
