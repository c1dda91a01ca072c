import type { Violation } from '../../../protocol/check/violation.ts';
import { findTemplateMistakes } from './check-template.ts';
import { refuseAny, violation } from './refusal.ts';
import { shortName } from './resource-name.ts';
import type { Labels, Template, TrafficTarget } from './resource.ts';
import { LATEST, TO_REVISION } from './resource.ts';

/** What a person or program decides about a service; everything else Cloud Run writes itself. */
export interface WantedService {
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly template: Template;
  readonly traffic: readonly TrafficTarget[];
  readonly [field: string]: unknown;
}

const RESERVED =
  /^([a-z0-9-]+\.)*(run\.googleapis\.com|cloud\.googleapis\.com|serving\.knative\.dev|autoscaling\.knative\.dev)\//;
// With `---` and the service's name it is a label of a host name.
const MAX_HOST_LABEL = 63;

/** Refuses a filled service with all its mistakes. `known` are the revisions traffic may go to. */
export function checkWanted(
  name: string,
  service: WantedService,
  known: ReadonlySet<string>,
): void {
  const id = shortName(name);
  const { template, traffic, annotations, labels } = service;
  refuseAny([
    ...findReserved('service.annotations', annotations),
    ...findReserved('service.labels', labels),
    ...findReserved('service.template.annotations', template.annotations),
    ...findReserved('service.template.labels', template.labels),
    ...findTemplateMistakes(id, template),
    ...findTrafficMistakes(id, traffic, known),
  ]);
}

function findReserved(field: string, labels: Labels = {}): Violation[] {
  const reserved = Object.keys(labels).filter((key) => RESERVED.test(key));
  if (reserved.length === 0) return [];
  return [
    violation(
      field,
      `${reserved.join(', ')}: names of the namespaces run.googleapis.com, cloud.googleapis.com, serving.knative.dev and autoscaling.knative.dev are not supported; the API has fields for them`,
    ),
  ];
}

function findTrafficMistakes(
  id: string,
  traffic: readonly TrafficTarget[],
  known: ReadonlySet<string>,
): Violation[] {
  const sum = traffic.reduce((total, { percent = 0 }) => total + percent, 0);
  const tags = traffic.flatMap(({ tag }) => (tag ? [tag] : []));
  const twice = tags.find((tag, index) => tags.indexOf(tag) !== index);
  return [
    ...traffic.flatMap((target, index) =>
      findTargetMistakes({ id, at: `service.traffic[${index}]`, known }, target),
    ),
    ...(sum === 100
      ? []
      : [violation('service.traffic', `the percents sum to ${sum}: expected 100`)]),
    ...(twice === undefined
      ? []
      : [violation('service.traffic', `the tag ${twice} is there twice`)]),
  ];
}

interface TargetPlace {
  readonly id: string;
  readonly at: string;
  readonly known: ReadonlySet<string>;
}

function findTargetMistakes({ id, at, known }: TargetPlace, target: TrafficTarget): Violation[] {
  const { type, revision = '', percent = 0, tag = '' } = target;
  const mistakes: Violation[] = [];
  if (percent < 0 || percent > 100)
    mistakes.push(violation(`${at}.percent`, `is ${percent}: expected 0 to 100`));
  if (type !== LATEST && type !== TO_REVISION)
    mistakes.push(violation(`${at}.type`, `expected ${LATEST} or ${TO_REVISION}`));
  if (type === LATEST && revision !== '')
    mistakes.push(violation(`${at}.revision`, `is ${revision}, although the type is LATEST`));
  if (type === TO_REVISION && !known.has(revision))
    mistakes.push(
      violation(
        `${at}.revision`,
        `Revision '${revision}' does not exist or is deleted. Update all traffic to route to currently available revisions.`,
      ),
    );
  if (tag !== '' && !isTag(id, tag))
    mistakes.push(
      violation(
        `${at}.tag`,
        `is ${tag}: expected lower-case letters, digits and hyphens, and at most ${MAX_HOST_LABEL} characters with the service's name`,
      ),
    );
  return mistakes;
}

function isTag(id: string, tag: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(tag) && `${tag}---${id}`.length <= MAX_HOST_LABEL;
}
