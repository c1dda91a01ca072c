import { declaredTable } from '../load.ts';
import type { ResourceLoad } from '../load.ts';
import type { Extraction } from '../source.ts';
import type { PublishRequest, Staged, StageReport, StageRequest } from '../warehouse.ts';

/** What belongs to the rows of a load. */
export interface Loaded {
  readonly extraction: Extraction;
  /** Version of the state from which the extraction went on. */
  readonly stateVersion: number;
  readonly stage: Pick<StageRequest, 'staging' | 'table' | 'loadedAt'> & Pick<Staged, 'plan'>;
  readonly report: StageReport;
}

/** Rows, receipt, cursor and fence: what becomes visible in one transaction, or not at all. */
export function publishRequest(load: ResourceLoad, loaded: Loaded): PublishRequest {
  const { spec, ingest } = load;
  const { stage, extraction, stateVersion, report } = loaded;
  return {
    staging: stage.staging,
    table: stage.table,
    plan: stage.plan,
    loadedAt: stage.loadedAt,
    disposition: spec.disposition,
    primaryKey: primaryKeyOf(load),
    loadId: load.loadId,
    runId: ingest.rootRunId,
    fence: ingest.fence,
    stateKey: load.stateKey,
    state: extraction.state,
    stateVersion,
    report,
    declared: declaredTable(load),
  };
}

function primaryKeyOf(load: ResourceLoad): readonly string[] {
  const { primaryKey } = load.spec;
  return primaryKey.length > 0 ? primaryKey : (declaredTable(load)?.primary_key ?? []);
}
