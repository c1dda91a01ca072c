import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { BigQueryError } from '../bigquery-error.ts';
import type { Job } from '../job/job.ts';
import { makeJob } from '../job/make-job.ts';
import { renderJob } from '../job/render-job.ts';
import { parseBody, readBody, readBytes } from './bigquery-call.ts';
import type { BigQueryCall, Method } from './bigquery-call.ts';
import { insertJob } from './job-methods.ts';
import { splitMultipart } from './split-multipart.ts';

const MAX_UPLOAD_BYTES = 512 * 1024 * 1024;
const MAX_SESSIONS = 100;
/** Of an upload that goes on; unlike HTTP's. */
const INCOMPLETE = 308;

interface Session {
  readonly job: Job;
  received: Buffer;
  /** The answer, once the job is there. */
  answer?: object;
}

/**
 * Load jobs with their file (https://cloud.google.com/bigquery/docs/reference/api-uploads). Uploads
 * in several requests are in memory: one that a restart ends is not found, and begins again.
 */
export function uploadMethods(): Readonly<Record<string, Method>> {
  const sessions = new Map<string, Session>();
  return {
    'bigquery.jobs.insert': async (call, path) => {
      const { query, request } = call;
      const type = query.get('uploadType');
      if (request.method === 'PUT') return proceed(call, sessions);
      if (type === 'multipart') return uploadMultipart(call, path['projectId'] ?? '');
      if (type === 'resumable') return begin(call, path['projectId'] ?? '', sessions);
      throw new BigQueryError('invalid', `Invalid value for uploadType: ${type}`);
    },
  };
}

async function uploadMultipart(call: BigQueryCall, projectId: string): Promise<object> {
  const body = await readBytes(call, MAX_UPLOAD_BYTES);
  const [resource, media] = splitMultipart(body, call.request.headers['content-type'] ?? '');
  const job = makeJob(projectId, parseBody(call, 'Job', String(resource.content)), call.deps.now());
  return insert(call, job, media.content);
}

/** The file is there before the job is: a job that is found again finds it. */
async function insert({ deps, host }: BigQueryCall, job: Job, content: Buffer): Promise<object> {
  if (!job.configuration.load) throw new BigQueryError('invalid', 'Only load jobs take a file.');
  const { projectId, jobId } = job.jobReference;
  if (!deps.store.jobs.find(projectId, jobId))
    await writeFile(deps.uploadOf(job), content, { flush: true });
  return renderJob(await insertJob(deps, job), host);
}

async function begin(
  call: BigQueryCall,
  projectId: string,
  sessions: Map<string, Session>,
): Promise<void> {
  const job = makeJob(projectId, await readBody(call, 'Job'), call.deps.now());
  const id = randomUUID();
  sessions.set(id, { job, received: Buffer.alloc(0) });
  const [oldest] = sessions.keys();
  if (sessions.size > MAX_SESSIONS && oldest !== undefined) sessions.delete(oldest);
  const path = `/upload/bigquery/v2/projects/${projectId}/jobs?uploadType=resumable&upload_id=${id}`;
  call.response.writeHead(200, { location: `http://${call.host}${path}`, 'content-length': 0 });
  call.response.end();
}

async function proceed(
  call: BigQueryCall,
  sessions: Map<string, Session>,
): Promise<object | undefined> {
  const session = sessions.get(call.query.get('upload_id') ?? '');
  if (!session) throw new BigQueryError('notFound', 'There is no such upload.');
  const { from, total, isLast } = readRange(call.request.headers['content-range']);
  const content = await readBytes(call, MAX_UPLOAD_BYTES);
  if (session.answer) return session.answer;
  if (from !== null) {
    if (from > session.received.length)
      throw new BigQueryError(
        'invalid',
        `Expected bytes from ${session.received.length}, but got ${from}.`,
      );
    session.received = Buffer.concat([session.received.subarray(0, from), content]);
  }
  if (isLast || total === session.received.length) {
    session.answer = await insert(call, session.job, session.received);
    session.received = Buffer.alloc(0);
    return session.answer;
  }
  const last = session.received.length - 1;
  call.response.writeHead(INCOMPLETE, {
    ...(last >= 0 ? { range: `bytes=0-${last}` } : {}),
    'content-length': 0,
  });
  call.response.end();
  return undefined;
}

/** `bytes 0-99/200`, `bytes 0-99/*`, `bytes * /200`; without one, all is in this body. */
function readRange(header: string | undefined) {
  if (header === undefined) return { from: 0, total: null, isLast: true };
  const [, from, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header) ?? [];
  if (total === undefined) throw new BigQueryError('invalid', `Invalid Content-Range: ${header}`);
  return {
    from: from === undefined ? null : Number(from),
    total: total === '*' ? null : Number(total),
    isLast: false,
  };
}
