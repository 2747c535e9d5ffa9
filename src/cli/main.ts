#!/usr/bin/env node
import { statusAfter } from './interrupt.js';
import { processOutput } from './output.js';
import { runProgram } from './program.js';

const output = processOutput();
process.exitCode = await runProgram(process.argv.slice(2), output);
// Results that are still on their way may find nobody who reads them.
output.closed$.subscribe(() => void (process.exitCode = statusAfter('SIGPIPE')));
