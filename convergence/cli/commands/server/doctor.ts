import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import type { Style } from 'base/terminal/style.ts';
import { readSettings } from '../../wire.ts';
import { machineChecks } from './machine-checks.ts';
import type { Finding, FindingState } from './machine-checks.ts';

export function declareDoctor(parent: Command, cli: Cli): void {
  parent
    .command('doctor')
    .summary('examine this machine')
    .description(
      'Examines what the platform needs on this machine. Exit code 1 when something fails.',
    )
    .action(action(cli, examine));
}

interface Diagnosis extends Finding {
  readonly name: string;
}

async function examine({ out, env }: Invocation): Promise<number> {
  const settings = await readSettings(env);
  const findings: Diagnosis[] = [];
  for (const [name, check] of Object.entries(machineChecks)) {
    const finding = { name, ...(await check(settings)) };
    findings.push(finding);
    for (const line of renderFinding(finding, out.style)) out.line(line);
  }
  out.json({ findings });
  return findings.some(({ state }) => state === 'fail') ? 1 : 0;
}

function renderFinding({ name, state, message, mend }: Diagnosis, style: Style): string[] {
  const paint: Record<FindingState, Style['good']> = {
    ok: style.good,
    warn: style.warn,
    fail: style.bad,
  };
  const line = `${paint[state](state.padEnd(4))}  ${name}: ${message}`;
  return mend === undefined ? [line] : [line, `      mend: ${mend}`];
}
