import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './clock.fake.ts';
import { AppError } from './error.ts';
import { createLog } from './log.ts';
import type { Log, LogLevel, LogOptions } from './log.ts';

interface Recorded {
  readonly log: Log;
  readonly lines: () => Record<string, unknown>[];
}

function recordedLog(level: LogLevel, options: Partial<LogOptions> = {}): Recorded {
  const written: string[] = [];
  const destination = { write: (line: string) => written.push(line) };
  return {
    log: createLog({ level, clock: new FakeClock(), destination, ...options }),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

test('a line has the shape that Cloud Logging reads, with the bound fields', () => {
  const { log, lines } = recordedLog('debug');
  const runLog = log.with({ tenant_id: 'acme_corp' }).with({ run_id: 'r1' });
  runLog.warn('step is slow', { seconds: 12 });
  log.debug('started');

  assert.deepEqual(lines(), [
    {
      severity: 'WARNING',
      time: '2026-01-01T00:00:00.000Z',
      tenant_id: 'acme_corp',
      run_id: 'r1',
      seconds: 12,
      message: 'step is slow',
    },
    { severity: 'DEBUG', time: '2026-01-01T00:00:00.000Z', message: 'started' },
  ]);
});

test('lines below the level are not written', () => {
  const { log, lines } = recordedLog('warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    lines().map((line) => [line.severity, line.message]),
    [
      ['WARNING', 'c'],
      ['ERROR', 'd'],
    ],
  );
});

test('secrets are masked in fields, in bound fields and in errors', () => {
  const { log, lines } = recordedLog('info');
  const error = new AppError({
    code: 'database_unreachable',
    kind: 'transient',
    message: 'postgres://app:hunter2@db/x does not answer',
    details: { api_key: 'hunter2', attempt: 3 },
    cause: new Error('ECONNREFUSED'),
  });
  log.with({ password: 'hunter2' }).error('failed', { headers: { 'X-API-Key': 'hunter2' }, error });

  const [line] = lines();
  assert.equal(JSON.stringify(line).includes('hunter2'), false);
  const { stack_trace: stack, cause, ...logged } = (line?.error ?? {}) as Record<string, unknown>;
  assert.deepEqual(logged, {
    name: 'AppError',
    message: 'postgres://app:***@db/x does not answer',
    code: 'database_unreachable',
    kind: 'transient',
    details: { api_key: '***', attempt: 3 },
  });
  assert.match(String(stack), /log\.test\.ts/);
  assert.equal((cause as Record<string, unknown>).message, 'ECONNREFUSED');
  assert.deepEqual(line?.headers, { 'X-API-Key': '***' });
});

test('labels, and the fields of the moment, which a line may overrule', () => {
  let trace = 'one';
  const { log, lines } = recordedLog('info', {
    labels: ['tenant_id', 'run_id'],
    ambient: () => ({ trace }),
  });
  log.with({ tenant_id: 'acme_corp', run_id: null }).info('a');
  trace = 'two';
  log.info('b');
  log.info('c', { trace: 'mine' });
  const time = '2026-01-01T00:00:00.000Z';
  assert.deepEqual(lines(), [
    {
      severity: 'INFO',
      time,
      trace: 'one',
      tenant_id: 'acme_corp',
      run_id: null,
      'logging.googleapis.com/labels': { tenant_id: 'acme_corp' },
      message: 'a',
    },
    { severity: 'INFO', time, trace: 'two', message: 'b' },
    { severity: 'INFO', time, trace: 'mine', message: 'c' },
  ]);
});

test('an error has what Error Reporting asks for at the top of its line', () => {
  const service = { service: 'convergence', version: '1.2.3' };
  const { log, lines } = recordedLog('info', { service });
  log.error('broke', { error: new Error('no password in postgres://app:hunter2@db') });
  log.warn('is late', { error: new Error('later') });
  log.error('without an error');
  const [first, warning, bare] = lines();
  assert.deepEqual(first?.serviceContext, service);
  assert.match(String(first?.stack_trace), /^Error: no password in .*\n +at .*log\.test\.ts/);
  assert.doesNotMatch(String(first?.stack_trace), /hunter2/);
  assert.deepEqual([warning?.serviceContext, typeof warning?.stack_trace], [undefined, 'string']);
  assert.deepEqual([bare?.serviceContext, bare?.stack_trace], [service, undefined]);
});
