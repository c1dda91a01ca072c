import type { DesiredRevision, DesiredService } from '../data-plane.ts';
import { fail } from '../data-plane-error.ts';

/** @throws desired_service_invalid */
export function checkDesired({ key, revisions, traffic }: DesiredService): void {
  if (!/^[^/]+\/[^/]+\/[^/]+$/.test(key))
    throw invalid(key, `its key is '${key}', not {project}/{region}/{service}`);
  const names = revisions.map(({ name }) => name);
  const twice = names.find((name, nr) => names.indexOf(name) !== nr);
  if (twice !== undefined) throw invalid(key, `revision '${twice}' is there twice`);
  for (const revision of revisions) checkRevision(key, revision);
  const lost = traffic.find(({ revision }) => !names.includes(revision));
  if (lost)
    throw invalid(key, `traffic goes to '${lost.revision}', which is not among its revisions`);
  const percent = traffic.reduce((sum, target) => sum + target.percent, 0);
  if (traffic.length > 0 && percent !== 100)
    throw invalid(key, `its traffic sums to ${percent} percent, not to 100`);
}

/** A number that is missing would show much later: a timer that is not a number fires at once. */
function checkRevision(key: string, { name, concurrency, timeoutMs, startup }: DesiredRevision) {
  const { path: _, ...probe } = startup;
  const numbers = [...Object.entries({ concurrency, timeoutMs }), ...Object.entries(probe)];
  const wrong = numbers.find(([, value]) => !(value >= 1));
  if (wrong)
    throw invalid(key, `'${wrong[0]}' of revision '${name}' is ${wrong[1]}, not 1 or more`);
}

function invalid(key: string, why: string): Error {
  return fail('desired_service_invalid', `Service '${key}' cannot be served: ${why}.`);
}
