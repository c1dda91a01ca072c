import { artifactRegistry } from '../products/artifact-registry/artifact-registry.ts';
import { openScheduler } from '../products/scheduler/cloud-scheduler.ts';
import { storageRoutes } from '../products/storage/storage-routes.ts';
import type { Product, ProductDeps } from './product.ts';

/** The products that need nothing of the data plane. */
export function openProducts(deps: ProductDeps): readonly Product[] {
  const { records, clock } = deps;
  return [
    { routes: storageRoutes({ records, clock }) },
    openScheduler({ records, clock }),
    artifactRegistry(deps),
  ];
}
