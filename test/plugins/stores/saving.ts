import { saveCheckpoint } from '../../../src/core/storage/checkpoints.js';
import { folderStore } from '../../../src/plugins/stores/folder.js';
import { tinyCheckpoint } from '../../core/storage/tiny-checkpoint.js';

// Holds a folder and saves checkpoints into it for ever, each in place of the one before, until it is killed.
const store = folderStore(process.argv[2] ?? '');
await store.lock?.();
for (let step = 1; ; step++) {
  await saveCheckpoint(store, { ...tinyCheckpoint(step), run: 'mine' }, { keep: 1 });
  if (step === 1) process.stdout.write('began\n');
}
