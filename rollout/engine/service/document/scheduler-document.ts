import { z } from 'zod';
import { parseDuration } from 'base/duration.ts';
import { secretReference } from './runtime-document.ts';
import { durationDocument, isZone, urlPathDocument } from './scalar-document.ts';

const FIELD = String.raw`(\*|[A-Za-z\d]+(-[A-Za-z\d]+)?)(\/\d+)?`;
const LIST = `${FIELD}(,${FIELD})*`;
const CRON = new RegExp(`^${LIST}( ${LIST}){4}$`);
const DEADLINES = { leastMs: parseDuration('15s'), mostMs: parseDuration('30m') };

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'the name of a header such as X-Admin-Key');

const headerValue = z.union([
  z.string().regex(/^[\x20-\x7e]+$/, 'a text of one line'),
  z.strictObject({ secret: secretReference }),
]);

const jobName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,99}$/, 'a name of small letters, digits and -, at most 100 long');

const deadline = durationDocument.refine(
  (ms) => ms >= DEADLINES.leastMs && ms <= DEADLINES.mostMs,
  'a duration from 15s to 30m',
);

/** Calls of the service by a timetable; the defaults are those of Cloud Scheduler. */
export const schedulerDocument = z.record(
  jobName,
  z.strictObject({
    schedule: z.string().regex(CRON, 'five fields of cron such as */5 * * * *'),
    zone: z.string().refine(isZone, 'a time zone such as Europe/Berlin').default('Etc/UTC'),
    path: urlPathDocument,
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
    headers: z
      .record(headerName, headerValue)
      .default({})
      .describe('Texts, or { secret: NAME } of Secret Manager, read when it is applied.'),
    body: z.string().min(1).optional(),
    serviceAccount: z
      .email()
      .optional()
      .describe('Its OIDC token is sent along; it needs roles/run.invoker on the service.'),
    retries: z.int().min(0).max(5).default(0).describe('Further tries after the first.'),
    backoff: z
      .strictObject({
        from: durationDocument.prefault('5s'),
        to: durationDocument.prefault('1h'),
        doublings: z.int().min(0).max(16).default(5),
      })
      .prefault({}),
    deadline: deadline.prefault('3m').describe('For one try, 15s to 30m.'),
  }),
);
