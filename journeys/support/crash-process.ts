import { crashAt } from './crash-point.ts';
import { openJourney } from './journey.ts';
import type { WorkerProcessOptions } from './worker-process.ts';

const { point, ...options } = JSON.parse(process.argv[2] ?? '{}') as WorkerProcessOptions;
const journey = await openJourney({ ...options, ...(point && { onCall: crashAt(point) }) });
await journey.finishRuns();
await journey.close();
