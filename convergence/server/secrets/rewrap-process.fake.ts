import { systemClock } from 'base/clock.ts';
import { KeyFileKms } from '../../adapters/kms/key-file-kms.ts';
import { openControlDatabase } from '../../adapters/postgres/open-control-database.ts';
import { PostgresRewrapper } from '../../adapters/postgres/tenant/sealed/rewrapper.ts';
import type { Kms } from '../../engine/tenant/kms/kms.ts';

/**
 * A process that brings everything under the newest master key and says each step. Its arguments:
 * the address of the database, the key file.
 */
const [databaseUrl = '', keyFile = ''] = process.argv.slice(2);
const database = await openControlDatabase({ databaseUrl, dataDir: '' });
const kms = await KeyFileKms.open(keyFile);
const told: Kms = {
  encrypt: async (dataKey, context) => {
    process.stdout.write('.');
    await systemClock.sleep(1);
    return await kms.encrypt(dataKey, context);
  },
  decrypt: (wrapped, context) => kms.decrypt(wrapped, context),
  listVersions: () => kms.listVersions(),
};
await new PostgresRewrapper(database, told).rewrapAll();
await database.close();
