import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import type {
  Client,
  MethodDefinition,
  ServiceClientConstructor,
  ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { join } from 'node:path';
import { buildCatalog } from './catalog.ts';
import type { NameScope, SqlTable } from './catalog.ts';
import { fromTypeProto, toTypeProto } from './field.ts';
import type { Field, TypeProto } from './field.ts';
import { GoogleSqlError } from './googlesql-error.ts';
import { BIGQUERY_FEATURES } from './language.ts';
import { readScript } from './script.ts';
import type { ParsedScript, SqlStatement } from './script.ts';
import { semiJoinOf } from './semi-join.ts';
import type { SemiJoin } from './semi-join.ts';
import { findZetaSql, startServerProcess } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

/** What names in a statement mean. */
export interface SqlContext extends NameScope {
  readonly tables: readonly SqlTable[];
  readonly parameters?: readonly Field[];
}

export interface Analysis {
  /** Such as `query`, `insert`, `delete`, `create_table_as_select`, `create_view`. */
  readonly kind: string;
  /** What a query gives; null for other statements. */
  readonly columns: readonly Field[] | null;
}

type Answer = Readonly<Record<string, unknown>>;
type Calls = Record<
  string,
  (request: object, done: (error: ServiceError | null, answer: Answer) => void) => void
>;

const START_DEADLINE_MS = 20_000;
const UNLIMITED = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
};

/**
 * Google's own analyzer and reference implementation of GoogleSQL (ZetaSQL), in a process that ends
 * with this one. It takes a superset of what BigQuery takes.
 */
export class GoogleSql {
  readonly #process: ServerProcess;
  readonly #client: Client;
  readonly #language: object;

  private constructor(process: ServerProcess, client: Client, language: object) {
    this.#process = process;
    this.#client = client;
    this.#language = language;
  }

  /** Null when `@fivetrandevelopers/zetasql` is not installed. Takes about half a second. */
  static async start(): Promise<GoogleSql | null> {
    const folder = findZetaSql();
    if (folder === null) return null;
    const process = await startServerProcess(folder);
    const client = connect(folder, process.address);
    try {
      await untilReady(client, process);
      return new GoogleSql(process, client, await languageOf(client));
    } catch (error) {
      client.close();
      await process.stop();
      throw error;
    }
  }

  /**
   * The statements of a script, each with the paths of tables that it names.
   * @throws GoogleSqlError with line and column
   */
  async parse(sql: string): Promise<readonly SqlStatement[]> {
    const request = { sql_statement: sql, options: this.#language, allow_script: true };
    // Without a place the parser's errors have it in their words.
    const { parsed_script: script } = await this.call('Parse', request);
    return readScript(sql, script as ParsedScript);
  }

  /** The only statement's pieces where it is such a DELETE; else null. */
  async semiJoin(sql: string): Promise<SemiJoin | null> {
    const request = { sql_statement: sql, options: this.#language, allow_script: true };
    const { parsed_script: script } = await this.call('Parse', request);
    const [node] = (script as ParsedScript).statement_list_node?.statement_list ?? [];
    return node ? semiJoinOf(node, sql) : null;
  }

  /** @throws GoogleSqlError with line and column */
  async analyze(sql: string, context: SqlContext): Promise<Analysis> {
    const request = { ...this.setting(context), sql_statement: sql };
    const { resolved_statement: resolved } = await this.call('Analyze', request);
    return readResolved(resolved as Answer);
  }

  /** Options and catalog, as each request of ZetaSQL's local service takes them. */
  setting({ parameters = [], ...context }: SqlContext): object {
    const language_options = this.#language;
    const query_parameters = parameters.map((one) => ({ name: one.name, type: toTypeProto(one) }));
    return {
      options: {
        language_options,
        query_parameters,
        default_timezone: 'UTC',
        error_message_mode: 'ERROR_MESSAGE_ONE_LINE',
      },
      simple_catalog: {
        ...buildCatalog(context.tables, context),
        builtin_function_options: { language_options },
      },
    };
  }

  /**
   * A method of ZetaSqlLocalService, with messages as in its proto.
   * @throws GoogleSqlError
   */
  call(method: string, request: object): Promise<Answer> {
    return call(this.#client, method, request);
  }

  /**
   * A method whose messages are too long to be objects: `more` are fields in protobuf's wire format
   * that are added to the request, and the answer is its bytes.
   * @throws GoogleSqlError
   */
  callBytes(method: string, request: object, more: Uint8Array): Promise<Buffer> {
    const { service } = this.#client.constructor as ServiceClientConstructor;
    const { path, requestSerialize } = service[method] as MethodDefinition<object, object>;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.concat([requestSerialize(request), more]),
        (error: ServiceError | null, answer?: Buffer) => {
          if (error || !answer) reject(new GoogleSqlError(error?.details ?? 'no answer'));
          else resolve(answer);
        },
      );
    });
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#process.stop();
  }
}

function connect(folder: string, address: string): Client {
  const protos = join(folder, 'protos');
  const definition = loadSync(join(protos, 'local_service.proto'), {
    includeDirs: [protos],
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as {
    zetasql: { local_service: { ZetaSqlLocalService: ServiceClientConstructor } };
  };
  const Service = loaded.zetasql.local_service.ZetaSqlLocalService;
  return new Service(address, credentials.createInsecure(), UNLIMITED);
}

function untilReady(client: Client, { child }: ServerProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error('ZetaSQL’s server ended as soon as it started'));
    child.once('exit', died);
    client.waitForReady(Date.now() + START_DEADLINE_MS, (error) => {
      child.off('exit', died);
      if (error) reject(error);
      else resolve();
    });
  });
}

async function languageOf(client: Client): Promise<object> {
  const asked = { maximum_features: true, language_version: 'VERSION_CURRENT' };
  const { enabled_language_features: released = [], ...language } = await call(
    client,
    'GetLanguageOptions',
    asked,
  );
  return {
    ...language,
    product_mode: 'PRODUCT_EXTERNAL',
    supported_statement_kinds: [],
    enabled_language_features: [...new Set([...(released as string[]), ...BIGQUERY_FEATURES])],
  };
}

function call(client: Client, method: string, request: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    (client as unknown as Calls)[method]?.(request, (error, answer) => {
      if (error) reject(new GoogleSqlError(error.details));
      else resolve(answer);
    });
  });
}

interface OutputColumn {
  readonly name: string;
  readonly column: { readonly type: TypeProto };
}

/** The name of the innermost of the nested messages that a resolved statement comes in. */
function readResolved(resolved: Answer): Analysis {
  const names = ['statement'];
  for (let at: Answer | undefined = resolved; at;) {
    const name = typeof at.node === 'string' ? at.node : undefined;
    if (name === undefined) break;
    names.push(name);
    at = at[name] as Answer | undefined;
  }
  const kind = names.at(-1)?.replace(/^resolved_|_(stmt|statement)?_?node$/g, '') ?? '';
  const query = resolved.resolved_query_stmt_node as
    | { readonly output_column_list?: readonly OutputColumn[] }
    | undefined;
  const columns = query?.output_column_list?.map(({ name, column }) =>
    fromTypeProto(name, column.type),
  );
  return { kind, columns: columns ?? null };
}
