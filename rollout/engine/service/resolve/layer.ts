import type { DocumentPath } from 'base/document/yaml-document.ts';
import type { RolloutDocument } from '../document/rollout-document.ts';

type Decisions = NonNullable<
  NonNullable<RolloutDocument['services']>[number]['environments']
>[string];

/** One level of rollout.yaml that may decide about a service in an environment. */
export interface Layer {
  readonly path: DocumentPath;
  readonly value: Decisions;
}

/** From the widest to the closest: the file, the service, the environment, the service in it. */
export function layersOf(document: RolloutDocument, index: number, environment: string): Layer[] {
  const service = document.services?.[index];
  const layers: { path: DocumentPath; value: Decisions | undefined }[] = [
    { path: [], value: document },
    { path: ['services', index], value: service },
    { path: ['environments', environment], value: document.environments[environment] },
    {
      path: ['services', index, 'environments', environment],
      value: service?.environments?.[environment],
    },
  ];
  return layers.flatMap(({ path, value }) => (value ? [{ path, value }] : []));
}
