import type { JournalPlace } from '../apply/journal-store.ts';
import type { Entry } from '../rollout/entry.ts';

/** A record of who did what, for those who keep the logs of everything. */
export interface AuditEntry {
  /** The same each time the record is written. */
  readonly id: string;
  readonly at: string;
  readonly severity: 'NOTICE' | 'WARNING' | 'ERROR';
  readonly place: JournalPlace;
  readonly kind: Entry['kind'];
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Signs of life and measurements: the journal has them, and nobody did anything. */
const UNAUDITED: ReadonlySet<Entry['kind']> = new Set([
  'owned',
  'alive',
  'released',
  'busy',
  'built',
  'started',
  'probed',
  'observed',
  'unobserved',
]);

const SEVERITIES: Partial<Record<Entry['kind'], AuditEntry['severity']>> = {
  dropped: 'WARNING',
  held: 'WARNING',
  returning: 'WARNING',
};

/** What an entry of a journal means for the audit; null: nothing. */
export function toAuditEntry(place: JournalPlace, number: number, entry: Entry): AuditEntry | null {
  if (UNAUDITED.has(entry.kind)) return null;
  const { kind, at, ...payload } = withoutPlan(entry);
  const isFailure = entry.kind === 'ended' && entry.outcome !== 'promoted';
  return {
    id: `${place.rolloutId}-${number}`,
    at,
    severity: isFailure ? 'ERROR' : (SEVERITIES[kind] ?? 'NOTICE'),
    place,
    kind,
    payload: { ...payload, message: sentence(entry, place) },
  };
}

type Slim = { readonly kind: Entry['kind']; readonly at: string } & Readonly<
  Record<string, unknown>
>;

/** A plan holds the environment of the service: it stays in the journal. */
function withoutPlan(entry: Entry): Slim {
  if (entry.kind === 'intent') {
    const { effect, ...rest } = entry;
    const traffic = 'traffic' in effect ? { traffic: effect.traffic } : {};
    return { ...rest, effect: effect.kind, ...traffic };
  }
  if (entry.kind !== 'begun') return entry;
  const { request, ...rest } = entry;
  const { plan, release, reason } = request;
  const { revision, stable } = plan;
  const released = release && { image: release.image, commit: release.commit };
  return { ...rest, revision, stable, reason, ...released };
}

function sentence(entry: Entry, { rolloutId, ref }: JournalPlace): string {
  const about = `${ref.service}: rollout ${rolloutId}`;
  if (entry.kind === 'begun')
    return `${about} of ${entry.request.plan.revision} begun by ${entry.who}`;
  if (entry.kind === 'commanded') return `${about}: ${entry.who} says ${entry.command.name}`;
  if (entry.kind === 'opened') return `${about}: gate ${entry.gate} opened by ${entry.by}`;
  if (entry.kind === 'ended') return `${about} ended ${entry.outcome}: ${entry.why}`;
  return `${about}: ${'why' in entry ? `${entry.kind}, ${entry.why}` : entry.kind}`;
}
