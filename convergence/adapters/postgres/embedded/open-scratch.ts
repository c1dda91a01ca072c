import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { ControlDatabase } from '../control-database.ts';
import { prepareSession } from './open-pglite.ts';

/** An empty PostgreSQL in memory, gone with its close. */
export async function openScratch(): Promise<ControlDatabase> {
  const pglite = await PGlite.create();
  await prepareSession(pglite);
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) });
  return new ControlDatabase({
    db,
    listen: (channel, onNotice) => pglite.listen(channel, onNotice),
    close: () => pglite.close(),
  });
}
