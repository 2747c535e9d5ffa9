import type { ConditionShape, ConditionSpec, Conditioner } from '../contracts/conditioning.js';
import type { Denoiser } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';

/**
 * Throws `RXD_COMBINATION` where a network reads conditions that nobody gives, or of another type or shape, or does not
 * read what it is given. What does not declare its conditions is not checked.
 *
 * @param which - `taken` where it need not read all that is given
 */
export function checkConditions(
  denoiser: Denoiser,
  conditioner: Conditioner | undefined,
  which: 'all' | 'taken',
): void {
  const { takes } = denoiser.info;
  const gives = conditioner === undefined ? {} : conditioner.gives;
  if (takes === undefined || gives === undefined) return;
  const wrong =
    Object.keys(takes).find((name) => !fits(takes[name], gives[name])) ??
    (which === 'all' ? Object.keys(gives).find((name) => !Object.hasOwn(takes, name)) : undefined);
  if (wrong === undefined) return;
  const giver = conditioner ? identityOf(conditioner, 'conditioner') : 'no conditioner';
  throw new DiffusionError('RXD_COMBINATION', {
    problem: `the condition \`${wrong}\` is not the same for the network and the conditioner`,
    got: `${giver}, which gives ${conditionsSaid(gives)}`,
    expected: `${conditionsSaid(takes)}, which ${identityOf(denoiser, 'denoiser')} reads`,
    fix: 'choose a conditioner for this network (class-label for class embeddings), or a network that reads this condition',
  });
}

/** Whether what is given is what is taken; a word stands for any size. */
function fits(taken: ConditionShape | undefined, given: ConditionShape | undefined): boolean {
  if (taken?.isOptional === true && given === undefined) return true;
  if (taken === undefined || given === undefined) return false;
  const sameSizes = taken.shape.every((size, axis) => {
    const other = given.shape[axis];
    return size === other || typeof size === 'string' || typeof other === 'string';
  });
  return taken.dtype === given.dtype && taken.shape.length === given.shape.length && sameSizes;
}

function conditionsSaid(spec: ConditionSpec): string {
  const said = Object.entries(spec).map(
    ([name, { dtype, shape }]) => `${name} ${dtype} [${['N', ...shape].join(', ')}]`,
  );
  return said.length === 0 ? 'no condition' : said.join(', ');
}
