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
/** Artifact Registry, Cloud Build and others; `operations/**` is in the proto. */
const operation = '/v1/{name=projects/*/locations/*/operations/*}';

/**
 * Rules that are in Google's service configuration and not in a proto: where the clients look for
 * operations (`lroOptions.httpRules`), Cloud Run's under v2.
 */
export const serviceConfigRules: Readonly<Record<string, readonly HttpRule[]>> = {
  'google.longrunning.Operations.ListOperations': [
    { get: '/v2/{name=projects/*/locations/*}/operations' },
    { get: '/v1/{name=projects/*/locations/*}/operations' },
  ],
  'google.longrunning.Operations.GetOperation': [{ get: runOperation }, { get: operation }],
  'google.longrunning.Operations.DeleteOperation': [{ delete: runOperation }],
  'google.longrunning.Operations.CancelOperation': [{ post: `${operation}:cancel`, body: '*' }],
  // Cloud KMS reads policies by GET, as gcloud does; the proto of all services by POST.
  'google.iam.v1.IAMPolicy.GetIamPolicy': [
    { get: '/v1/{resource=projects/*/locations/*/keyRings/*}:getIamPolicy' },
    { get: '/v1/{resource=projects/*/locations/*/keyRings/*/cryptoKeys/*}:getIamPolicy' },
  ],
  'google.longrunning.Operations.WaitOperation': [{ post: `${runOperation}:wait`, body: '*' }],
};
