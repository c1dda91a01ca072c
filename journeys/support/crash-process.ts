import { crashAt } from './crash-point.ts';
import { openJourney } from './journey.ts';

/** A worker in a process of its own: its folder, its name, and the point at which it dies. */
const [folder = '', databaseUrl = '', point = ''] = process.argv.slice(2);
const journey = await openJourney({
  folder,
  databaseUrl: databaseUrl || undefined,
  onCall: crashAt(point),
});
process.send?.('open');
await journey.finishRuns();
await journey.close();
process.disconnect?.();
