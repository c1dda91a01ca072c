import { isSecretName, maskUrlPasswords } from '../secret.ts';
import type { DocumentPath } from './yaml-document.ts';

const LONGEST_SHOWN = 60;

/** A value for a message: short, and masked where its key says that it may be a secret. */
export function showValue(path: DocumentPath, value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a map';
  if (value === null) return 'empty';
  if (mayBeSecret(path)) return '***';
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'absent';
  const masked = maskUrlPasswords(value).replaceAll(/\s+/g, ' ');
  return `'${masked.length > LONGEST_SHOWN ? `${masked.slice(0, LONGEST_SHOWN)}…` : masked}'`;
}

/** Every header is taken for a secret: credentials hide under any name there. */
function mayBeSecret(path: DocumentPath): boolean {
  return path.some((key) => key === 'headers' || isSecretName(String(key)));
}

/** `steps[0].type`, the way a path is written in a problem. */
export function showPath(path: DocumentPath): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** `a, b or c`. */
export function orList(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
