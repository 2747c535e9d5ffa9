import { refuseScheduler } from './refuse.js';
import type { SchedulerFields } from './scheduler-fields.js';

const FLAGS = { karras: 'use_karras_sigmas', exponential: 'use_exponential_sigmas', beta: 'use_beta_sigmas' } as const;

/** A rule that spaces sigmas instead of times. */
export type SigmaRule = keyof typeof FLAGS;

/** The one rule that a config switches on; `undefined` where it spaces times. */
export function readSigmaRule(config: SchedulerFields): SigmaRule | undefined {
  const rules = (Object.keys(FLAGS) as SigmaRule[]).filter((rule) => config.flag(FLAGS[rule], false));
  if (rules.length <= 1) return rules[0];
  return refuseScheduler({
    problem: 'a scheduler spaces its sigmas by one rule',
    got: rules.map((rule) => FLAGS[rule]).join(' and '),
    expected: 'one of them at most',
    fix: 'set all but one to false',
  });
}

/** Refuses times or sigmas of one's own beside a rule that makes them. */
export function refuseOwnLevels(what: 'timesteps' | 'sigmas', rule: string): never {
  return refuseScheduler({
    problem: `set_timesteps cannot take ${what} where a rule makes the levels`,
    got: `${what} and ${rule}`,
    expected: 'one of the two',
    fix: `leave ${what} out, or switch the rule off`,
  });
}

/** The settings that a rule has in diffusers beside its ends. */
export function ruleSettings(rule: SigmaRule): object {
  return rule === 'beta' ? { over: 'sigma' } : {};
}
