/** What became of one golden case. */
export interface Outcome {
  /** Scheduler class, or folder of a network. */
  readonly group: string;
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped or failed. */
  readonly reason?: string;
  /** Worst difference in units of the tolerance. */
  readonly worst?: number;
}

/** A table of agreement by group, what failed, why others were skipped, and the closing line. */
export function reportOf(outcomes: readonly Outcome[]): string {
  const groups = [...new Set(outcomes.map(({ group }) => group))];
  const rows = groups.map((group) =>
    rowOf(
      group,
      outcomes.filter((outcome) => outcome.group === group),
    ),
  );
  const failed = outcomes
    .filter(({ verdict }) => verdict === 'failed')
    .map(
      ({ group, name, reason, worst }) =>
        `FAILED ${group} ${name}: ${reason ?? `${worst?.toPrecision(3)} times the tolerance`}`,
    );
  const reasons = new Map<string, number>();
  for (const { verdict, reason = '' } of outcomes)
    if (verdict === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const skipped = [...reasons]
    .toSorted((a, b) => b[1] - a[1])
    .map(([reason, count]) => `skipped ${String(count).padStart(4)}  ${reason}`);
  const header = row('', 'passed', 'failed', 'skipped', 'worst / tolerance');
  return [header, ...rows, '', ...failed, ...skipped, '', closingLine(outcomes)].join('\n');
}

/** Counts as every command of the house says them. */
function closingLine(outcomes: readonly Outcome[]): string {
  const [passed, failed, skipped] = counts(outcomes);
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function rowOf(group: string, outcomes: readonly Outcome[]): string {
  const worst = Math.max(0, ...outcomes.map((outcome) => outcome.worst ?? 0));
  const [passed, failed, skipped] = counts(outcomes);
  return row(group, String(passed), String(failed), String(skipped), passed + failed > 0 ? worst.toPrecision(2) : '');
}

function counts(outcomes: readonly Outcome[]): readonly [number, number, number] {
  const count = (verdict: Outcome['verdict']): number =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  return [count('passed'), count('failed'), count('skipped')];
}

function row(group: string, ...cells: readonly string[]): string {
  return [group.padEnd(38), ...cells.map((cell) => cell.padStart(9))].join(' ');
}
