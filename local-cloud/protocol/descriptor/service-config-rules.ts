/** google.api.HttpRule in JSON. */
export interface HttpRule {
  readonly get?: string;
  readonly put?: string;
  readonly post?: string;
  readonly delete?: string;
  readonly patch?: string;
  readonly body?: string;
  readonly additionalBindings?: readonly HttpRule[];
}

const runOperation = '/v2/{name=projects/*/locations/*/operations/*}';

/**
 * Rules that are in Google's service configuration and not in a proto: the operations of Cloud
 * Run v2, as its clients carry them (`lroOptions.httpRules`).
 */
export const serviceConfigRules: Readonly<Record<string, readonly HttpRule[]>> = {
  'google.longrunning.Operations.ListOperations': [
    { get: '/v2/{name=projects/*/locations/*}/operations' },
  ],
  'google.longrunning.Operations.GetOperation': [{ get: runOperation }],
  'google.longrunning.Operations.DeleteOperation': [{ delete: runOperation }],
  'google.longrunning.Operations.WaitOperation': [{ post: `${runOperation}:wait`, body: '*' }],
};
