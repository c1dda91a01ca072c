import { fillEntry } from '../entry.ts';
import type { LogEntry } from '../entry.ts';
import type { LogStore } from '../log-store.ts';
import { parseLine } from './parse-line.ts';
import { findOutput, readOutput } from './read-output.ts';
import type { Output, OutputFile } from './read-output.ts';

/** What the instances of Cloud Run have written since the last time becomes entries. */
export function collectOutput(store: LogStore, folder: string): void {
  for (const file of findOutput(folder)) {
    const from = store.readTo(file.path);
    const output = readOutput(file.path, from);
    if (output.end === from) continue;
    const entries = output.lines.flatMap((line) => toEntry(file, line, output.writtenAt));
    store.write(entries, { path: file.path, to: output.end });
  }
}

/** A line that is no entry, such as one that is too long, is left out. */
function toEntry(
  { project, region, service, revision, instance }: OutputFile,
  { text, at }: Output['lines'][number],
  writtenAt: Date,
): LogEntry[] {
  const labels = { project_id: project, location: region, service_name: service };
  const sent = parseLine(text);
  const defaults = {
    logName: `projects/${project}/logs/run.googleapis.com%2Fstdout`,
    resource: {
      type: 'cloud_run_revision',
      labels: { ...labels, revision_name: revision, configuration_name: service },
    },
    labels: { instanceId: instance },
  };
  try {
    return [fillEntry({ insertId: `${instance}-${at}`, ...sent }, defaults, writtenAt)];
  } catch {
    return [];
  }
}
