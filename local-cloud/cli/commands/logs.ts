import type { Command } from 'commander';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../control-plane/control-plane-error.ts';
import { keyOf } from '../../products/run/resource/resource-name.ts';
import { action } from '../invocation.ts';
import type { Cli, Invocation } from '../invocation.ts';

export function declareLogs(program: Command, cli: Cli): void {
  program
    .command('logs')
    .description('what the instances of a service wrote')
    .argument('<service>', 'its name, short or in full')
    .argument('[revision]', 'only this one')
    .action(action(cli, showLogs));
}

async function showLogs(
  { home, out }: Invocation,
  service: string,
  revision: string | undefined,
): Promise<void> {
  const folder = join(home, 'data-plane', 'logs', findService(home, service));
  const revisions = readdirSync(folder).toSorted();
  if (revision !== undefined && !revisions.includes(revision))
    throw fail('revision_absent', `${service} has no logs of a revision '${revision}'.`, {
      hint: `It has those of ${revisions.join(', ')}.`,
    });
  for (const name of revision === undefined ? revisions : [revision]) {
    for (const file of readdirSync(join(folder, name)).toSorted())
      showFile(out, {
        revision: name,
        instance: file.replace(/\.log$/, ''),
        file: join(folder, name, file),
      });
  }
}

function showFile(
  out: Invocation['out'],
  { revision, instance, file }: { revision: string; instance: string; file: string },
): void {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    out.line(`${out.style.faint(instance)} ${line}`);
    out.json({ revision, instance, line });
  }
}

/** The name of its folder of logs. */
function findService(home: string, service: string): string {
  const root = join(home, 'data-plane', 'logs');
  const all = existsSync(root) ? readdirSync(root) : [];
  const found = service.includes('/')
    ? all.filter((one) => decodeURIComponent(one) === keyOf(service))
    : all.filter((one) => decodeURIComponent(one).endsWith(`/${service}`));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const names = all.map((one) => fullName(decodeURIComponent(one)));
  const what =
    second === undefined
      ? `There are no logs of '${service}'.`
      : `Several are called '${service}'.`;
  throw fail('service_absent', what, {
    hint: names.length === 0 ? 'Nothing has run here yet.' : `There are ${names.join(', ')}.`,
  });
}

function fullName(key: string): string {
  const [project, region, service] = key.split('/');
  return `projects/${project}/locations/${region}/services/${service}`;
}
