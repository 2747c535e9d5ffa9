import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import { readRegularFile } from '../../../src/core/files/regular-file.js';
import { isEntryName } from '../../../src/plugins/stores/entry-name.js';
import { idx } from '../../../src/plugins/datasets/idx.js';
import { imageFolder } from '../../../src/plugins/datasets/image-folder.js';
import { denoiserFromFolder } from '../../../src/plugins/denoisers/from-folder.js';
import { folderStore } from '../../../src/plugins/stores/folder.js';
import { times } from '../../effort.js';
import { figure } from '../../figure.js';
import { Dice } from '../storage/mutator.js';
import { plainNoise } from '../../plugins/datasets/plain-noise.js';

const root = mkdtempSync(join(tmpdir(), 'rxd-outside-'));
const inside = join(root, 'inside');
const secret = join(root, 'secret');
let server: Server | undefined;
afterAll(() => {
  server?.close();
  rmSync(root, { recursive: true });
});

/** What is no file of a folder, under a name of it. */
const KINDS: Readonly<Record<string, (path: string) => void | Promise<void>>> = {
  'a FIFO': (path) => void execFileSync('mkfifo', [path]),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a link out of the folder': (path) => symlinkSync(secret, path),
  'a link to a link out of the folder': (path) => {
    symlinkSync(secret, `${path}.link`);
    symlinkSync(`${path}.link`, path);
  },
  'a hard link': (path) => linkSync(secret, path),
  'a socket': (path) =>
    new Promise((resolve) => {
      server = createServer().listen(path, resolve);
    }),
};

const codeOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
    return 'read';
  } catch (error) {
    return error instanceof DiffusionError ? error.code : error;
  }
};

const pictures = (path: string, more = {}): unknown =>
  imageFolder.create({ config: imageFolder.config.parse({ path, size: [2, 2], ...more }), noise: plainNoise });
const idxOf = (images: string, more = {}): unknown =>
  idx.create({ config: idx.config.parse({ images, ...more }), noise: plainNoise });

describe.skipIf(process.platform === 'win32')('what is no file of the folder', () => {
  beforeAll(() => {
    mkdirSync(inside);
    writeFileSync(secret, gzipSync('a secret of somebody'));
  });

  it.each(Object.keys(KINDS))('%s is read by no reader, and none waits for it', async (kind) => {
    const folder = mkdtempSync(join(inside, 'f'));
    const make = async (name: string): Promise<string> => {
      await KINDS[kind]?.(join(folder, name));
      return join(folder, name);
    };
    expect(await codeOf(async () => folderStore(folder).read((await make('entry')).split('/').at(-1) ?? ''))).toBe(
      'RXD_FILE_REFUSED',
    );
    expect(await codeOf(async () => idxOf(await make('images.gz')))).toBe('RXD_FILE_REFUSED');
    await make('config.json');
    expect(await codeOf(() => denoiserFromFolder(folder, { engine: undefined as never }))).toBe('RXD_FILE_REFUSED');
    await make('picture.png');
    expect(await codeOf(() => pictures(folder))).toBe('RXD_FILE_REFUSED');
  });

  it('a class of pictures that is a link out of the folder is refused, and one inside is a class', async () => {
    const folder = mkdtempSync(join(inside, 'f'));
    const elsewhere = mkdtempSync(join(root, 'pictures'));
    const picture = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#123' } })
      .png()
      .toBuffer();
    writeFileSync(join(elsewhere, 'a.png'), picture);
    mkdirSync(join(folder, 'dogs'));
    writeFileSync(join(folder, 'dogs', 'a.png'), picture);
    symlinkSync('dogs', join(folder, 'more-dogs'));
    expect(await pictures(folder)).toMatchObject({ info: { classes: 2 } });
    symlinkSync(elsewhere, join(folder, 'cats'));
    expect(await codeOf(() => pictures(folder))).toBe('RXD_FILE_REFUSED');
  });

  it('a link that stays in the folder is read', async () => {
    const folder = mkdtempSync(join(inside, 'f'));
    writeFileSync(join(folder, 'real'), 'x');
    symlinkSync('real', join(folder, 'entry'));
    expect(await folderStore(folder).read('entry')).toEqual(Uint8Array.of(120));
    expect(await folderStore(folder).list()).toEqual(['entry', 'real']);
  });

  it('hostile names reach nothing outside (R7)', async () => {
    const store = folderStore(inside);
    const parts = [
      '..',
      '/',
      '\\',
      '%2e%2e',
      '%2f',
      'C:',
      '\0',
      '．',
      '／',
      'secret',
      '~',
      '$HOME',
      ' ',
      '\n',
      '.',
      'é',
      '‥',
    ];
    const fixed = [
      secret,
      '/dev/zero',
      '/proc/self/environ',
      'a'.repeat(4096),
      '../secret',
      `..${'/..'.repeat(40)}/etc/passwd`,
    ];
    const random = Array.from({ length: times(700, 7000) }, (_, seed) => {
      const dice = new Dice(seed);
      return Array.from({ length: 1 + dice.below(6) }, () => dice.oneOf(parts)).join('');
    });
    const hostile = [...fixed, ...random].filter((name) => !isEntryName(name));
    const outcomes = await Promise.all(hostile.map((name) => codeOf(async () => store.read(name))));
    expect(new Set(outcomes)).toEqual(new Set(['RXD_STORE_READ']));
    for (const name of hostile)
      expect(await codeOf(async () => store.write(name, Uint8Array.of(1)))).toBe('RXD_STORE_WRITE');
    expect(hostile.length).toBeGreaterThanOrEqual(500);
    figure(
      'R7',
      `${hostile.length} hostile names and ${Object.keys(KINDS).length} kinds of special files and links, 4 readers: 0 read or written outside`,
    );
  });
});

describe('files that are small and hold much', () => {
  it('a sparse file beyond the limit takes no memory', async () => {
    const path = join(root, 'sparse');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 36);
    const before = process.resourceUsage().maxRSS;
    expect(await codeOf(() => readRegularFile(path, { maxBytes: 2 ** 20 }))).toBe('RXD_FILE_REFUSED');
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
  });

  it('an IDX file that unpacks to more than its header or the limit says is refused before it is', async () => {
    const header = (shape: readonly number[]): Buffer => {
      const bytes = Buffer.alloc(4 + 4 * shape.length);
      bytes.set([0, 0, 8, shape.length]);
      shape.forEach((side, i) => bytes.writeUInt32BE(side, 4 + 4 * i));
      return bytes;
    };
    const path = join(root, 'images.gz');
    const zeros = Buffer.alloc(2 ** 24);
    const before = process.resourceUsage().maxRSS;
    writeFileSync(path, gzipSync(Buffer.concat([header([1, 8, 8]), zeros])));
    expect(await codeOf(() => idxOf(path))).toBe('RXD_FILE_REFUSED');
    writeFileSync(path, gzipSync(Buffer.concat([header([2 ** 22, 32, 32]), zeros])));
    expect(await codeOf(() => idxOf(path))).toBe('RXD_FILE_REFUSED');
    writeFileSync(path, gzipSync(Buffer.concat([header([4, 2, 2]), zeros.subarray(0, 16)])));
    expect(await codeOf(() => idxOf(path))).toBe('read');
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(256 * 1024);
  });

  it('a picture of more pixels than allowed is refused before it is decoded, and so is one of another format', async () => {
    const folder = mkdtempSync(join(root, 'p'));
    const write = (bytes: Uint8Array): void => writeFileSync(join(folder, 'picture.png'), bytes);
    const wide = sharp({ create: { width: 9000, height: 9000, channels: 3, background: 'red' } });
    write(await wide.png({ compressionLevel: 9 }).toBuffer());
    expect(await codeOf(() => pictures(folder))).toBe('RXD_FILE_REFUSED');
    write(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'));
    expect(await codeOf(() => pictures(folder))).toBe('RXD_FORMAT_UNSUPPORTED');
    const small = sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } });
    write(await small.png().toBuffer());
    expect(await codeOf(() => pictures(folder, { maxPixels: 1199 }))).toBe('RXD_FILE_REFUSED');
    expect(await codeOf(() => pictures(folder))).toBe('read');
  });
});
