import { modelConformance } from '../../../../engine/flow/transform/models.conformance.ts';
import { openBigQueryRig } from '../../bigquery-rig.fake.ts';

modelConformance('BigQuery on local-cloud', openBigQueryRig);
