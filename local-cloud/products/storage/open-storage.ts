import { join } from 'node:path';
import type { Product, ProductDeps } from '../../control-plane/product.ts';
import { storageRoutes } from './storage-routes.ts';
import { ObjectStore } from './store/object-store.ts';

/** Cloud Storage, with its state in a folder of its own below the home. */
export function openStorage({
  home,
  faults,
  clock,
}: Pick<ProductDeps, 'home' | 'faults' | 'clock'>): Product {
  const store = new ObjectStore({ folder: join(home, 'storage'), clock });
  return { routes: storageRoutes({ store, faults }), close: () => store.close() };
}
