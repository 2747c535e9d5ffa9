import type { BlockedKernel } from './blocked-kernel.js';

/** Lowerings over blocked data, by the name of the kernel. */
export const BLOCKED_KERNELS: ReadonlyMap<string, BlockedKernel> = new Map<string, BlockedKernel>([]);
