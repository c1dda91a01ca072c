import { toTypeProto } from 'googlesql/field.ts';
import type { Field } from 'googlesql/field.ts';
import { GoogleSql } from 'googlesql/googlesql.ts';
import { GoogleSqlError } from 'googlesql/googlesql-error.ts';
import { BigQueryError } from '../bigquery-error.ts';
import { readRepeated } from '../value/byte-reader.ts';
import { ByteWriter } from '../value/byte-writer.ts';
import { writeValue } from '../value/value.ts';
import type { SqlParameter } from './sql-parameter.ts';

/** A table as the reference implementation gets it. */
export interface SqlContent {
  /** One name, dots and all, as the statement quotes it. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** Each a zetasql TableData.Row. */
  readonly rows: readonly Buffer[];
  /** The first cell of each row is a number by which changes of rows are told; it is no column. */
  readonly isKeyed?: boolean;
}

interface Setting {
  readonly options: object;
  readonly simple_catalog: object;
}

/** The column of a keyed table that tells its rows. */
export const KEY = '_local_cloud_row';

/** GoogleSQL's analyzer and reference implementation, started when it is first needed. */
export class SqlEngine {
  #started: Promise<GoogleSql | null> | undefined;

  /** @throws BigQueryError when it is not installed */
  async googleSql(): Promise<GoogleSql> {
    const googleSql = await (this.#started ??= GoogleSql.start());
    if (googleSql) return googleSql;
    throw new BigQueryError(
      'notImplemented',
      'local-cloud runs SQL with ZetaSQL, and the npm package @fivetrandevelopers/zetasql is not installed.',
    );
  }

  /** The rows of the result. */
  async query(
    sql: string,
    contents: readonly SqlContent[],
    parameters: readonly SqlParameter[],
  ): Promise<Buffer[]> {
    const answer = await this.#run('EvaluateQuery', { sql, contents, parameters });
    const [content = EMPTY] = readRepeated(answer, 1);
    const [data = EMPTY] = readRepeated(content, 1);
    return readRepeated(data, 1);
  }

  /** Rows of EvaluateModifyResponse. */
  async modify(
    sql: string,
    contents: readonly SqlContent[],
    parameters: readonly SqlParameter[],
  ): Promise<Buffer[]> {
    return readRepeated(await this.#run('EvaluateModify', { sql, contents, parameters }), 2);
  }

  async close(): Promise<void> {
    const googleSql = await this.#started?.catch(() => null);
    await googleSql?.close();
  }

  async #run(
    method: 'EvaluateQuery' | 'EvaluateModify',
    { sql, contents, parameters }: Run,
  ): Promise<Buffer> {
    const googleSql = await this.googleSql();
    const setting = googleSql.setting({
      project: '',
      tables: [],
      parameters: parameters.map(({ field }) => field),
    }) as Setting;
    const simple_catalog = { ...setting.simple_catalog, table: contents.map(tableProto) };
    const request = { ...setting, simple_catalog, sql };
    return googleSql.callBytes(method, request, writeMore(contents, parameters));
  }
}

interface Run {
  readonly sql: string;
  readonly contents: readonly SqlContent[];
  readonly parameters: readonly SqlParameter[];
}

const EMPTY = Buffer.alloc(0);

function tableProto({ name, fields, isKeyed = false }: SqlContent): object {
  const column = fields.map((field) => ({ name: field.name, type: toTypeProto(field) }));
  if (!isKeyed) return { name, full_name: name, column };
  const key = { name: KEY, type: { type_kind: 'TYPE_INT64' }, is_pseudo_column: true };
  return { name, full_name: name, column: [key, ...column], primary_key_column_index: [0] };
}

/** Fields `table_content` and `params` of EvaluateQueryRequest and EvaluateModifyRequest. */
function writeMore(contents: readonly SqlContent[], parameters: readonly SqlParameter[]): Buffer {
  const writer = new ByteWriter();
  for (const { name, rows } of contents) {
    writer.nested(7, () => {
      writer.nested(1, () => writer.raw(Buffer.from(name)));
      writer.nested(2, () => writer.nested(1, () => writeRows(writer, rows)));
    });
  }
  for (const { field, value } of parameters) {
    writer.nested(8, () => {
      writer.nested(1, () => writer.raw(Buffer.from(field.name)));
      writer.nested(2, () => writeValue(writer, field, value));
    });
  }
  return writer.take();
}

function writeRows(writer: ByteWriter, rows: readonly Buffer[]): void {
  for (const row of rows) writer.nested(1, () => writer.raw(row));
}

const NOT_THERE =
  /optional function implementation|^Unsupported|Evaluator does not support|not implemented/i;

/** As BigQuery says it, with the place behind; what the reference implementation lacks has a reason of its own. */
export function asBigQueryError(error: unknown): unknown {
  if (!(error instanceof GoogleSqlError)) return error;
  const { line, column, message } = error;
  if (line === null && NOT_THERE.test(message))
    return new BigQueryError('notImplemented', `local-cloud cannot run this: ${message}`);
  const place = line === null ? '' : ` at [${line}:${column}]`;
  return new BigQueryError('invalidQuery', `${message}${place}`, { location: 'query' });
}
