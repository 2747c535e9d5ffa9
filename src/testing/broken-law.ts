/** A check of one law: throws an error that says which law of which role is broken. */
export type LawCheck = (kept: boolean, law: string) => void;

/** The check of a role's laws. */
export function lawsOf(role: string): LawCheck {
  return (kept, law) => {
    if (!kept) throw new Error(`A law of ${role} is broken: ${law}.`);
  };
}

/** Whether two numbers differ by at most `tolerance`. */
export function close(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance;
}
