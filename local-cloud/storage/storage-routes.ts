import type { Records } from '../control-plane/records.ts';
import type { PlainRoute } from '../protocol/handler.ts';

export function storageRoutes(_: Records, __: () => Date): readonly PlainRoute[] {
  return [];
}
