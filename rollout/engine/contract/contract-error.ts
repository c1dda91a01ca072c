import type { AppError } from 'base/error.ts';
import { fail } from '../error-codes.ts';

/** What is wrong with a document; whoever has its text finds line and column by the pointer. */
export function contractError(
  { document, pointer }: { readonly document: string; readonly pointer: string },
  message: string,
  expected: string,
): AppError {
  const where = pointer === '' ? 'it' : pointer;
  return fail('contract_invalid', `${document}: ${where} ${message}`, {
    hint: `Expected: ${expected}.`,
    details: { document, pointer },
  });
}
