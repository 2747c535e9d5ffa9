import { availableParallelism } from 'node:os';
import { catalogue, Roles } from '../../index.js';
import { nodePlugins } from '../../node.js';
import type { Output } from '../output.js';

/** `rxdiffusion devices`: which engines can run here and why the others cannot, and how many cores there are. */
export async function devicesCommand({ json }: { readonly json?: boolean }, output: Output): Promise<void> {
  const engines = catalogue(nodePlugins).of(Roles.engine);
  const reports = await Promise.all(
    engines.map(async (definition) => {
      const engine = await definition.create({ config: definition.config.parse({}) });
      return engine.probe();
    }),
  );
  const cores = availableParallelism();
  if (json) return output.line(JSON.stringify({ cores, engines: reports }));
  const width = Math.max(...reports.map(({ name }) => name.length));
  for (const { name, available, detail } of reports)
    output.line(`${name.padEnd(width)}  ${available ? 'available    ' : 'not available'}  ${detail}`);
  output.line(`${cores} CPU cores`);
}
