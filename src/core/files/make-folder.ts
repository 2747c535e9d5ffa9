import * as fs from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` never comes back where a file system says of a
 * folder that can have no others that it is not there: `/proc`.
 *
 * @throws what Node throws where one of them cannot be made
 */
export async function makeFolder(path: string, system: Pick<typeof fs, 'mkdir'> = fs): Promise<void> {
  const whole = resolve(path);
  const above = dirname(whole);
  if ((await made(whole, system)) || above === whole) return;
  await makeFolder(above, system);
  if (!(await made(whole, system))) await system.mkdir(whole);
}

/** Whether the folder is there now; `false` where the one above is missing. */
async function made(path: string, system: Pick<typeof fs, 'mkdir'>): Promise<boolean> {
  try {
    await system.mkdir(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT') return false;
    throw error;
  }
}
