import { catalogue, Roles, type Engine } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';

/** An engine by name, running; whoever asks stops it. */
export async function startedEngine(name: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Engine> {
  const definition = catalogue([...nodePlugins, onnxruntimeWeb]).find(Roles.engine, name);
  const engine = await definition.create({ config: definition.config.parse(settings) });
  await engine.start();
  return engine;
}
