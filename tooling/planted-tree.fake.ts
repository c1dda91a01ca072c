import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A tree of files in a temporary folder while `look` runs: path to content. */
export function withPlantedTree<T>(
  files: Readonly<Record<string, string>>,
  look: (root: string) => T,
): T {
  const root = mkdtempSync(join(tmpdir(), 'convergence-planted-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return look(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
