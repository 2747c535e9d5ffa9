import type { Observable } from 'rxjs';
import type { FloatImages } from '../../core/contracts/images.js';
import type { SampleEnd, SampleStart, SampleStep } from '../../core/loop/sample-events.js';
import type { SampleOptions } from '../sample-function.js';
import type { PreviewOptions } from '../sampling/preview.js';

/**
 * A request as it crosses to a device: what is missing comes from the recipe's `sample` settings. Its live values cross
 * one by one; weights are given to a device when it is made; parts cannot be swapped from outside.
 */
export interface DeviceRequest extends Omit<SampleOptions, 'parameters' | 'swap$'> {
  /** Steps that carry pictures; none where absent. */
  readonly preview?: PreviewOptions;
}

/** A step of a run elsewhere: numbers, and pictures where the request asked for them. */
export interface DeviceStep extends Omit<SampleStep, 'x' | 'denoised'> {
  readonly images?: FloatImages;
}

/** The end of a run elsewhere, with its samples. */
export interface DeviceEnd extends Omit<SampleEnd, 'x'> {
  readonly images: FloatImages;
}

/** What a run on a device emits: the events of sampling as plain data, to be kept as long as you like. */
export type DeviceEvent = Omit<SampleStart, 'x'> | DeviceStep | DeviceEnd;

/** Makes a device in the place of one that was lost. */
export type Replace = (lost: Device) => Promise<Device>;

/** A place that runs whole requests of one recipe. */
export interface Device {
  /** What errors call it. */
  readonly name: string;
  /**
   * One run, cold: subscribing starts it, unsubscribing cancels it. Fails as a run here would, and with
   * `RXD_DEVICE_LOST` where the device itself is gone.
   */
  run(request: DeviceRequest): Observable<DeviceEvent>;
  /**
   * Resolves when what was cancelled is over and the device can take the next run; rejects where it is gone. A device
   * without it is free as soon as its run is cancelled.
   */
  idle?(): Promise<void>;
  /** Ends the device and what it runs. Idempotent. */
  close(): Promise<void>;
}
