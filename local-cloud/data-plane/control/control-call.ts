import type { DataPlane } from '../data-plane.ts';

/** What can be ordered over the wire; counters go as sums, and `close` is the client's own affair. */
export type ControlMethod =
  | Exclude<keyof DataPlane, 'close' | 'readCounters'>
  | 'readSums'
  | 'stop';

/** Sent by POST to `/{method}` with the token as bearer; the answer is this. */
export type ControlAnswer =
  | { readonly value: unknown }
  | {
      readonly error: {
        readonly code: string;
        readonly kind: string;
        readonly message: string;
        readonly hint?: string;
      };
    };
