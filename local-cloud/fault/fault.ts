import { z } from 'zod';
import { statusCodes } from '../protocol/status-error.ts';
import type { StatusCode } from '../protocol/status-error.ts';

const codes = Object.keys(statusCodes) as [StatusCode, ...StatusCode[]];
const code = z.enum(codes);
const service = z.string().min(1).optional().describe('short name of the service; all without');
const revision = z.string().min(1).optional().describe('short name of the revision; all without');
const times = z.int().min(1).optional().describe('how often; until it is cleared without');
const percent = z.number().gt(0).max(100).optional().describe('share of the calls; all without');
const delayMs = z.int().min(0);
const message = z.string().optional();
const method = z
  .string()
  .regex(/^([A-Z]\w+|[a-z]\w*(\.\w+)+)$/)
  .optional()
  .describe('such as UpdateService or storage.objects.insert; all without');

const callFaults = [
  z.strictObject({
    kind: z.literal('status'),
    code: code.default('UNAVAILABLE'),
    method,
    times,
    percent,
    message,
  }),
  z.strictObject({ kind: z.literal('slow'), delayMs, method, times, percent }),
  z.strictObject({ kind: z.literal('lost'), method, times, percent }),
] as const;

/** What goes wrong on purpose, as REST and the command line take it. */
export const faultSchema = z.discriminatedUnion('kind', [
  ...callFaults,
  z.strictObject({
    kind: z.literal('operation'),
    effect: z.enum(['slow', 'stuck', 'fail']),
    service,
    delayMs: delayMs.default(0),
    code: code.default('INTERNAL'),
    message,
    times,
  }),
  z.strictObject({ kind: z.literal('stale'), ageMs: z.int().min(1), service }),
  z.strictObject({
    kind: z.literal('metrics'),
    effect: z.enum(['late', 'missing']),
    delayMs: delayMs.default(0),
    service,
    revision,
  }),
  z
    .strictObject({
      kind: z.literal('revision'),
      service: z.string().min(1),
      revision,
      failStart: z.boolean().optional(),
      errorPercent: z.number().min(0).max(100).optional(),
      delayMs: delayMs.optional(),
    })
    .refine(
      ({ failStart, errorPercent, delayMs }) =>
        failStart === true || errorPercent !== undefined || delayMs !== undefined,
      'one of failStart, errorPercent and delayMs is needed',
    ),
]);

export type FaultSpec = z.infer<typeof faultSchema>;
export type FaultOf<K extends FaultSpec['kind']> = Extract<Fault, { kind: K }>;

/** One that is in force until it is cleared or used up. */
export type Fault = FaultSpec & { readonly id: string };

/** What an operation suffers; taken from a fault when the operation begins. */
export interface OperationTrouble {
  readonly fault: string;
  readonly effect: 'slow' | 'stuck' | 'fail';
  readonly delayMs: number;
  readonly code: StatusCode;
  readonly message: string;
}
