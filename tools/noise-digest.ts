import { createHash } from 'node:crypto';
import { normals, uniforms } from '../src/core/random/draws.js';

/** Prints SHA-256 of normals and uniforms: equal lines on every version of Node (`tools/node-matrix.ts`). */
const key = { seed: 20_240_607, purpose: 'start', step: 3 };
for (const [name, count, draw] of [
  ['normals', 10_000, normals],
  ['normals', 2_000_000, normals],
  ['uniforms', 10_000, uniforms],
] as const) {
  const bytes = new Uint8Array(draw(key, count).buffer);
  console.log(
    `${String(count).padStart(8)} ${name.padEnd(9)} sha256 ${createHash('sha256').update(bytes).digest('hex')}`,
  );
}
