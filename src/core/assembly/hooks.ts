import * as check from './hook-checks.js';

/** A method or a property of a plugin that a run asks. */
export interface Hook {
  /** True where it may give a promise. */
  readonly async?: true;
  /** What the run gets of what was given; throws `RXD_PLUGIN_OUTPUT` where that is not what it should be. */
  readonly check: (given: unknown, args: readonly unknown[]) => unknown;
  /** What the function that it gives is itself, and what errors call it. */
  readonly gives?: { readonly name: string; readonly hook: Hook };
}

/** The hooks of a plugin, by name; a table in a table where a property holds hooks of its own. */
export interface HookTable {
  readonly [name: string]: Hook | { readonly inside: HookTable | Hook };
}

const now = (checked: Hook['check'] = check.unchecked): Hook => ({ check: checked });
const later = (checked: Hook['check'] = check.unchecked): Hook => ({ async: true, check: checked });

/**
 * The hooks of each role. Shapes, types and numbers of tensors are looked at where they are used. Observers have no
 * table: what they do wrong does not end a run (`observe`). Nor have the `run` and `compile` of engines, which call back.
 */
export const HOOKS: Readonly<Record<string, HookTable>> = {
  schedule: {
    clean: now(check.frozenLevel),
    at: now(check.frozenLevel),
    timeAt: now(check.finiteNumber),
    levelAt: now(check.frozenLevel),
    priorStd: now(check.finiteNumber),
  },
  grid: { levels: now(check.frozenLevels) },
  parameterization: { at: now() },
  denoiser: { predict: now(), layout: now(check.oneOf('same', 'conv2d', 'linear')) },
  control: { residuals: now(check.record), layout: now(check.oneOf('same', 'conv2d', 'linear')) },
  adapter: {
    apply: now(check.record),
    layout: now(check.oneOf('same', 'conv2d', 'linear')),
    live: { inside: now(check.truth) },
  },
  codec: { encode: now(), decode: now(), moments: now(), layout: now(check.oneOf('same', 'conv2d', 'linear')) },
  classifier: { logProbability: now() },
  conditioner: {
    prepare: later(check.record),
    prepareNothing: later(check.record),
    prepareBatch: later(check.record),
    encode: now(check.record),
    layout: now(check.oneOf('same', 'conv2d', 'linear')),
  },
  guidance: {
    branches: now(check.branches),
    init: now(),
    combine: now(),
    live: { inside: now(check.truth) },
  },
  sampler: {
    init: now(),
    step: now(),
    calls: now(check.finiteNumber),
    levels: now(check.frozenLevels),
    stepSize: { inside: { next: now(check.levelOrEnd), accept: now(check.record) } },
  },
  noise: {
    normal: now(check.checkedDraw),
    uniform: now(check.checkedDraw),
    normalFrom: now(check.checkedDraw),
    uniformFrom: now(check.checkedDraw),
  },
  postProcessor: { process: later() },
  dataset: { batch: later() },
  objective: { coefficients: now(check.record), loss: now() },
  timestepSampler: { level: now(check.frozenLevel) },
  optimizer: {
    init: now(check.record),
    scalars: now(check.record),
    update: now(check.record),
    learningRate: now(check.finiteNumber),
  },
  average: { decay: now(check.finiteNumber) },
  store: {
    read: later(check.bytes),
    write: later(),
    open: later(check.byteSource),
    writeParts: later(),
    list: later(check.names),
    remove: later(),
    lock: { ...later(check.giveBack), gives: { name: 'the end of `lock`', hook: later() } },
  },
  engine: { probe: later(check.record), start: later(), realize: later(), place: now(), stop: later() },
};
