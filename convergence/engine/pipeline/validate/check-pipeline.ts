import { parseDuration } from 'base/duration.ts';
import { suggest } from 'base/document/nearest.ts';
import type { Fault } from 'base/document/explain-issue.ts';
import { placeFault } from 'base/document/parse-spec.ts';
import { orList } from 'base/document/show-value.ts';
import { explainCron } from '../document/cron.ts';
import type { IngestStep, PipelineSpec, StepSpec } from '../spec/pipeline-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import { stepDependencies } from '../step-graph.ts';
import { findCycle } from './find-cycle.ts';
import { namesIn } from './tenant-folder.ts';
import type { TenantFolder } from './tenant-folder.ts';

const MAX_JITTER_MS = 24 * 3_600_000;

/** What must hold among the steps of each pipeline, and among the pipelines. */
export function checkPipelines(folder: TenantFolder): Problem[] {
  return [...folder.pipelines.values()].flatMap(({ document, spec }) =>
    [
      ...checkId(folder, document.file, spec),
      ...checkStepNames(spec.steps),
      ...checkDependencies(spec.steps, namesIn(folder.documents.get(document.file), 'steps')),
      ...checkSchedule(spec),
      ...spec.steps.flatMap((step, index) =>
        step.type === 'ingest' ? checkResources(folder, step, index) : [],
      ),
    ].map((fault) => placeFault(document, fault)),
  );
}

/** Both files are told: which of the two would run is nobody's guess. */
function checkId(folder: TenantFolder, file: string, spec: PipelineSpec): Fault[] {
  const twin = [...folder.pipelines].find(
    ([path, other]) => path !== file && other.spec.pipeline_id === spec.pipeline_id,
  );
  if (!twin) return [];
  const message = `pipeline_id '${spec.pipeline_id}' is also that of ${twin[0]}`;
  return [{ path: ['pipeline_id'], message, expected: 'an id of its own' }];
}

function checkStepNames(steps: readonly StepSpec[]): Fault[] {
  const names = steps.map((step) => step.name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ['steps', index, 'name'],
            message: `two steps are named '${name}'`,
            expected: 'a name of its own for each step',
          },
        ],
  );
}

function checkDependencies(steps: readonly StepSpec[], names: readonly string[]): Fault[] {
  const unknown = steps.flatMap((step, index) =>
    (step.depends_on ?? []).flatMap((name, position) =>
      names.includes(name)
        ? []
        : [
            {
              path: ['steps', index, 'depends_on', position],
              message: `there is no step '${name}'`,
              expected: `one of ${orList(names)}`,
              suggestion: suggest(name, names),
            },
          ],
    ),
  );
  const cycle = findCycle(stepDependencies(steps));
  if (!cycle) return unknown;
  const path = ['steps', steps.findIndex((step) => step.name === cycle[0]), 'depends_on'];
  const message = `steps wait for each other: ${cycle.join(' -> ')}`;
  return [...unknown, { path, message, expected: 'steps without a circle' }];
}

function checkSchedule({ schedule }: PipelineSpec): Fault[] {
  if (!schedule) return [];
  return [
    ...checkCron(schedule.cron),
    ...checkTimeZone(schedule.timezone),
    ...checkJitter(schedule.jitter),
  ];
}

function checkCron(cron: string): Fault[] {
  const reason = explainCron(cron);
  if (reason === null) return [];
  const message = `'${cron.slice(0, 100)}' is no cron expression that can be used: ${reason}`;
  const expected = 'minute hour day month weekday, such as 30 2 * * *';
  return [{ path: ['schedule', 'cron'], message, expected }];
}

function checkTimeZone(timeZone: string): Fault[] {
  try {
    Intl.DateTimeFormat('en', { timeZone });
    return [];
  } catch {
    const path = ['schedule', 'timezone'];
    const suggestion = suggest(timeZone, Intl.supportedValuesOf('timeZone'));
    const expected = 'a name such as Europe/Berlin';
    return [{ path, message: `there is no time zone '${timeZone}'`, expected, suggestion }];
  }
}

function checkJitter(jitter: string): Fault[] {
  if (parseDuration(jitter) <= MAX_JITTER_MS) return [];
  const path = ['schedule', 'jitter'];
  return [{ path, message: `a jitter of ${jitter} is too long`, expected: 'at most 1d' }];
}

function checkResources(folder: TenantFolder, step: IngestStep, index: number): Fault[] {
  if (!folder.sources.has(step.source_config)) return [];
  const names = namesIn(folder.documents.get(step.source_config), 'resources');
  return (step.resources ?? []).flatMap((name, position) =>
    names.includes(name)
      ? []
      : [
          {
            path: ['steps', index, 'resources', position],
            message: `${step.source_config} has no resource '${name}'`,
            expected: `one of ${orList(names)}`,
            suggestion: suggest(name, names),
          },
        ],
  );
}
