/** Whether no number is NaN or infinite. `every` would make an object of each number that it hands over. */
export function allFinite(numbers: ArrayLike<number>): boolean {
  for (let index = 0; index < numbers.length; index++) if (!Number.isFinite(numbers[index])) return false;
  return true;
}
