import { protos } from '@google-cloud/cloudbuild';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { handleUnaryCall, MethodDefinition, ServiceError } from '@grpc/grpc-js';
import type { CloudBuild, CreateBuildRequest } from './cloud-build-request.ts';

const { v1 } = protos.google.devtools.cloudbuild;
const { Operation } = protos.google.longrunning;
const METADATA = 'type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata';

interface Type<Message> {
  decode(bytes: Uint8Array): Message;
  encode(message: Message): { finish(): Uint8Array };
}

/** Cloud Build over gRPC: takes builds, tells what it is told to tell of them, builds nothing. */
export class CloudBuildFake {
  readonly created: CreateBuildRequest[] = [];
  readonly cancelled: string[] = [];
  /** What `GetBuild` answers next. */
  next: () => Promise<CloudBuild> = async () => ({});
  /** In place of a build. */
  refusal: Partial<ServiceError> | null = null;
  readonly #server = new Server();

  /** Gives `127.0.0.1:PORT`. */
  async start(): Promise<string> {
    this.#server.addService(
      {
        CreateBuild: method('CreateBuild', v1.CreateBuildRequest, Operation),
        GetBuild: method('GetBuild', v1.GetBuildRequest, v1.Build),
        CancelBuild: method('CancelBuild', v1.CancelBuildRequest, v1.Build),
      },
      {
        CreateBuild: this.#createBuild,
        GetBuild: this.#getBuild,
        CancelBuild: this.#cancelBuild,
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      this.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    return `127.0.0.1:${port}`;
  }

  close(): void {
    this.#server.forceShutdown();
  }

  readonly #createBuild: handleUnaryCall<
    protos.google.devtools.cloudbuild.v1.CreateBuildRequest,
    object
  > = ({ request }, answer) => {
    if (this.refusal) return answer(this.refusal);
    this.created.push(v1.CreateBuildRequest.toObject(request, { enums: String, longs: String }));
    const build = { id: 'b-1', projectId: request.projectId, logUrl: 'https://log' };
    const value = v1.BuildOperationMetadata.encode({ build }).finish();
    answer(null, Operation.create({ name: 'o', metadata: { type_url: METADATA, value } }));
  };

  readonly #getBuild: handleUnaryCall<object, object> = (_, answer) => {
    this.next().then(
      (build) => answer(null, v1.Build.fromObject({ ...build })),
      (error: Error) => answer({ code: 13, message: error.message }),
    );
  };

  readonly #cancelBuild: handleUnaryCall<{ id: string }, object> = ({ request }, answer) => {
    this.cancelled.push(request.id);
    answer(null, v1.Build.create());
  };
}

function method<Request, Response>(
  name: string,
  request: Type<Request>,
  response: Type<Response>,
): MethodDefinition<Request, Response> {
  return {
    path: `/google.devtools.cloudbuild.v1.CloudBuild/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (message) => Buffer.from(request.encode(message).finish()),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => Buffer.from(response.encode(message).finish()),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}
