import { catalogue, Roles } from '../../index.js';
import { nodePlugins } from '../../node.js';
import type { Output } from '../output.js';

/** `rxdiffusion devices`: which engines can run here, and why the others cannot. */
export async function devicesCommand({ json }: { readonly json?: boolean }, output: Output): Promise<void> {
  const engines = catalogue(nodePlugins).of(Roles.engine);
  const reports = await Promise.all(
    engines.map(async (definition) => {
      const engine = await definition.create({ config: definition.config.parse({}) });
      return engine.probe();
    }),
  );
  if (json) return output.line(JSON.stringify(reports));
  const width = Math.max(...reports.map(({ name }) => name.length));
  for (const { name, available, detail } of reports)
    output.line(`${name.padEnd(width)}  ${available ? 'available    ' : 'not available'}  ${detail}`);
}
