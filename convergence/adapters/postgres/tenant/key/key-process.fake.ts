import { createInterface } from 'node:readline';
import { systemClock } from 'base/clock.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresKeyStore } from './key-store.ts';

/**
 * A process that answers each line with whether the key in it opens. Its arguments: the address of
 * the database, the pepper.
 */
const [databaseUrl = '', pepper = ''] = process.argv.slice(2);
const database = await openControlDatabase({ databaseUrl, dataDir: '' });
const keys = new PostgresKeyStore(database, { clock: systemClock, pepper });
for await (const key of createInterface({ input: process.stdin })) {
  const verdict = keys.authenticate(key).then(
    () => 'opens',
    (error: unknown) => (error as { code: string }).code,
  );
  process.stdout.write(`${await verdict}\n`);
}
await database.close();
