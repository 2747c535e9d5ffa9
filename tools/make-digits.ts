/**
 * Makes src/plugins/datasets/digits-data.ts from a CSV of handwritten digits (one image a line: 64 pixels 0 … 16, then
 * the label). The CSV: UCI Machine Learning Repository, "Optical Recognition of Handwritten Digits" (E. Alpaydin,
 * C. Kaynak, 1998), 1,500 images of the copy that scikit-learn ships; Creative Commons Attribution 4.0.
 *
 * Run: npx tsx tools/make-digits.ts digits-train.csv.gz
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: npx tsx tools/make-digits.ts FILE.csv.gz');
const rows = gunzipSync(readFileSync(path))
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(',').map(Number));
if (rows.some((row) => row.length !== 65 || row.some((value) => !(value >= 0 && value <= 16)))) {
  throw new Error('every line needs 64 pixels of 0 to 16 and a label');
}
const packed = gzipSync(Uint8Array.from(rows.flat()), { level: 9 });
const text = `/**
 * ${rows.length} handwritten digits, made by tools/make-digits.ts; do not edit. UCI Machine Learning Repository, "Optical
 * Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998), https://archive.ics.uci.edu/dataset/80, the copy that
 * scikit-learn ships. Licence: Creative Commons Attribution 4.0 (https://creativecommons.org/licenses/by/4.0/).
 *
 * Base64 of a gzip of ${rows.length} records of 65 bytes: 64 pixels 0 ... 16 row by row, then the label.
 */
export const DIGITS_GZIP_BASE64 =
  '${packed.toString('base64')}';
`;
writeFileSync(new URL('../src/plugins/datasets/digits-data.ts', import.meta.url), text);
