import { FakeClock } from 'base/clock.fake.ts';
import type { RevisionTemplate } from '../plan/effect.ts';
import { platformConformance } from './platform.conformance.ts';
import { FakePlatform } from './platform.fake.ts';

const good: RevisionTemplate = {
  image: 'registry.test/shop@sha256:1',
  command: [],
  args: [],
  port: 8080,
  env: {},
  secrets: {},
  cpu: '1',
  memory: '512Mi',
  concurrency: 80,
  timeoutMs: 60_000,
  maxInstances: 10,
  labels: {},
};

platformConformance('the fake platform', async () => {
  const clock = new FakeClock({ instant: true });
  const platform = new FakePlatform(clock);
  const bad = { ...good, image: 'registry.test/broken@sha256:2' };
  platform.faults.isBroken = (_, image) => image === bad.image;
  return {
    platform,
    openOther: () => platform,
    project: 'p',
    region: 'europe-west1',
    good,
    bad,
    now: () => clock.now(),
    close: () => platform.close(),
  };
});
