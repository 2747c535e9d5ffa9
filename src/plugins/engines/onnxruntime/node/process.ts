import { Gate } from '../../../../core/threads/gate.js';
import type { Command, RunnerSettings } from '../runner/protocol.js';
import { serve } from '../runner/serve.js';
import { loadOnnxRuntime } from './load.js';

/**
 * The process that computes for a thread that may be ended at any moment. It is told its settings first, then commands, and
 * ends with its line. Signals are for the process that started it: a terminal sends them to both.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());

const ends = {
  answer: (message: unknown) => void process.send?.(message),
  close: () => process.disconnect(),
};
process.once('message', (settings) => {
  const hear = serve(ends, new Gate(undefined), settings as RunnerSettings, loadOnnxRuntime);
  process.on('message', (commands) => hear(commands as Command[]));
});
