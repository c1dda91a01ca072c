import type { OperationTrouble } from '../../fault/fault.ts';
import type { WireOperation } from '../../operation/operation-source.ts';
import type { StatusCode } from '../../protocol/status-error.ts';
import { statusCodes } from '../../protocol/status-error.ts';

/** A long-running operation, stored before it does anything. */
export interface Operation {
  readonly name: string;
  /** RFC 3339. */
  readonly createTime: string;
  readonly task: Task;
  readonly trouble?: OperationTrouble;
  readonly done: boolean;
  /** The service or revision as it was when the operation began. */
  readonly metadata: object;
  readonly response?: object;
  readonly error?: { readonly code: StatusCode; readonly message: string };
}

/** What an operation is there to do. */
export type Task =
  | {
      readonly kind: 'settle';
      readonly service: string;
      /** Of the service that the write made. */
      readonly generation: string;
      /** The short name of the one that the write made. */
      readonly revision?: string;
    }
  | { readonly kind: 'deleteService'; readonly service: string }
  | { readonly kind: 'deleteRevision'; readonly service: string; readonly revision: string };

export function renderOperation({ name, task, done, ...operation }: Operation): WireOperation {
  const type = task.kind === 'deleteRevision' ? 'Revision' : 'Service';
  const packed = { '@type': `type.googleapis.com/google.cloud.run.v2.${type}` };
  const { metadata, response, error } = operation;
  return {
    name,
    metadata: { ...packed, ...metadata },
    ...(done && { done }),
    ...(response && { response: { ...packed, ...response } }),
    ...(error && { error: { code: statusCodes[error.code].number, message: error.message } }),
  };
}
