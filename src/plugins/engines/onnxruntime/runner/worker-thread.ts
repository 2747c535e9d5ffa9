import { Worker } from 'node:worker_threads';
import type { ThreadSettings } from './protocol.js';

/**
 * Starts the runner's thread. Published files are JavaScript; in a checkout they are TypeScript, which the thread reads by
 * the loader that the checkout's own scripts use.
 */
export function startWorker(settings: ThreadSettings): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: settings });
  const file = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${file}); });`;
  return new Worker(start, { eval: true, workerData: settings, execArgv: [] });
}
