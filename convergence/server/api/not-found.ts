import type { FastifyRequest } from 'fastify';
import { fail } from '../../engine/error-codes.ts';
import type { Api } from './api.ts';

/** Answers paths that no route has with 404, and those with other methods with 405 and Allow. */
export function answerNotFound(app: Api): void {
  const known: { method: string; path: RegExp }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) known.push({ method: each, path: toPattern(url) });
  });
  app.setNotFoundHandler((request: FastifyRequest) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = known.filter((route) => route.path.test(path)).map((route) => route.method);
    if (allowed.length === 0) {
      throw fail('route_absent', `There is no ${request.method} ${path.slice(0, 200)}.`, {
        hint: 'docs/guides/api.md lists the routes.',
      });
    }
    const allow = [...new Set(allowed)].toSorted().join(', ');
    throw fail('method_not_allowed', `${path} does not take ${request.method}.`, {
      hint: `It takes ${allow}.`,
      details: { allow },
    });
  });
}

function toPattern(url: string): RegExp {
  const pattern = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replaceAll('.', '\\.');
  });
  return new RegExp(`^${pattern.join('/')}$`);
}
