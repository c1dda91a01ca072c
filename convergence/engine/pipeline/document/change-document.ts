import type { Problem } from 'base/document/problem.ts';
import { fail } from '../../error-codes.ts';
import type { SecretStore } from '../../tenant/secret-store.ts';
import type { TenantScope } from '../../tenant/tenant-scope.ts';
import { configError } from '../config-error.ts';
import type { ConfigFiles, ConfigStore } from '../config-store.ts';
import { loadTenantConfig } from '../load-tenant-config.ts';
import type { DocumentStore, DocumentVersion } from './document-store.ts';
import { mergeDocuments, readFiles } from './merge-configs.ts';

export interface DocumentChange {
  readonly path: string;
  /** Null deletes. */
  readonly content: string | null;
  readonly author: string;
  /** The version that the author means to replace; 0: there must be none. */
  readonly expected?: number;
}

export interface ChangeDeps {
  readonly configFiles: ConfigStore;
  readonly documents: DocumentStore;
  readonly secrets: Pick<SecretStore, 'listSecrets'>;
}

const MAX_DOCUMENTS = 2_000;

/**
 * Writes the next version of a document, if the configs of the tenant have no mistake with it that
 * they have not without it. The same content again gives the version that is there.
 * @throws document_is_file, document_absent, version_conflict; config_invalid with every problem
 */
export async function changeDocument(
  scope: TenantScope,
  change: DocumentChange,
  deps: ChangeDeps,
): Promise<{ document: DocumentVersion; isNew: boolean }> {
  const { path, content, author } = change;
  const files = (await readFiles(scope, deps.configFiles)) ?? new Map<string, string>();
  if (files.has(path)) throw isFile(path);
  const sent = await deps.documents.readDocuments(scope);
  const newest = sent.find((document) => document.path === path);
  assertExpected(newest, change);
  if (newest && newest.content !== null && newest.content === content) {
    return { document: newest, isNew: false };
  }
  if (content === null && (newest?.content ?? null) === null) throw documentAbsent(path);
  const others = sent.filter((document) => document.path !== path);
  const after = mergeDocuments(files, [...others, { path, content }]);
  assertRoom(after);
  const problems = newProblems(
    { before: mergeDocuments(files, sent), after, path },
    await deps.secrets.listSecrets(scope),
  );
  if (problems.length > 0) throw configError(problems);
  const replaces = newest?.version ?? 0;
  const draft = { path, content, author, replaces };
  const document = await deps.documents.writeVersion(scope, draft);
  return { document, isNew: (newest?.content ?? null) === null };
}

function assertExpected(newest: DocumentVersion | undefined, change: DocumentChange): void {
  const { path, expected } = change;
  const there = newest && newest.content !== null ? newest.version : 0;
  if (expected === undefined || expected === there) return;
  throw versionConflict(path, there);
}

function assertRoom(files: ConfigFiles): void {
  if (files.size <= MAX_DOCUMENTS) return;
  throw fail('request_invalid', `A tenant has at most ${MAX_DOCUMENTS} configs.`, {
    hint: 'Delete those that are not needed any more.',
  });
}

interface Comparison {
  readonly before: ConfigFiles;
  readonly after: ConfigFiles;
  readonly path: string;
}

/** Mistakes elsewhere that were there before hinder nobody from mending one. */
function newProblems({ before, after, path }: Comparison, secretNames: readonly string[]) {
  const keyOf = (problem: Problem) => [problem.file, problem.path, problem.message].join('\n');
  const known = new Set(loadTenantConfig(before, secretNames).problems.map(keyOf));
  const { problems } = loadTenantConfig(after, secretNames);
  return problems.filter((problem) => problem.file === path || !known.has(keyOf(problem)));
}

function isFile(path: string): Error {
  return fail('document_is_file', `${path} is a file in the folder of the tenant.`, {
    hint: 'Change the file; or remove it there, and the path belongs to the API.',
  });
}

export function documentAbsent(path: string): Error {
  return fail('document_absent', `There is no document ${path}.`);
}

export function versionConflict(path: string, there: number): Error {
  const is = there === 0 ? 'there is none now' : `it has version ${there} now`;
  return fail('version_conflict', `${path} changed meanwhile: ${is}.`, {
    hint: 'Read it again, and repeat the change on what is there.',
    details: { version: there },
  });
}
