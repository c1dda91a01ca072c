/**
 * Keys of dlt that would change the result and that this version cannot honour: saying so beats
 * loading other rows than the author expects.
 * Source: https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api/basic#resource-configuration
 */
const unsupportedKeys: Readonly<Record<string, string>> = {
  columns: 'declare types in schemas/*.yml and name the file under schema',
  max_table_nesting: 'nested values are kept as STRUCT and ARRAY columns of one table',
  merge_key: 'use primary_key',
  table_format: 'remove it: the warehouse decides how tables are stored',
  file_format: 'remove it: the warehouse decides how tables are stored',
  nested_hints: 'nested values are kept as STRUCT and ARRAY columns of one table',
  convert: 'use map in processing_steps',
  last_value_func: 'the largest value is kept; there is no other choice',
  session: 'use headers and auth of the client',
};

/** What to do instead of a key that is known but not supported. */
export function sayUnsupported(key: string): string | undefined {
  return Object.hasOwn(unsupportedKeys, key) ? unsupportedKeys[key] : undefined;
}
