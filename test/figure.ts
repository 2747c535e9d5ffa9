/** Prints what a test of `docs/reliability.md` counted: `npm run reliability` collects these lines into the page. */
export function figure(rule: `R${number}`, counted: string): void {
  console.log(`${rule}: ${counted}`);
}
