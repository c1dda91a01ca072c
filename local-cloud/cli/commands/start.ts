import { parseDuration } from 'base/duration.ts';
import { Interrupted, listenForInterrupt } from 'base/terminal/interrupt.ts';
import { answer } from 'base/terminal/out.ts';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { once } from 'node:events';
import type { Endpoints } from '../../control-plane/endpoints.ts';
import { action } from '../invocation.ts';
import type { Cli, Invocation } from '../invocation.ts';

interface StartOptions {
  readonly host: string;
  readonly grpcPort?: number;
  readonly restPort?: number;
  readonly metricsPeriod?: number;
  readonly metricsDelay?: number;
  readonly keepServing?: boolean;
}

export function declareStart(program: Command, cli: Cli): void {
  program
    .command('start')
    .description('start it here and stay until Ctrl-C, which ends its services, too')
    .option('--host <address>', 'to listen on', '127.0.0.1')
    .option('--grpc-port <port>', 'of gRPC; by default the last one, or any that is free', readPort)
    .option('--rest-port <port>', 'of REST; by default the last one, or any that is free', readPort)
    .option('--metrics-period <time>', 'length of a sample of the metrics (60s)', readPeriod)
    .option('--metrics-delay <time>', 'until a sample can be read (180s)', readTime)
    .option('--keep-serving', 'leave the services running when it ends')
    .action(action(cli, start));
}

async function start({ home, out }: Invocation, options: StartOptions): Promise<void> {
  const interrupt = listenForInterrupt();
  // Loads Google's protos: 0.3 s that the other commands need not wait.
  const { startLocalCloud } = await import('../../control-plane/start-local-cloud.ts');
  const { metricsPeriod: metricsPeriodMs, metricsDelay: metricsDelayMs, ...rest } = options;
  const cloud = await startLocalCloud({ home, ...rest, metricsPeriodMs, metricsDelayMs });
  answer(out, { home, ...cloud.endpoints }, (up) => describe(up, home));
  if (!interrupt.aborted) await once(interrupt, 'abort');
  out.line('Ending …');
  await cloud.close({ keepServing: options.keepServing });
  if (interrupt.reason instanceof Interrupted && interrupt.reason.exitCode === 130)
    throw interrupt.reason;
}

function describe({ grpc, rest }: Endpoints, home: string): string[] {
  const [host, port] = grpc.split(':');
  return [
    `local-cloud is up; its state is in ${home}`,
    `  gRPC  ${grpc}`,
    `  REST  ${rest}`,
    '',
    'Deploy to it from another terminal:  rollout deploy ENVIRONMENT --local',
    'Point Google’s clients at it:',
    `  Node    new ServicesClient({ apiEndpoint: '${host}', port: ${port}, sslCreds: credentials.createInsecure() })`,
    `  Python  ServicesClient(transport=ServicesGrpcTransport(channel=grpc.insecure_channel('${grpc}')))`,
    `  curl    curl ${rest}/v2/projects/local/locations/LOCATION/services`,
    'See what it runs: local-cloud status. Make trouble: local-cloud faults --help. End it: Ctrl-C.',
  ];
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected 0 to 65535; 0 is any free one.');
}

function readPeriod(text: string): number {
  const periodMs = readTime(text);
  if (periodMs > 0 && periodMs % 1000 === 0) return periodMs;
  throw new InvalidArgumentError('Expected whole seconds, such as 1s or 60s.');
}

function readTime(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
