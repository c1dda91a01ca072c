import { systemClock } from 'base/clock.ts';
import type { RevisionTemplate } from '../../engine/plan/effect.ts';
import { platformConformance } from '../../engine/apply/platform.conformance.ts';
import { grpcOptions } from '../google/grpc-options.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import { CloudRunPlatform } from './platform.ts';

const LISTEN = `require('node:http').createServer((_, response) => response.end('ok')).listen(process.env.PORT)`;

function template(script: string): RevisionTemplate {
  return {
    image: 'app',
    command: [process.execPath],
    args: ['-e', script],
    port: 8080,
    env: {},
    secrets: {},
    cpu: '1',
    memory: '512Mi',
    concurrency: 80,
    timeoutMs: 10_000,
    maxInstances: 2,
    labels: {},
    startupPath: '/',
  };
}

platformConformance('Cloud Run', async () => {
  const cloud = await startLocalCloud();
  const open = () =>
    new CloudRunPlatform({
      grpcOptions: () => grpcOptions(cloud.grpc),
      clock: systemClock,
      random: Math.random,
    });
  const opened = [open()];
  const [platform] = opened;
  return {
    platform: platform ?? open(),
    openOther: () => {
      const other = open();
      opened.push(other);
      return other;
    },
    project: 'local',
    region: 'here',
    good: template(LISTEN),
    bad: template('process.exit(1)'),
    now: () => systemClock.now(),
    close: async () => {
      await Promise.all(opened.map((one) => one.close()));
      await cloud.close();
    },
  };
});
