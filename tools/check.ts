import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** One gate of the house: a name and the command that must succeed. */
interface Gate {
  readonly name: string;
  readonly command: string;
}

/** How a gate ended. */
interface Outcome {
  readonly gate: Gate;
  readonly ok: boolean;
  readonly output: string;
}

const GATES: readonly Gate[] = [
  { name: 'format', command: 'prettier --check .' },
  { name: 'lint', command: 'npm run --silent lint' },
  { name: 'rxjs rules', command: 'npm run --silent lint:rxjs' },
  { name: 'import rules', command: 'npm run --silent lint:imports' },
  { name: 'unused', command: 'npm run --silent lint:unused' },
  { name: 'types', command: 'npm run --silent types' },
  { name: 'build', command: 'npm run --silent build' },
  { name: 'package', command: 'publint --strict' },
  { name: 'packed plugin', command: 'tsx tools/packed-plugin.ts' },
  { name: 'reference', command: 'npm run --silent reference -- --check' },
  { name: 'docs', command: 'npm run --silent docs' },
  { name: 'tests', command: 'npm run --silent test' },
];

const CLOSING_LINE = /^(\d+) passed, (\d+) failed, (\d+) skipped$/gm;

await main();

/** Runs all gates, so that one run shows everything that is wrong; the last line is the tests' with failed gates added. */
async function main(): Promise<void> {
  const outcomes: Outcome[] = [];
  for (const gate of GATES) outcomes.push(await run(gate));
  const failed = outcomes.filter((outcome) => !outcome.ok).map((outcome) => outcome.gate.name);
  if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`);
  console.log(`\n${closingLine(outcomes)}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

async function run(gate: Gate): Promise<Outcome> {
  const began = performance.now();
  const { code, output } = await execute(gate.command);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${gate.name.padEnd(14)} ${seconds.padStart(6)} s`);
  if (code !== 0) console.log(output);
  return { gate, ok: code === 0, output };
}

function execute(command: string): Promise<{ code: number; output: string }> {
  const path = [join(process.cwd(), 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const child = spawn(command, {
    shell: true,
    env: { ...process.env, PATH: path, RXD_TESTS: 'full' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? 1, output })));
}

/** A gate that failed without a failed test counts as one failure, so the line never says less than the exit status. */
function closingLine(outcomes: readonly Outcome[]): string {
  const tests = outcomes.find((outcome) => outcome.gate.name === 'tests');
  const counts = [...(tests?.output ?? '').matchAll(CLOSING_LINE)].at(-1)?.slice(1).map(Number) ?? [0, 0, 0];
  const [passed = 0, failedTests = 0, skipped = 0] = counts;
  const failedGates = outcomes.filter((outcome) => !outcome.ok && !(outcome === tests && failedTests > 0)).length;
  return `${passed} passed, ${failedTests + failedGates} failed, ${skipped} skipped`;
}
