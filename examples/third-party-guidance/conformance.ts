/**
 * The conformance test of this package, under Node's own test runner: `npm test` here.
 *
 *     node --import tsx --conditions=source --test examples/third-party-guidance/conformance.ts
 */
import { test } from 'node:test';
import { laws } from './laws.js';

for (const { law, check } of laws) void test(law, check);
