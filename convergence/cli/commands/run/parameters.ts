import { fail } from '../../../engine/error-codes.ts';
import type { Scalar } from '../../../engine/pipeline/spec/scalar-spec.ts';
import type { ApiClient } from '../../client/api-client.ts';

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/**
 * `name=value` pairs, each value of the type that the default in the pipeline has. @throws
 * request_invalid; what the platform answers
 */
export async function readParameters(
  client: Pick<ApiClient, 'getPipeline'>,
  pipeline: string,
  pairs: readonly string[],
): Promise<Record<string, Scalar>> {
  if (pairs.length === 0) return {};
  const { parameters } = await client.getPipeline(pipeline);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || text === undefined) {
        throw fail('request_invalid', `--param is '${pair}', expected name=value`);
      }
      return [name, readValue(text, parameters[name])];
    }),
  );
}

/** Text that does not fit the type stays text: the platform says what it expected. */
function readValue(text: string, example: Scalar | undefined): Scalar {
  if (typeof example === 'string') return text;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
