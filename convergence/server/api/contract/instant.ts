import { z } from 'zod';

/** RFC 3339 in UTC, as `2026-03-01T12:00:00.000Z`. */
export const instant = z.iso.datetime();
