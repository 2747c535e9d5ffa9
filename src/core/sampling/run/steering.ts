import { LatestLiveValues } from '../../loop/live-values.js';
import { LatestSwap } from './latest-swap.js';
import { liveKeysOf } from './live-keys.js';
import type { ReverseParts } from '../reverse-parts.js';
import type { StartingPoint } from '../start/starting-point.js';
import { StepConditions } from '../conditions/step-conditions.js';

/** What changes a run while it goes: live values, swaps, and conditions that follow them. */
export class Steering {
  readonly live: LatestLiveValues;
  readonly swap: LatestSwap;
  readonly conditions: StepConditions;

  constructor(parts: ReverseParts, start: StartingPoint) {
    this.live = new LatestLiveValues(start.request.live ?? {}, liveKeysOf(parts));
    this.swap = new LatestSwap(start.request.swap$);
    this.conditions = new StepConditions(start);
  }

  /** Listens to no stream any more. Idempotent. */
  stop(): void {
    this.live.stop();
    this.swap.stop();
  }
}
