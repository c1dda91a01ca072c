import type { Command } from 'commander';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import { watchCanary } from '../../../engine/rollout/by-hand/watch-canary.ts';
import type { WatchRequest } from '../../../engine/rollout/by-hand/watch-canary.ts';
import { exitCodeOfRollout } from '../../follow/exit-code.ts';
import { Feed } from '../../follow/feed.ts';
import type { Followed } from '../../follow/follow-journal.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readNumber } from '../../input/read-number.ts';
import { showRollout } from '../../follow/show-rollout.ts';
import { withRollout } from '../../wire.ts';

interface MonitorOptions {
  readonly projectId: string;
  readonly region: string;
  readonly service: string;
  readonly revision: string;
  readonly duration: string;
  readonly interval: string;
  readonly errorRateThreshold: string;
  readonly latencyThreshold: string;
  readonly latencyP99Threshold: string;
  readonly minRequests: string;
}

export function declareMonitor(parent: Command, cli: Cli): void {
  parent
    .command('monitor')
    .summary('watch a canary that somebody else deployed')
    .description(
      'Watches a revision that serves a part of the traffic already, and takes it back when it breaks\n' +
        'a limit. Within them until the end: the traffic stays as it is, and the exit code is 0.',
    )
    .requiredOption('--project-id <id>', 'Google project, or local')
    .requiredOption('--region <region>', 'of the service')
    .requiredOption('--service <name>', 'of Cloud Run')
    .requiredOption('--revision <name>', 'the canary')
    .option('--duration <minutes>', 'how long', '15')
    .option('--interval <seconds>', 'between two looks', '60')
    .option('--error-rate-threshold <percent>', 'of its requests', '1.0')
    .option('--latency-threshold <ms>', 'of its 95th percentile', '60000')
    .option('--latency-p99-threshold <ms>', 'of its 99th percentile', '120000')
    .option('--min-requests <count>', 'fewer are not judged', '100')
    .action(action(cli, monitor));
}

async function monitor(invocation: Invocation, options: MonitorOptions): Promise<number> {
  const request = requestOf(options);
  const place = { ref: request.ref, folder: invocation.folder };
  return withRollout(invocation, place, async (deps) => {
    const feed = new Feed<Followed>();
    const watching = watchCanary(
      request,
      { ...deps, onChange: (state, entry) => feed.push({ state, entry }) },
      listenForInterrupt(),
    ).finally(() => feed.end());
    const [watched, shown] = await Promise.allSettled([
      watching,
      showRollout(feed, invocation.out),
    ]);
    if (watched.status === 'rejected') throw watched.reason;
    if (shown.status === 'rejected') throw shown.reason;
    const { outcome } = watched.value;
    // Nobody can tell: the canary is as it was, and a person has to decide.
    return exitCodeOfRollout({ outcome: outcome === 'aborted' ? null : outcome });
  });
}

function requestOf(options: MonitorOptions): WatchRequest {
  const { projectId: project, region, service, revision } = options;
  const intervalMs = 1000 * readNumber('--interval', options.interval, { least: 1, most: 3600 });
  const errorRate = options.errorRateThreshold;
  return {
    ref: { project, region, service },
    canary: revision,
    durationMs: 60_000 * readNumber('--duration', options.duration, { least: 0.01, most: 1440 }),
    intervalMs,
    judge: {
      kind: 'thresholds',
      errorRate: readNumber('--error-rate-threshold', errorRate, { least: 0, most: 100 }) / 100,
      p95Ms: readNumber('--latency-threshold', options.latencyThreshold, { least: 1 }),
      p99Ms: readNumber('--latency-p99-threshold', options.latencyP99Threshold, { least: 1 }),
      minRequests: readNumber('--min-requests', options.minRequests, { least: 1 }),
      maxErrors: null,
      tickMs: intervalMs,
    },
  };
}
