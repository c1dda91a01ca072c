import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from 'base/clock.ts';
import type { BegunUpload } from '../upload/begun-upload.ts';
import type { StoredObject } from '../object/stored-object.ts';

export interface Session {
  readonly id: string;
  readonly upload: BegunUpload;
  /** Id of what has arrived of the content. */
  readonly content: string;
  /** The answer, once the object is there. */
  readonly object: StoredObject | null;
}

/** https://cloud.google.com/storage/docs/resumable-uploads#introduction */
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** Uploads in several requests; also those that have ended, whose answer may have been lost. */
export class UploadStore {
  readonly #database: DatabaseSync;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: DatabaseSync, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
    const weekAgo = new Date(clock.now().getTime() - WEEK_MS).toISOString();
    database.prepare('DELETE FROM upload WHERE begun_at < ?').run(weekAgo);
  }

  begin(upload: BegunUpload): Session {
    const session = { id: randomUUID(), upload, content: randomUUID(), object: null };
    const now = this.#clock.now().toISOString();
    this.#database
      .prepare('INSERT INTO upload (id, begun_at, draft, content) VALUES (?, ?, ?, ?)')
      .run(session.id, now, JSON.stringify(upload), session.content);
    return session;
  }

  find(id: string): Session | null {
    const row = this.#database.prepare('SELECT * FROM upload WHERE id = ?').get(id);
    if (row === undefined) return null;
    const object =
      row['object'] === null ? null : (JSON.parse(String(row['object'])) as StoredObject);
    const upload = JSON.parse(String(row['draft'])) as BegunUpload;
    return { id, upload, content: String(row['content']), object };
  }

  /** Its content is the object's now. */
  finish({ id }: Session, object: StoredObject): void {
    const update = 'UPDATE upload SET object = ? WHERE id = ?';
    this.#database.prepare(update).run(JSON.stringify(object), id);
  }

  forget({ id }: Session): void {
    this.#database.prepare('DELETE FROM upload WHERE id = ?').run(id);
  }
}
