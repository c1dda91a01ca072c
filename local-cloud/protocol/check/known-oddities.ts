/** Fields whose resource_reference promises a full name although the service takes a short one. */
export const shortNames: ReadonlySet<string> = new Set([
  'google.cloud.run.v2.TrafficTarget.revision',
  'google.cloud.run.v2.TrafficTargetStatus.revision',
  'google.cloud.run.v2.RevisionTemplate.revision',
  'google.cloud.run.v2.WorkerPoolRevisionTemplate.revision',
  'google.cloud.run.v2.InstanceSplit.revision',
  'google.cloud.run.v2.InstanceSplitStatus.revision',
  'google.cloud.run.v2.SecretKeySelector.secret',
  'google.cloud.run.v2.SecretKeySelector.version',
]);

/** Fields that take `-` for "all", and after which collections; their comments alone say so. */
export const wildcardCollections: Readonly<Record<string, readonly string[]>> = {
  'google.cloud.run.v2.ListRevisionsRequest.parent': ['services'],
  'google.cloud.run.v2.ListExecutionsRequest.parent': ['jobs'],
  'google.cloud.run.v2.ListTasksRequest.parent': ['jobs', 'executions'],
};

/** REQUIRED fields that another field of the request fills in, as the comments say. */
export const filledElsewhere: ReadonlySet<string> = new Set([
  'google.logging.v2.LogEntry.log_name',
  'google.logging.v2.LogEntry.resource',
]);
