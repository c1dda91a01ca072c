import { fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import type { DescMessage, JsonValue } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { buildSchema } from './descriptor/build-schema.ts';
import type { Schema } from './descriptor/build-schema.ts';
import type { RunningProtocol } from './start-protocol.ts';
import { toyProtos } from './toy-cloud.fake.ts';

export interface RawRequest {
  /** `Services.GetService` of Cloud Run, or with the full name of the service. */
  readonly method: string;
  readonly request: object;
  /** Bytes after those of the request. */
  readonly more?: readonly number[];
  /** The header x-goog-request-params. */
  readonly routing?: string;
}

/** Like google.rpc.Status in JSON; code 0 with the answer when nothing was refused. */
interface RawAnswer {
  readonly code: number;
  readonly message: string;
  readonly details?: readonly object[];
  readonly answer?: JsonValue;
}

/** Calls methods without a client of Google's, which would mend or drop what is wrong. */
export class RawCaller {
  readonly #schema: Schema;
  readonly #client: Client;
  readonly #rest: string;

  private constructor(schema: Schema, { grpcPort, restPort }: RunningProtocol) {
    this.#schema = schema;
    this.#client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
    this.#rest = `http://127.0.0.1:${restPort}`;
  }

  static async open(cloud: RunningProtocol): Promise<RawCaller> {
    return new RawCaller(await buildSchema(toyProtos), cloud);
  }

  async grpc({ method, request, more = [], routing }: RawRequest): Promise<RawAnswer> {
    const { registry, methods } = this.#schema;
    const full = method.startsWith('google.') ? method : `google.cloud.run.v2.${method}`;
    const found = methods.find(({ service, name }) => `${service}.${name}` === full);
    assert.ok(found, full);
    const { input, output } = found.desc;
    const written = toBinary(input, fromJson(input, request as JsonValue, { registry }));
    const bytes = Buffer.concat([written, Buffer.from(more)]);
    const metadata = new Metadata();
    if (routing !== undefined) metadata.set('x-goog-request-params', routing);
    const path = `/${found.service}/${found.name}`;
    return this.grpcBytes({ path, bytes, metadata }, output);
  }

  grpcBytes(
    { path, bytes, metadata }: { path: string; bytes: Buffer; metadata: Metadata },
    output?: DescMessage,
  ): Promise<RawAnswer> {
    const same = (value: Buffer): Buffer => value;
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(path, same, same, bytes, metadata, (error, answer) => {
        if (error !== null) return resolve(this.#readStatus(error));
        const { registry } = this.#schema;
        const json =
          output && answer ? toJson(output, fromBinary(output, answer), { registry }) : undefined;
        resolve({ code: 0, message: '', answer: json });
      });
    });
  }

  #readStatus({ code, details, metadata }: ServiceError): RawAnswer {
    const { registry } = this.#schema;
    const [bytes] = metadata.get('grpc-status-details-bin');
    const desc = registry.getMessage('google.rpc.Status');
    if (bytes === undefined || desc === undefined) return { code, message: details };
    return toJson(desc, fromBinary(desc, bytes as Buffer), { registry }) as unknown as RawAnswer;
  }

  async rest(
    verb: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.#rest}${path}`, { method: verb, ...sent });
    return { status: response.status, body: await response.json() };
  }

  close(): void {
    this.#client.close();
  }
}
