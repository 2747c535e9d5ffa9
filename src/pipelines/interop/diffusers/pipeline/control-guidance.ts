import type { ConditionFrom, SampleRequest } from '../../../../core/sampling/sample-request.js';

/** When and how much control networks do: one for all of them, or one each. */
export interface ControlGuidance {
  /** Steps of the run. */
  readonly steps: number;
  /** Calls of the network that the first step makes beyond one, which diffusers counts too: 1 for PNDM; 0 where absent. */
  readonly extraCalls?: number;
  /** Factor of what they add; 1 where absent. */
  readonly scale?: number | readonly number[];
  /** Share of the steps from which they act; 0 where absent. */
  readonly start?: number | readonly number[];
  /** Share of the steps until which they act; 1 where absent. */
  readonly end?: number | readonly number[];
}

/**
 * The conditions of a request for control networks that act in a part of the steps: step `i` of `n` where `i / n >= start` and
 * `(i + 1) / n <= end`, as diffusers' `control_guidance_start` and `control_guidance_end` say.
 *
 * @param condition - what `controlled-text` reads, without `control_scale`
 * @example
 * pipeline.sample({ steps: 20, ...controlGuidance({ prompt, control_image }, { steps: 20, scale: 0.8, end: 0.6 }) });
 */
export function controlGuidance(
  condition: Readonly<Record<string, unknown>>,
  { steps, extraCalls = 0, scale = 1, start = 0, end = 1 }: ControlGuidance,
): Pick<SampleRequest, 'condition' | 'conditionsFrom'> {
  const all = [scale, start, end].map((value): readonly number[] => [value].flat());
  const count = Math.max(...all.map((values) => values.length));
  const of = (values: readonly number[] | undefined, at: number): number => values?.[values.length === 1 ? 0 : at] ?? 0;
  const [scales, starts, ends] = all;
  const scalesAt = (step: number): readonly number[] =>
    Array.from({ length: count }, (_, at) => {
      const [call, calls] = [step === 0 ? 0 : step + extraCalls, steps + extraCalls];
      const acts = call / calls >= of(starts, at) && (call + 1) / calls <= of(ends, at);
      return acts ? of(scales, at) : 0;
    });
  const withScale = (step: number): object => ({ ...condition, control_scale: scalesAt(step) });
  const changes = Array.from({ length: steps }, (_, step) => step).filter(
    (step) => step > 0 && scalesAt(step).join() !== scalesAt(step - 1).join(),
  );
  const conditionsFrom = changes.map((step): ConditionFrom => ({ from: step / steps, condition: withScale(step) }));
  return { condition: withScale(0), ...(conditionsFrom.length > 0 ? { conditionsFrom } : {}) };
}
