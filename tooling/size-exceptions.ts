import type { SizeExceptions } from './check-size.ts';

/** Files and functions (`path#function`) that may pass the limits, each with its reason. */
export const sizeExceptions: SizeExceptions = {};
