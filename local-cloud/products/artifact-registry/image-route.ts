import type { PlainRoute } from '../../protocol/handler.ts';
import { readJsonBody } from '../../protocol/rest/read-body.ts';
import { writeJson } from '../../protocol/rest/write-answer.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { z } from 'zod';
import { pushImage } from './push-image.ts';
import type { RegistryStore } from './registry-store.ts';

const pushed = z.strictObject({
  image: z.string(),
  digest: z.string().optional(),
  sizeBytes: z.int().nonnegative().optional(),
  mediaType: z.string().optional(),
});

/** POST `/local/v1/images`: an image is there from now on, as if it had been pushed. */
export function imageRoute(store: RegistryStore, now: () => Date): PlainRoute {
  return {
    prefix: '/local/v1/images',
    answer: async (request, response) => {
      if (request.method !== 'POST')
        throw new StatusError(
          'UNIMPLEMENTED',
          `/local/v1/images takes POST, not ${request.method}`,
        );
      const { data, error } = pushed.safeParse(await readJsonBody(request));
      if (error) throw new StatusError('INVALID_ARGUMENT', z.prettifyError(error));
      writeJson(response, 200, pushImage(store, data, now().toISOString()));
    },
  };
}
