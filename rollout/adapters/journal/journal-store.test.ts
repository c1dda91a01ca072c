import { journalStoreConformance } from '../../engine/apply/journal-store.conformance.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import { BucketJournalStore } from './journal-store.ts';

journalStoreConformance('a bucket', async () => {
  const cloud = await startLocalCloud();
  const store = new BucketJournalStore({ apiEndpoint: cloud.rest, bucket: null });
  return {
    append: (at, number, entry) => store.append(at, number, entry),
    read: (at, from) => store.read(at, from),
    list: (ref) => store.list(ref),
    close: async () => {
      await store.close();
      await cloud.close();
    },
  };
});
