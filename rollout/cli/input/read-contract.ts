import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatProblem } from 'base/document/problem.ts';
import { readYaml } from 'base/document/yaml-document.ts';
import type { Place, YamlDocument } from 'base/document/yaml-document.ts';
import { fail } from '../../engine/error-codes.ts';
import type { Contract } from '../../engine/contract/compare-contracts.ts';
import { withProber } from '../wire.ts';

/** A document and where its parts stand in its text. */
export interface ReadContract extends Contract {
  locate(pointer: string): Place;
}

/** Documents of tens of megabytes exist; deeper ones than this do not. */
const LIMITS = { maxLength: 50_000_000, maxDepth: 500 };
const GET = { method: 'GET', headers: {}, timeoutMs: 10_000 } as const;

/**
 * An OpenAPI document in JSON or YAML, of a file or a URL.
 * @throws contract_invalid, contract_absent
 */
export async function readContract(folder: string, source: string): Promise<ReadContract> {
  const text = /^https?:\/\//.test(source)
    ? await fetchText(source)
    : await readText(folder, source);
  const root = parseJson(text) ?? parseYaml(source, text).value;
  let document: YamlDocument | null = null;
  return {
    name: source,
    root,
    locate(pointer) {
      // Reading a megabyte for its places takes longer than the comparison, and is for findings only.
      document ??= parseYaml(source, text);
      return document.locate(pathOf(pointer));
    },
  };
}

async function readText(folder: string, file: string): Promise<string> {
  return readFile(resolve(folder, file), 'utf8').catch((cause: unknown) => {
    throw fail(
      'contract_absent',
      `'${file}' cannot be read: ${(cause as NodeJS.ErrnoException).code}`,
      {
        hint: 'Give the path of an OpenAPI document, or its URL.',
        cause,
      },
    );
  });
}

async function fetchText(url: string): Promise<string> {
  const { maxLength: maxBodyBytes } = LIMITS;
  const probe = { ...GET, url, maxBodyBytes };
  const { status, body, error } = await withProber((prober) => prober.probe(probe));
  if (status === 200) return body;
  throw fail('contract_absent', `${url} gives no document: ${error ?? `status ${status}`}`, {
    hint: 'Is the service up, and is that where it publishes its OpenAPI document?',
  });
}

/** A hundred times as fast as YAML; undefined: it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseYaml(source: string, text: string): YamlDocument {
  const { document, problems } = readYaml(source, text, LIMITS);
  if (document) return document;
  const [first] = problems;
  throw fail('contract_invalid', first ? formatProblem(first) : `${source} cannot be read`, {
    hint: 'An OpenAPI document is JSON or YAML.',
  });
}

/** RFC 6901. */
function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
