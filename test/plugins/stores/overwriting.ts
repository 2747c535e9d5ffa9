import { folderStore } from '../../../src/plugins/stores/folder.js';

// Overwrites one entry for ever, until it is killed: each content is one letter, many times.
const store = folderStore(process.argv[2] ?? '');
for (let round = 0; ; round++) {
  await store.write('entry', new Uint8Array(1_000_000).fill(97 + (round % 26)));
  if (round === 0) process.stdout.write('began\n');
}
