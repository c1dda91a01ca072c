import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Made by tools or runs, not written by us. */
const GENERATED = new Set(['node_modules', 'dist', 'coverage', 'data']);
const CODE = /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs)$/;

/** All files below `root` that people write: relative paths with forward slashes, sorted. */
export function listFiles(root: string): string[] {
  return walk(root, '').toSorted();
}

export function isCode(path: string): boolean {
  return CODE.test(path);
}

/** Tests, and what only tests use. */
export function isTestCode(path: string): boolean {
  return /\.(test|fake|conformance)\.\w+$/.test(path) || /(^|\/)(testing|journeys)\//.test(path);
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    const skipped = GENERATED.has(entry.name) || entry.name.startsWith('.');
    return skipped ? [] : walk(root, path);
  });
}
