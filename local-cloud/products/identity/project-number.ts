import { createHash } from 'node:crypto';

/**
 * Google numbers projects, and most APIs answer with the number where the id was asked for. Here
 * the number follows from the id, so that any id is a project; a number stands for itself.
 */
export function projectNumber(project: string): string {
  if (/^\d+$/.test(project)) return project;
  const hash = createHash('sha256').update(project).digest();
  return String(100_000_000_000 + (hash.readUIntBE(0, 6) % 900_000_000_000));
}

/** `projects/NUMBER/…` of `projects/ID_OR_NUMBER/…`. */
export function withProjectNumber(name: string): string {
  const [collection, project = '', ...rest] = name.split('/');
  return [collection, projectNumber(project), ...rest].join('/');
}
