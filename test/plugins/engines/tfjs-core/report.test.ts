import { describe, expect, it } from 'vitest';
import { reportOf, summary } from './report.js';

const outcomes = [
  { name: 'add adds' },
  { name: 'add broadcasts' },
  { name: 'fft of a line', error: new Error('no complex numbers') },
  { name: 'fft of a plane', error: new Error('no complex numbers') },
];
const noFft = { reason: 'no complex numbers', tests: ['fft *'] };

describe('the report of a suite', () => {
  it('counts what passed and what failed as it was said to', () => {
    const report = reportOf(outcomes, [noFft]);
    expect(report.faults).toEqual([]);
    expect(summary('cpu', report)).toBe("tfjs-core's suite on cpu: 2 passed, 2 excluded, 0 failed");
  });

  it('shows a test that fails and is not excluded, with its error', () => {
    const report = reportOf(outcomes, [{ reason: 'as above', tests: ['fft of a line'] }]);
    expect(report).toMatchObject({ excluded: 1, failed: 1 });
    expect(report.faults).toEqual(['failed: fft of a plane: no complex numbers']);
  });

  it('shows an excluded test that passes', () => {
    const report = reportOf(outcomes, [noFft, { reason: 'slow', tests: ['add adds'] }]);
    expect(report.faults).toEqual(['passes, but is excluded: add adds']);
  });

  it('shows an exclusion that fits no test', () => {
    const report = reportOf(outcomes, [noFft, { reason: 'gone', tests: ['sub *'] }]);
    expect(report.faults).toEqual(['excluded, but no test has the name: sub *']);
  });
});
