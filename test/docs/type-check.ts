import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../house/source-files.js';
import type { CodeBlock } from './code-blocks.js';

/** Type-checks blocks in one program, each a module of its own inside the package, so that the package's own name resolves. */
export function typeErrors(blocks: readonly CodeBlock[]): string[] {
  const { lib = [], ...others } = compilerOptions();
  // Some blocks are modules of pages. That no other needs a page shows when it runs in Node.
  const options = { ...others, lib: [...lib, 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'] };
  const files = new Map(blocks.map((block) => [join(ROOT, 'code-blocks', block.file), block]));
  const program = ts.createProgram([...files.keys()], options, hostOf(files, options));
  return [...files].flatMap(([path, block]) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) =>
      describeProblem(block, diagnostic),
    );
  });
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  return { ...options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false };
}

function hostOf(files: ReadonlyMap<string, CodeBlock>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const folders = new Set([...files.keys()].flatMap((path) => [dirname(path), dirname(dirname(path))]));
  host.readFile = (path) => {
    const block = files.get(path);
    return block === undefined ? readFile(path) : `${block.code}\nexport {};\n`;
  };
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.directoryExists = (path) => folders.has(path) || ts.sys.directoryExists(path);
  host.getSourceFile = (path, target) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, target);
  };
  return host;
}

function describeProblem(block: CodeBlock, diagnostic: ts.Diagnostic): string {
  const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
  const [page, first] = block.place.split(':');
  return `${page}:${Number(first) + line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
}
