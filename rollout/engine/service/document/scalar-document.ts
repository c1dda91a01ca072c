import { parseDuration } from 'base/duration.ts';
import { z } from 'zod';

const MAX_DURATION_MS = parseDuration('30d');

/** `500ms`, `10s`, `5m`, `2h`, `1d`; read as milliseconds. */
export const durationDocument = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration such as 500ms, 10s, 5m, 2h or 1d')
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms > 0 && ms <= MAX_DURATION_MS) return ms;
    context.addIssue({ code: 'custom', message: 'a duration of more than nothing, at most 30d' });
    return z.NEVER;
  });

/** `1%`, `0.5%`; read as a share. A bare number would leave open whether 1 is all. */
export const shareDocument = z
  .string()
  .regex(/^(100|\d{1,2}(\.\d+)?)%$/, 'a share such as 1% or 0.5%')
  .transform((text) => Number(text.slice(0, -1)) / 100);

/** A path of the service. */
export const urlPathDocument = z.string().regex(/^\/[^\s#]*$/, 'a path such as /health/ready');

/** A path below the folder of rollout.yaml. */
export const filePathDocument = z
  .string()
  .regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\0\s][^\0]*$/, 'a path below the folder of rollout.yaml');

export const environmentNameDocument = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,39}$/,
    'a name of small letters, digits and -, at most 40 characters long',
  );

/**
 * Cloud Run takes 49 characters, and 46 for service and tag together: 40 leave room for a tag that
 * tells revisions apart.
 */
export const serviceNameDocument = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'a name of small letters, digits and -, at most 40 characters long',
  );

/** A repository, with or without tag or digest. */
export const imageDocument = z
  .string()
  .regex(/^[A-Za-z0-9][^\s]*$/, 'an image such as europe-west1-docker.pkg.dev/acme/web/api');

/** One text or several, always read as a list. */
export const oneOrMoreDocument = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value));

/** One that Intl knows, such as Europe/Berlin. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}
