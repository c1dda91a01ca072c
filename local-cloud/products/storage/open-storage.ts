import { join } from 'node:path';
import type { Product, ProductDeps } from '../../control-plane/product.ts';
import { storageRoutes } from './storage-routes.ts';
import { ObjectStore } from './store/object-store.ts';

/** Everything of Cloud Storage is in a folder of its own below the home. */
export function openObjectStore({ home, clock }: Pick<ProductDeps, 'home' | 'clock'>): ObjectStore {
  return new ObjectStore({ folder: join(home, 'storage'), clock });
}

export function openStorage(store: ObjectStore, { faults }: Pick<ProductDeps, 'faults'>): Product {
  return { routes: storageRoutes({ store, faults }), close: () => store.close() };
}
