import { isDeepStrictEqual } from 'node:util';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { protos } from '@google-cloud/cloudbuild';
import { readYaml } from 'base/document/yaml-document.ts';
import { fail } from '../../engine/error-codes.ts';
import type { CloudBuild } from './cloud-build-request.ts';

type BuildType = typeof protos.google.devtools.cloudbuild.v1.Build;

/**
 * A cloudbuild.yaml as the message that it describes.
 * https://cloud.google.com/build/docs/build-config-file-schema
 * @throws build_failed for what Cloud Build would not know, which its client drops silently
 */
export async function readBuildFile(
  type: BuildType,
  folder: string,
  file: string,
): Promise<CloudBuild> {
  const text = await readFile(join(folder, file), 'utf8').catch((cause: unknown) => {
    throw fail('build_failed', `There is no ${file}`, { cause });
  });
  const { document, problems } = readYaml(file, text);
  const [problem] = problems;
  if (!document) {
    throw fail('build_failed', `${file}:${problem?.line}:${problem?.column} ${problem?.message}`);
  }
  const wanted = withDurations(document.value);
  const sent = type.toObject(type.fromObject(wanted), { enums: String, longs: String });
  const strange = Object.keys(wanted).filter((key) => !isDeepStrictEqual(wanted[key], sent[key]));
  if (strange.length === 0) return wanted;
  throw fail('build_failed', `${file}: Cloud Build does not know all of ${strange.join(', ')}`, {
    hint: 'Names are in lowerCamelCase, values of the type that the schema of build files says.',
  });
}

/** `600s` is a message with seconds. */
function withDurations(value: unknown): Record<string, unknown> {
  const build = value as { readonly [name: string]: unknown; readonly steps?: readonly object[] };
  return {
    ...build,
    ...secondsOf(build, 'timeout'),
    ...secondsOf(build, 'queueTtl'),
    ...(build.steps && {
      steps: build.steps.map((step) => ({ ...step, ...secondsOf(step, 'timeout') })),
    }),
  };
}

function secondsOf(of: object, name: string): Record<string, { seconds: string }> {
  const value = (of as Record<string, unknown>)[name];
  const seconds = typeof value === 'string' ? /^(\d+)s$/.exec(value)?.[1] : undefined;
  return seconds === undefined ? {} : { [name]: { seconds } };
}
