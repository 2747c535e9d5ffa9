import type { LiveValues } from '../../core/contracts/guidance.js';
import type { PlainError } from '../../core/errors/plain-error.js';
import type { DeviceEvent, DeviceRequest } from './device.js';

/** What is said to a device. `id` names a run. */
export type DeviceCommand =
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly request: Omit<DeviceRequest, 'live'>;
      /** Keys that are live in this run, with the value that each has when it starts. */
      readonly live: { readonly keys: readonly string[]; readonly first: LiveValues };
    }
  | { readonly kind: 'live'; readonly id: number; readonly key: string; readonly value: unknown }
  | { readonly kind: 'live-failed'; readonly id: number; readonly key: string; readonly error: PlainError }
  | { readonly kind: 'cancel'; readonly id: number };

/** Version of these messages. A device says it first. */
export const DEVICE_PROTOCOL = 1;

/** What a device says. */
export type DeviceAnswer =
  | { readonly kind: 'event'; readonly id: number; readonly event: DeviceEvent }
  | { readonly kind: 'done'; readonly id: number }
  /** A run that was cancelled is over. */
  | { readonly kind: 'cancelled'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError };
