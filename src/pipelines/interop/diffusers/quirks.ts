/**
 * What diffusers does otherwise than this package would by itself, each with a switch that repeats it;
 * `docs/differences.md` says how large each is. A run with these agrees with diffusers number by number.
 */
export const DIFFUSERS_QUIRKS = {
  'previous-time': 'DDIM, PNDM and DDIMInverse step to t - T/N whatever the grid is',
  'inverse-level': 'DDIMInverse tells the network the time of the level that a step goes to',
  'third-order-factor': 'multistep order 3 has half of the second difference that it needs',
  'sde-third-order-sign': 'order 3 on the SDE subtracts one half where one half is to be added',
  'late-churn': 'churn adds noise after the network looked',
  'ignored-churn': 'FlowMatchEuler accepts churn and draws none',
  'log-linear-end': 'log_linear makes a level too many, and the run ends above the clean level',
  'log-linear-times': 'log_linear tells networks the times of the spacing, not those of the levels',
  'mixed-v': 'PNDM averages v of several levels before it is read',
  'lost-first-mean': 'the first step of IPNDM takes the clean sample as 0',
  'double-shift': 'flow classes shift the ends of their grid twice',
  'no-op-last-step': 'the last two levels are one',
  'raw-noise': 'noise beside a clipped estimate is what the network said, not what is left in x',
  'even-weights': 'PNDM weighs its past as if steps were even in sigma / alpha',
  'first-order-start': 'order 3 starts with a step of first order',
  'final-noise': 'DDPM, from above time 0, and ScoreSdeVe draw noise also in the last step',
  'batch-norms': 'ScoreSdeVe sizes its Langevin steps by the mean norms of the batch',
  'stepped-sigmas': 'ScoreSdeVe steps between sigmas that are not quite those of which the network is told',
  'whole-times': 'TCD rounds the time between two levels down to a training step',
  'cut-off-times': 'multistep solvers tell networks of the flow path the time cut off to a whole training step',
  'small-start': 'the Euler family starts from noise of sigma, not of 1, where times are spaced to the last one',
  'below-noise': 'UniPC on the flow path starts 1e-6 below pure noise',
} as const;

/** A stable name of one thing that diffusers does otherwise. */
export type DiffusersQuirk = keyof typeof DIFFUSERS_QUIRKS;
