import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { AppError } from 'base/error.ts';
import { formatProblem } from 'base/document/problem.ts';
import { answer } from 'base/terminal/out.ts';
import { allowanceOf, readAllowList } from '../../../engine/contract/allow-list.ts';
import type { Allowance } from '../../../engine/contract/allow-list.ts';
import { compareContracts } from '../../../engine/contract/compare-contracts.ts';
import type { Finding } from '../../../engine/contract/finding.ts';
import { fail } from '../../../engine/error-codes.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readContract } from '../../input/read-contract.ts';
import type { ReadContract } from '../../input/read-contract.ts';
import { renderAnnotations, renderFindings } from '../../render/contract-lines.ts';
import type { TellingFinding } from '../../render/contract-lines.ts';

/** Clients would break. */
const BREAKS = 12;

interface DiffOptions {
  readonly allow?: string;
  readonly format: 'text' | 'github';
}

export function declareContractDiff(parent: Command, cli: Cli): void {
  parent
    .command('diff <base> <revision>')
    .summary('say what clients of an API would notice')
    .description(
      'Compares two OpenAPI documents (3.0 or 3.1, JSON or YAML, files or URLs): what is in service,\n' +
        'and what is to follow it. ERR breaks clients, WARN may, INFO does not. Exit code 12 when one is\n' +
        'ERR and not allowed.',
    )
    .option('--allow <file>', 'breaks that somebody answers for, each with a last day')
    .addOption(
      new Option('--format <form>', 'github: annotations of a workflow')
        .choices(['text', 'github'])
        .default('text'),
    )
    .action(
      action(cli, (invocation: Invocation, ...called: [string, string, DiffOptions]) =>
        diff(invocation, called),
      ),
    );
}

async function diff(
  { folder, out }: Invocation,
  [base, revision, { allow, format }]: [string, string, DiffOptions],
): Promise<number> {
  const today = new Date();
  const allowances = allow === undefined ? [] : await readAllowances(folder, allow);
  const documents = {
    base: await readContract(folder, base),
    revision: await readContract(folder, revision),
  };
  const findings = compare(documents, today).map((finding) =>
    tell(finding, documents, allowanceOf(finding, allowances, today)),
  );
  answer(out, { findings }, () =>
    format === 'github' ? renderAnnotations(findings) : renderFindings(findings, out.style),
  );
  return findings.some(({ level, allowed }) => level === 'ERR' && allowed === null) ? BREAKS : 0;
}

interface Documents {
  readonly base: ReadContract;
  readonly revision: ReadContract;
}

/** A mistake in a document is told with its line. */
function compare(documents: Documents, today: Date): Finding[] {
  try {
    return compareContracts(documents.base, documents.revision, today);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'contract_invalid') throw error;
    const { document, pointer } = error.details as { document: string; pointer: string };
    const read = [documents.base, documents.revision].find(({ name }) => name === document);
    if (!read) throw error;
    const { line, column } = read.locate(pointer);
    const message = error.message.replace(`${document}: `, `${document}:${line}:${column}: `);
    throw fail('contract_invalid', message, { hint: error.hint ?? '', cause: error });
  }
}

function tell(finding: Finding, documents: Documents, allowance: Allowance | null): TellingFinding {
  const { place, ...rest } = finding;
  const document = documents[place.document];
  const at = { file: document.name, ...document.locate(place.pointer) };
  return { ...rest, place: { ...place, ...at }, allowed: allowance };
}

async function readAllowances(folder: string, file: string): Promise<readonly Allowance[]> {
  const text = await readFile(resolve(folder, file), 'utf8').catch((cause: unknown) => {
    throw fail('flag_invalid', `--allow is '${file}', which cannot be read`, { cause });
  });
  const { allowances, problems } = readAllowList(file, text);
  if (problems.length === 0) return allowances;
  throw fail('flag_invalid', problems.map(formatProblem).join('\n'), {
    hint: 'A list is `allow: [{ fingerprint, until: 2027-01-31, reason }]`.',
  });
}
