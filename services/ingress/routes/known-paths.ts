// Which methods the paths of the API have, so that a wrong method is told apart from an unknown path.

import type { FastifyInstance } from 'fastify';

export interface KnownPath {
  /** OPTIONS included, which every path has. */
  readonly methods: readonly string[];
  readonly isAdmin: boolean;
}

/** In the order of an `allow` header. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Call before routes are added. @returns the path of a request, whatever its method and query */
export function knownPaths(app: FastifyInstance): (url: string) => KnownPath | undefined {
  const byPattern = new Map<string, { matches: RegExp; methods: string[]; isAdmin: boolean }>();
  app.addHook('onRoute', ({ url, method, config }) => {
    const matches = new RegExp(`^${url.replace(/:\w+/g, '[^/]+').replace(/\*$/, '.*')}$`);
    const isAdmin = config?.isAdmin === true;
    const known = byPattern.get(url) ?? { matches, methods: ['OPTIONS'], isAdmin };
    const all = new Set([...known.methods, ...[method].flat()]);
    known.methods = METHODS.filter((each) => all.has(each));
    byPattern.set(url, known);
  });
  return (url) => {
    const [path = ''] = url.split(/[?#]/, 1);
    const forms = [path, decoded(path)];
    return byPattern.values().find(({ matches }) => forms.some((form) => matches.test(form)));
  };
}

function decoded(path: string): string {
  try {
    // Keeps an encoded `/`, as the router does.
    return decodeURI(path);
  } catch {
    return path;
  }
}
