/** What a test counted for one rule of the page. */
export interface Figure {
  readonly rule: string;
  readonly counted: string;
  readonly test: string;
}

/**
 * The page with each row's last two columns, test and count, as the figures say: rows are `| R1 | rule | test | count |`.
 * Several figures of a rule stand in one row. A rule without a figure says so.
 */
export function withFigures(page: string, figures: readonly Figure[]): string {
  return page.replace(/^\| (R\d+) +\| (.*?) +\|.*\|.*\|$/gm, (_, rule: string, goal: string) => {
    const own = figures.filter((figure) => figure.rule === rule);
    const tests = [...new Set(own.map(({ test }) => `\`${test}\``))].join('<br>');
    const counts = own.map(({ counted }) => counted).join('<br>');
    return `| ${rule} | ${goal} | ${tests} | ${counts || 'nothing was printed'} |`;
  });
}
