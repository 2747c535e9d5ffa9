import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packedTypes } from './packed-types.js';

/**
 * Proves the package as third parties get it: packs it, unpacks it into an empty folder beside the example packages, and
 * runs their own conformance tests against it; its types must complete recipes in an editor: `npm run build && tsx tools/packed-plugin.ts`.
 */
const run = promisify(execFile);
const ROLES = ['sampler', 'conditioner', 'codec', 'guidance', 'adapter'] as const;
const SAMPLER = 'third-party-sampler';

const folder = await mkdtemp(join(tmpdir(), 'rxdiffusion-packed-'));
try {
  await linkDependencies(join(folder, 'node_modules'));
  const tarball = await unpack(join(folder, 'node_modules', 'rxdiffusion'));
  const kept: string[] = [];
  for (const role of ROLES) {
    const name = `third-party-${role}`;
    await cp(join('examples', name), join(folder, name), { recursive: true });
    kept.push(`${role} ${await conformance(join(folder, name, 'conformance.ts'))}`);
  }
  console.log(
    `${tarball}: laws kept by plugins of third parties: ${kept.join(', ')}; ${packedTypes(join(folder, SAMPLER))}`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Everything that is installed here but the package itself; scopes are folders of packages. */
async function linkDependencies(target: string): Promise<void> {
  await mkdir(target);
  const entries = await readdir('node_modules');
  for (const entry of entries.filter((name) => !name.startsWith('.') && name !== 'rxdiffusion'))
    await symlink(resolve('node_modules', entry), join(target, entry), 'junction');
}

/** Packs what was built, and puts the tarball's content into a folder. */
async function unpack(target: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    shell: process.platform === 'win32',
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run('tar', ['-xzf', filename], { cwd: folder });
  await rename(join(folder, 'package'), target);
  return filename;
}

/** How many laws an example package keeps; rejects where it breaks one. */
async function conformance(test: string): Promise<number> {
  const tsx = pathToFileURL(resolve('node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const { stdout } = await run(process.execPath, ['--import', tsx, '--test', '--test-reporter', 'tap', test], {
    cwd: folder,
  });
  const passed = Number(/^# pass (\d+)$/m.exec(stdout)?.[1] ?? 0);
  if (passed === 0) throw new Error(`${test} checked no law:\n${stdout}`);
  return passed;
}
