import { fail } from '../../../engine/error-codes.ts';

/**
 * Work that is aborted by the signal, or after so many seconds. Without seconds there is no limit.
 * @throws query_timeout
 */
export async function withTimeLimit<T>(
  seconds: number | undefined,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (seconds === undefined) return await work(signal);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooLong(seconds)), seconds * 1000);
  try {
    return await work(signal ? AbortSignal.any([signal, limit.signal]) : limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(seconds: number): Error {
  return fail('query_timeout', `the query was stopped after ${seconds} s`, {
    hint: 'The plan of the tenant gives no more: read fewer rows at a time, or take a larger plan.',
  });
}
