import { isDeepStrictEqual } from 'node:util';
import { StatusError } from '../../../protocol/status-error.ts';
import { checkWanted } from './check-wanted.ts';
import type { WantedService } from './check-wanted.ts';
import { fillTemplate } from './fill-template.ts';
import { pickWanted } from './apply-mask.ts';
import { shortName, revisionName } from './resource-name.ts';
import { LATEST } from './resource.ts';
import type { KeptRevision, KeptService, ServiceResource } from './resource.ts';

export interface Writer {
  /** RFC 3339, later than every write before it. */
  readonly at: string;
  readonly who: string;
  readonly newUid: () => string;
}

export interface DecidedWrite {
  readonly kept: KeptService;
  /** The short name of the revision that the write made. */
  readonly revision?: string;
}

/**
 * What a write makes of a service, which is null when there is none yet; null when it changes
 * nothing. @throws INVALID_ARGUMENT, ALREADY_EXISTS
 */
export function decideWrite(
  before: KeptService | null,
  wanted: WantedService & { readonly name: string },
  writer: Writer,
): DecidedWrite | null {
  const { name } = wanted;
  const filled = fillService(wanted);
  const revision = before && isSameTemplate(before, filled) ? undefined : nextName(before, filled);
  const live = before?.revisions.filter(({ deleteTime }) => deleteTime === undefined) ?? [];
  const names = live.map((one) => one.name);
  checkWanted(name, filled, new Set([...names, ...(revision === undefined ? [] : [revision])]));
  if (before && isDeepStrictEqual(pickWanted(before.resource), pickWanted(filled))) return null;
  const change = { before, wanted: filled, writer };
  if (revision === undefined) return { kept: nextKept(change) };
  refuseTakenName(live, filled, revision);
  return { kept: nextKept(change, revision), revision };
}

type Filled = WantedService & { readonly name: string };

function fillService(wanted: Filled): Filled {
  const { template, traffic } = wanted;
  return {
    ingress: 'INGRESS_TRAFFIC_ALL',
    launchStage: 'GA',
    ...wanted,
    template: fillTemplate(template ?? {}),
    traffic: traffic?.length ? traffic : [{ type: LATEST, percent: 100 }],
  };
}

function isSameTemplate({ resource }: KeptService, { template }: Filled): boolean {
  return isDeepStrictEqual(resource.template, template);
}

/** `shop-00002-kvz`, unless the template names it. */
function nextName(before: KeptService | null, { name, template }: Filled): string {
  if (template.revision !== undefined) return template.revision;
  const letters = 'bcdfghjklmnpqrstvwxz';
  const suffix = Array.from({ length: 3 }, () => letters[Math.floor(Math.random() * 20)]).join('');
  const number = String(Number(before?.resource.generation ?? 0) + 1).padStart(5, '0');
  return `${shortName(name)}-${number}-${suffix}`;
}

function refuseTakenName(live: readonly KeptRevision[], { template }: Filled, name: string): void {
  const taken = live.find((one) => one.name === name);
  if (!taken || isDeepStrictEqual(taken.template, template)) return;
  throw new StatusError(
    'ALREADY_EXISTS',
    `Revision named '${name}' with different configuration already exists.`,
  );
}

interface Change {
  readonly before: KeptService | null;
  readonly wanted: Filled;
  readonly writer: Writer;
}

function nextKept({ before, wanted, writer }: Change, revision?: string): KeptService {
  const { name } = wanted;
  const { at, who } = writer;
  const old = before?.resource;
  const resource: ServiceResource = {
    ...(old ? readOnly(old) : { createTime: at, creator: who, uid: writer.newUid() }),
    ...wanted,
    generation: String(Number(old?.generation ?? 0) + 1),
    updateTime: at,
    lastModifier: who,
    etag: etagOf(name, at),
    reconciling: true,
    terminalCondition: { type: 'Ready', state: 'CONDITION_RECONCILING', lastTransitionTime: at },
    ...(revision !== undefined && { latestCreatedRevision: revisionName(name, revision) }),
  };
  const revisions = before?.revisions ?? [];
  if (revision === undefined || revisions.some((one) => one.name === revision))
    return { resource, revisions };
  return { resource, revisions: [...revisions, newRevision(wanted, writer, revision)] };
}

function newRevision({ template }: Filled, writer: Writer, name: string): KeptRevision {
  const { at, who, newUid } = writer;
  const times = { createTime: at, updateTime: at };
  return { name, uid: newUid(), ...times, creator: who, template, outcome: 'pending' };
}

/** What Cloud Run writes of a service. */
function readOnly(
  resource: ServiceResource,
): Pick<ServiceResource, 'uid' | 'createTime' | 'creator'> {
  const wanted = pickWanted(resource);
  const entries = Object.entries(resource).filter(([field]) => !(field in wanted));
  return Object.fromEntries(entries) as unknown as ServiceResource;
}

/** Of the last write and the name, as Cloud Run's. */
function etagOf(name: string, at: string): string {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  return `"${encode(at)}/${encode(name)}"`;
}
