import { answer } from 'base/terminal/out.ts';
import type { Out } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { Command } from 'commander';
import { action } from '../invocation.ts';
import type { Cli, Invocation } from '../invocation.ts';
import { callLocal } from '../local-client.ts';
import type { CloudStatus } from '../local-client.ts';

export function declareStatus(program: Command, cli: Cli): void {
  program
    .command('status')
    .description('where it answers, and the services with their revisions and traffic')
    .action(action(cli, showStatus));
}

async function showStatus({ home, out }: Invocation): Promise<void> {
  const status = (await callLocal(home, 'status')) as CloudStatus;
  answer(out, status, (status) => [
    `Up since ${status.startedAt} as process ${status.pid}; gRPC ${status.grpc}, REST ${status.rest}`,
    ...status.services.flatMap((service) => ['', ...serviceLines(service, out)]),
    ...(status.services.length === 0 ? ['No services.'] : []),
  ]);
}

function serviceLines(service: CloudStatus['services'][number], out: Out): string[] {
  const { name, uri, state, traffic, revisions } = service;
  const rows = revisions.map((revision) => {
    const targets = traffic.filter((target) => target.revision === revision.name);
    const percent = targets.reduce((sum, target) => sum + target.percent, 0);
    const tags = targets.flatMap(({ tag, uri }) => (tag ? [`${tag} ${uri}`] : []));
    const { message = '', instances } = revision;
    const why = message.split('\n')[0] ?? '';
    return [
      revision.name,
      `${percent} %`,
      revision.state,
      `${instances}`,
      [...tags, why].join(' '),
    ];
  });
  const columns = [
    { title: 'revision', isWhole: true },
    { title: 'traffic', side: 'right' as const },
    { title: 'state' },
    { title: 'instances', side: 'right' as const },
    { title: 'tag, trouble' },
  ];
  return [`${out.style.strong(name)} ${uri} ${state}`, ...renderTable(columns, rows, out)];
}
