import { availableParallelism } from 'node:os';
import { catalogue, Roles, type EngineReport } from '../../index.js';
import { nodePlugins } from '../../node.js';
import type { Output } from '../output.js';

/** Where an engine computes, and whether it can. */
interface Device extends EngineReport {
  /** The setting by which it computes elsewhere than by default. */
  readonly provider?: string;
}

/** Settings by which an engine computes elsewhere than by default. */
const OTHER_DEVICES: Readonly<Record<string, readonly { readonly provider: string }[]>> = {
  onnxruntime: [{ provider: 'webgpu' }, { provider: 'cuda' }],
};

/** `rxdiffusion devices`: which engines can run here and why the others cannot, and how many cores there are. */
export async function devicesCommand({ json }: { readonly json?: boolean }, output: Output): Promise<void> {
  const engines = catalogue(nodePlugins).of(Roles.engine);
  const devices = await Promise.all(
    engines.flatMap((definition) =>
      [{}, ...(OTHER_DEVICES[definition.name] ?? [])].map(async (config): Promise<Device> => {
        const engine = await definition.create({ config: definition.config.parse(config) });
        return { ...(await engine.probe()), ...config };
      }),
    ),
  );
  const cores = availableParallelism();
  if (json) return output.line(JSON.stringify({ cores, engines: devices }));
  const width = Math.max(...devices.map((device) => label(device).length));
  for (const device of devices)
    output.line(
      `${label(device).padEnd(width)}  ${device.available ? 'available    ' : 'not available'}  ${device.detail}`,
    );
  output.line(`${cores} CPU cores`);
}

const label = ({ name, provider }: Device): string => (provider === undefined ? name : `${name} ${provider}`);
