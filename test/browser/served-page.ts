import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { build, createServer as createDevelopmentServer, type ViteDevServer } from 'vite';
import { ROOT } from '../house/source-files.js';

/** What the page is served, by path: the rest are its own files. */
export type Served = Readonly<Record<string, string | Uint8Array>>;

/** How the page is served. */
export interface Serving {
  readonly headers?: Readonly<Record<string, string>>;
  /** By the development server of Vite, from its sources. */
  readonly development?: boolean;
}

/** A page that runs in headless Chromium. */
export interface ServedPage {
  /** Opens the page in a Chromium of its own. */
  readonly open: (served: Served, how?: Serving) => Promise<Page>;
  /** Opens it likewise; resolves with the JSON that it sends back. */
  readonly answer: (served: Served, how?: Serving) => Promise<unknown>;
  /** Ends what still runs, and removes the page's files. */
  readonly close: () => Promise<void>;
}

/** The page of the tests of engines. */
const PAGE = join(ROOT, 'test', 'browser', 'page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};
// WebGPU on the software driver that Chromium brings.
const FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

/** The browser of this machine. */
export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/**
 * A page, bundled against the files of `npm pack` as a user of the package would, by its own `vite.config.js` where it has one.
 *
 * @param sources - the folder of its files
 * @param folder - where it is built, for this page alone; removed at the end
 */
export async function servedPage(sources = PAGE, folder = join(ROOT, 'out', 'browser-page')): Promise<ServedPage> {
  await bundled(sources, folder);
  const closing: (() => Promise<unknown>)[] = [];
  const opened = async (
    served: Served,
    { headers = {}, development = false }: Serving,
    hear: (body: string) => void,
  ) => {
    const vite = development ? await developmentServer(folder) : undefined;
    if (vite) closing.push(() => vite.close());
    const server = await listening((asked, reply) => {
      const path = asked.url ?? '/';
      for (const [name, value] of Object.entries(headers)) reply.setHeader(name, value);
      if (path === '/answer') void bodyOf(asked).then(hear);
      if (vite && served[path] === undefined && path !== '/answer') return vite.middlewares(asked, reply);
      reply.setHeader('content-type', TYPES[extname(path === '/' ? 'index.html' : path)] ?? 'application/octet-stream');
      const file = served[path] ?? fileAt(folder, path);
      reply.statusCode = file === undefined && path !== '/answer' ? 404 : 200;
      reply.end(partOf(asked, reply, file ?? ''));
    });
    const browser = await launched();
    closing.push(
      () => browser.close(),
      async () => server.close(),
    );
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return page;
  };
  const open: ServedPage['open'] = (served, how = {}) => opened(served, how, () => undefined);
  const answer: ServedPage['answer'] = (served, how = {}) =>
    new Promise((resolve, reject) => {
      opened(served, how, (body) => resolve(JSON.parse(body))).catch(reject);
    });
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0)) await end();
    rmSync(folder, { recursive: true, force: true });
  };
  return { open, answer, close };
}

const launched = (): Promise<Browser> =>
  playwright.launch({
    ...(chromium === undefined ? {} : { executablePath: chromium }),
    args: FLAGS,
    chromiumSandbox: false,
  });

function listening(listener: RequestListener): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(listener);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
async function bundled(sources: string, folder: string): Promise<void> {
  const installed = join(folder, 'node_modules', 'rxdiffusion');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  if (!isBuilt()) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT });
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: ROOT,
      encoding: 'utf8',
    }),
  ) as { filename: string }[];
  execFileSync('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', installed, '--strip-components=1']);
  symlinkSync(join(ROOT, 'node_modules', '@tensorflow'), join(folder, 'node_modules', '@tensorflow'));
  cpSync(sources, folder, { recursive: true });
  const own = join(folder, 'vite.config.js');
  await build({
    logLevel: 'error',
    root: folder,
    ...(existsSync(own)
      ? { configFile: own }
      : { configFile: false as const, build: { outDir: 'dist', target: 'esnext', minify: false } }),
  });
}

/** Whether `dist` is there and no older than any source. */
function isBuilt(): boolean {
  const index = join(ROOT, 'dist', 'index.js');
  if (!existsSync(index)) return false;
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return files.every((file) => statSync(join(ROOT, 'src', file)).mtimeMs <= statSync(index).mtimeMs);
}

const developmentServer = (folder: string): Promise<ViteDevServer> =>
  createDevelopmentServer({
    configFile: false,
    logLevel: 'error',
    root: folder,
    server: { middlewareMode: true, hmr: false, ws: false },
  });

/** A file of the built page. */
function fileAt(folder: string, path: string): Uint8Array | undefined {
  const file = join(folder, 'dist', path === '/' ? 'index.html' : path);
  return existsSync(file) ? readFileSync(file) : undefined;
}

/** The bytes of a file that are asked for by `range`, or all of them. */
function partOf(asked: IncomingMessage, reply: ServerResponse, file: string | Uint8Array): string | Uint8Array {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(asked.headers.range ?? '') ?? [];
  if (typeof file === 'string' || start === undefined || end === undefined) return file;
  reply.statusCode = 206;
  reply.setHeader('content-range', `bytes ${start}-${end}/${file.length}`);
  return file.subarray(Number(start), Number(end) + 1);
}

async function bodyOf(asked: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
