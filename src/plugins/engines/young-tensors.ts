/** Node's `process`, of which the rest is not asked for; other platforms have none, or one without built-in modules. */
interface NodeProcess {
  readonly versions?: { readonly v8?: string };
  getBuiltinModule?(name: 'node:v8'): { setFlagsFromString(flags: string): void };
}

/**
 * Says to V8 in Node that what a place in the code makes is young, whatever became of what it made before. V8 otherwise
 * learns, from a collection that fell into a forward pass, that the records tfjs keeps of tensors live long, and makes all
 * of them in its old heap from then on: 30 to 160 kB an update of a small network, which stay until that heap is collected.
 * It holds for the process, and for code that V8 compiles from now on. Idempotent.
 */
export function keepTensorsYoung(): void {
  const { process } = globalThis as { readonly process?: NodeProcess };
  if (process?.versions?.v8 === undefined) return;
  process.getBuiltinModule?.('node:v8').setFlagsFromString('--no-allocation-site-pretenuring');
}
