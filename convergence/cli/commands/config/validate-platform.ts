import { formatProblem } from 'base/document/problem.ts';
import type { Problem } from 'base/document/problem.ts';
import { answer } from 'base/terminal/out.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { withPlatform } from '../../client/with-platform.ts';
import type { Invocation } from '../../invocation.ts';
import { throwIfAny } from './throw-if-any.ts';

interface Judged {
  readonly tenant: string;
  readonly problems: readonly Problem[];
  readonly remarks: readonly Problem[];
}

/** What the platform thinks of the configs of tenants, wherever they come from. */
export async function validateOnPlatform(
  invocation: Invocation,
  named: readonly string[],
): Promise<void> {
  const { out } = invocation;
  const judged = await withPlatform(invocation, { worker: false }, async ({ client }) => {
    const found: Judged[] = [];
    for (const tenant of await namesOf(invocation, named, client)) {
      found.push({ tenant, ...(await client.readConfigProblems(tenant)) });
    }
    return found;
  });
  answer(out, { tenants: judged }, () => judged.flatMap((one) => renderJudged(one, out)));
  throwIfAny(judged);
}

async function namesOf(
  { options }: Invocation,
  named: readonly string[],
  client: ApiClient,
): Promise<readonly string[]> {
  if (named.length > 0) return named;
  if (options.tenant) return [options.tenant];
  if (options.apiKey) return [(await client.readUsage()).tenant_id];
  const names: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await client.listTenants({ limit: 200, cursor });
    names.push(...page.tenants.map(({ tenant_id }) => tenant_id));
    if (page.next_cursor === null) return names;
    cursor = page.next_cursor;
  }
}

function renderJudged({ tenant, problems, remarks }: Judged, { style }: TableFrame): string[] {
  const line = (one: Problem) => formatProblem({ ...one, file: `${tenant}/${one.file}` });
  const noted = remarks.map((remark) => style.faint(line(remark)));
  return problems.length === 0
    ? [...noted, `${style.good('ok')}  ${tenant}`]
    : [...noted, ...problems.map(line)];
}
