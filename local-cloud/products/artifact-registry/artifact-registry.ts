import type { Product, ProductDeps } from '../../control-plane/product.ts';
import { imageRoute } from './image-route.ts';
import { pushImage } from './push-image.ts';
import type { Push, Pushed } from './push-image.ts';
import { RegistryStore } from './registry-store.ts';
import { serveImages } from './serve-images.ts';
import { serveRepositories } from './serve-repositories.ts';
import { serveTags } from './serve-tags.ts';

/** Artifact Registry v1: repositories, and of images what can be told without the images. */
export function artifactRegistry({
  records,
  operations,
  clock,
}: ProductDeps): Product & { readonly push: (push: Push) => Pushed } {
  const store = new RegistryStore(records);
  const now = (): Date => clock.now();
  const deps = { store, operations, now };
  return {
    push: (push) => pushImage(store, push, now().toISOString()),
    protos: {
      '@google-cloud/artifact-registry': ['google/devtools/artifactregistry/v1/service.proto'],
    },
    handlers: {
      'google.devtools.artifactregistry.v1.ArtifactRegistry': {
        ...serveRepositories(deps),
        ...serveImages(deps),
        ...serveTags(store),
      },
    },
    routes: [imageRoute(store, now)],
  };
}
