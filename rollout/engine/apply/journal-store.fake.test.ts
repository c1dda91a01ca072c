import { journalStoreConformance } from './journal-store.conformance.ts';
import { FakeJournalStore } from './journal-store.fake.ts';

journalStoreConformance('the fake journal', async () => new FakeJournalStore());
