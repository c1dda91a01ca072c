import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Access } from './access.ts';
import type { Api } from './api.ts';
import { problemDocument } from './contract/problem-document.ts';

type Security = Record<string, string[]>[];

interface Operation {
  responses?: object;
}

function securityOf(access: Access): Security {
  if (access === 'public') return [];
  if (access === 'admin') return [{ adminKey: [] }];
  // OpenAPI 3.1 lets the scopes of a key stand here, whatever the kind of the scheme.
  return [{ apiKey: [access] }, { adminKey: [], tenantId: [] }];
}

const inHeader = (name: string) => ({ type: 'apiKey', in: 'header', name }) as const;

const problem = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: z.toJSONSchema(problemDocument) as object } },
};

/** To be called before routes are added: collects their schemas into an OpenAPI 3.1 document. */
export async function describeRoutes(app: Api, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Convergence', version, description: 'Runs data pipelines for many tenants.' },
      components: {
        responses: { Problem: problem },
        securitySchemes: {
          apiKey: inHeader('X-API-Key'),
          adminKey: inHeader('X-Admin-Key'),
          tenantId: inHeader('X-Tenant-Id'),
        },
      },
    },
    transform,
    transformObject,
  });
}

/** Adds to each route what follows from its access. */
const transform: typeof jsonSchemaTransform = (document) => {
  const { schema, url } = jsonSchemaTransform(document);
  const { access = 'public' } = document.route.config ?? {};
  return { schema: { ...schema, security: securityOf(access) }, url };
};

/** Every route may answer with a problem; described once, so that the document stays small. */
const transformObject: typeof jsonSchemaTransformObject = (document) => {
  const api = jsonSchemaTransformObject(document);
  const paths = Object.values((api.paths ?? {}) as Record<string, Record<string, Operation>>);
  for (const operation of paths.flatMap((path) => Object.values(path))) {
    operation.responses = {
      ...operation.responses,
      default: { $ref: '#/components/responses/Problem' },
    };
  }
  return api;
};

/** GET /openapi.json and /docs. */
export async function serveDocs(app: Api): Promise<void> {
  const options = { config: { access: 'public' }, schema: { hide: true } } as const;
  app.get('/openapi.json', options, () => app.swagger());
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
}
