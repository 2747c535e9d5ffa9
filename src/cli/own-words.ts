import { DiffusionError } from '../index.js';

/** What errors say to who writes a program, and what it is called on the command line. */
const WORDS: readonly (readonly [said: RegExp, flag: string | ((all: string, list: string) => string)])[] = [
  [/`resume: \{ allow: \[([^\]]*)\] \}`/g, (_, list) => `\`--allow ${list.replaceAll(/[' ]/g, '')}\``],
  [/`resume\.allow`/g, '`--allow`'],
  [/`resume: \{ run: [^}]*\}`(, on the command line `[^`]*`)?|`resume\.run`/g, '`--resume RUN`'],
  [/`resume(: true)?`/g, '`--resume`'],
  [/`memoryLimit` \(megabytes\), an option of `diffusion`/g, '`--memory-limit` (megabytes)'],
  [/`(steps|seed|count)`/g, (_, name) => `\`--${name}\``],
  [/`batchSize`/g, '`--batch-size`'],
  [/as `(tokenizer|config)`/g, (_, name) => `as \`--${name}\``],
];

/** An error as the command line says it: by its flags. Any other value as it is. */
export function inOwnWords(error: unknown): unknown {
  if (!(error instanceof DiffusionError)) return error;
  const { code, problem, got, expected, fix, plugin, step, cause } = error;
  return new DiffusionError(code, {
    problem: translated(problem),
    fix: translated(fix),
    ...(got === undefined ? {} : { got }),
    ...(expected === undefined ? {} : { expected: translated(expected) }),
    ...(plugin === undefined ? {} : { plugin }),
    ...(step === undefined ? {} : { step }),
    cause,
  });
}

function translated(text: string): string {
  return WORDS.reduce(
    (before, [said, flag]) =>
      typeof flag === 'string' ? before.replaceAll(said, flag) : before.replaceAll(said, flag),
    text,
  );
}
