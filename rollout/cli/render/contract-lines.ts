import type { Style } from 'base/terminal/style.ts';
import type { Allowance } from '../../engine/contract/allow-list.ts';
import type { Finding, Level, Place } from '../../engine/contract/finding.ts';

/** A finding with its lines in the file that has it. */
export interface TellingFinding extends Omit<Finding, 'place'> {
  readonly place: Place & {
    readonly file: string;
    readonly line: number;
    readonly column: number;
  };
  /** Who answers for it, until when; null: nobody. */
  readonly allowed: Allowance | null;
}

const MAX_OPERATIONS = 3;

/** For people: each finding with its place, and the sum. */
export function renderFindings(findings: readonly TellingFinding[], style: Style): string[] {
  if (findings.length === 0) return ['Nothing that a client could notice.'];
  return [...findings.flatMap((finding) => renderFinding(finding, style)), '', sumOf(findings)];
}

function renderFinding(finding: TellingFinding, style: Style): string[] {
  const { level, id, operation, text, allowed, fingerprint } = finding;
  const { file, line, column } = finding.place;
  const shown = { ERR: style.bad, WARN: style.warn, INFO: style.faint }[level](level.padEnd(4));
  const others = alsoText(finding.alsoIn);
  const answered = allowed ? [`      allowed until ${allowed.until}: ${allowed.reason}`] : [];
  const end = level === 'ERR' && !allowed ? `  fingerprint ${fingerprint}` : '';
  return [
    `${shown}  ${operation}: ${text}${others}`,
    style.faint(`      ${file}:${line}:${column}  ${id}${end}`),
    ...answered,
  ];
}

function alsoText(operations: readonly string[]): string {
  if (operations.length === 0) return '';
  const shown = operations.slice(0, MAX_OPERATIONS).join(', ');
  const more = operations.length - MAX_OPERATIONS;
  return ` (also ${shown}${more > 0 ? ` and ${more} more` : ''})`;
}

function sumOf(findings: readonly TellingFinding[]): string {
  const count = (level: Level) =>
    findings.filter((finding) => finding.level === level && !finding.allowed).length;
  const allowed = findings.filter((finding) => finding.allowed).length;
  const parts = [
    `${count('ERR')} break clients`,
    `${count('WARN')} may`,
    `${count('INFO')} do not`,
  ];
  return `${parts.join(', ')}${allowed > 0 ? `, ${allowed} are allowed` : ''}.`;
}

const COMMANDS: Readonly<Record<Level, string>> = { ERR: 'error', WARN: 'warning', INFO: 'notice' };

/**
 * Workflow commands of GitHub Actions.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function renderAnnotations(findings: readonly TellingFinding[]): string[] {
  return findings.map(({ level, id, operation, text, place, allowed }) => {
    const command = allowed ? 'notice' : COMMANDS[level];
    const at = `file=${property(place.file)},line=${place.line},col=${place.column}`;
    return `::${command} ${at},title=${property(id)}::${data(`${operation}: ${text}`)}`;
  });
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
