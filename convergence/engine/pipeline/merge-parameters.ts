import { fail } from '../error-codes.ts';
import { suggest } from 'base/document/nearest.ts';
import { orList, showValue } from 'base/document/show-value.ts';
import type { PipelineSpec } from './spec/pipeline-spec.ts';
import type { Scalar } from './spec/scalar-spec.ts';

export type Parameters = Readonly<Record<string, Scalar>>;

/**
 * The parameters of a run: those of its trigger over the defaults of the pipeline, of whose type
 * they are. Text that reads as a number or as true or false is taken for one where the default is.
 * @throws parameter_unknown, parameter_invalid
 */
export function mergeParameters(pipeline: PipelineSpec, given: Parameters): Parameters {
  const declared = pipeline.parameters;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) throw unknownParameter(name, pipeline);
  }
  const merged = Object.entries(declared).map(([name, byDefault]): [string, Scalar] => {
    const value = Object.hasOwn(given, name) ? given[name] : byDefault;
    if (value === null || value === undefined) throw missingParameter(name, pipeline);
    return [name, asTypeOf(byDefault, name, value)];
  });
  return Object.fromEntries(merged);
}

function asTypeOf(byDefault: Scalar, name: string, value: Scalar): Scalar {
  if (byDefault === null || typeof value === typeof byDefault) return value;
  if (typeof byDefault === 'string') return String(value);
  if (typeof byDefault === 'boolean' && (value === 'true' || value === 'false')) {
    return value === 'true';
  }
  const isNumeric = typeof value === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value);
  if (typeof byDefault === 'number' && isNumeric) return Number(value);
  const wanted = typeof byDefault === 'number' ? 'a number' : 'true or false';
  throw fail('parameter_invalid', `parameter '${name}' is ${showValue([name], value)}`, {
    hint: `Give ${wanted}, as its default is.`,
  });
}

function unknownParameter(name: string, pipeline: PipelineSpec): Error {
  const declared = Object.keys(pipeline.parameters);
  const near = suggest(name, declared);
  const known = declared.length > 0 ? `It declares ${orList(declared)}.` : 'It declares none.';
  return fail(
    'parameter_unknown',
    `pipeline '${pipeline.pipeline_id}' has no parameter '${name.slice(0, 100)}'`,
    { hint: near ? `${near} ${known}` : known },
  );
}

function missingParameter(name: string, pipeline: PipelineSpec): Error {
  const message = `pipeline '${pipeline.pipeline_id}' needs the parameter '${name}'`;
  return fail('parameter_invalid', message, { hint: 'It has no default: give it a value.' });
}
