import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export interface Migration {
  /** The name of its file without `.sql`; the order of names is the order of migrations. */
  readonly name: string;
  /** SHA-256 of its file, in hex. */
  readonly checksum: string;
  /** Statements, one an element. */
  readonly up: readonly string[];
  readonly down: readonly string[];
}

const FOLDER = new URL('./migration/', import.meta.url);

/** The migrations of this version of the code, in order. */
export function readMigrations(): readonly Migration[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
  return files
    .toSorted()
    .map((file) => parseMigration(file.slice(0, -4), readFileSync(new URL(file, FOLDER), 'utf8')));
}

/**
 * Parts a file at `-- migrate:up` and `-- migrate:down`, and each part into its statements, which
 * are parted by an empty line (PGlite takes one statement a call).
 */
export function parseMigration(name: string, text: string): Migration {
  const [head, up, down] = text.split(/^-- migrate:(?:up|down)$/m);
  if (head !== '' || up === undefined || down === undefined) {
    throw new Error(`${name}.sql needs '-- migrate:up' first and '-- migrate:down' later.`);
  }
  const checksum = createHash('sha256').update(text).digest('hex');
  return { name, checksum, up: statementsOf(up), down: statementsOf(down) };
}

function statementsOf(part: string): string[] {
  return part.split(/\n\s*\n/).filter((statement) => statement.trim() !== '');
}
