// The path and query to forward, built anew from the matched route and its checked parameters: what a
// client writes into a path reaches no other resource of the upstream.

import type { FastifyRequest } from 'fastify';
import { LlmpError } from '../../../shared/errors.ts';
import { MODEL_CHARS_MAX } from './message-request.ts';

/** Clients of a proxy send a whole URL (RFC 9112, section 3.2.2). */
const ABSOLUTE = /^https?:\/\/[^/?#]*/i;

/** The path and query of a request target; ignores the host of an absolute one. */
export function originForm(target: string): string {
  if (!ABSOLUTE.test(target)) return target;
  const rest = target.replace(ABSOLUTE, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}

const REDACTED_KEY = '%5BREDACTED_LLMP_KEY%5D';

/** What model ids are made of; a `/` separates a provider from its model. */
const MODEL_ID = /^[\w.:@+~[\]-]+(?:\/[\w.:@+~[\]-]+)*$/;
const DOTS = /(?:^|\/)\.+(?:\/|$)/;

/**
 * @param request whose parameters are model ids
 * @param secret the client's key, which is taken out
 * @throws `not_found` for a parameter that is no model id
 */
export function forwardPath(
  { routeOptions, params, url }: Pick<FastifyRequest, 'routeOptions' | 'params' | 'url'>,
  secret: string,
): string {
  const route = routeOptions.url ?? '';
  const path = route.includes(':') ? withParameters(route, params) : route;
  const query = url.slice(queryStartOf(url));
  return (path + query).replaceAll(secret, REDACTED_KEY);
}

/** What ids of the API are made of; without escapes, which an upstream could read in another way. */
const SEGMENTS = /^(?:\/[\w.:@+~=-]+)+$/;

/**
 * The path and query of a request that passes as it came.
 * @param secret the client's key, which is taken out
 * @throws `not_found` for a path that could be read as another one
 */
export function passedPath(url: string, secret: string): string {
  const path = url.slice(0, queryStartOf(url));
  if (!SEGMENTS.test(path) || DOTS.test(path)) throw new LlmpError('not_found');
  return url.replaceAll(secret, REDACTED_KEY);
}

function withParameters(route: string, params: unknown): string {
  const ids = new Map<string, unknown>(Object.entries(params ?? {}));
  return route.replace(/:(\w+)/g, (_, name: string) => segmentOf(ids.get(name)));
}

function queryStartOf(url: string): number {
  const at = url.indexOf('?');
  return at < 0 ? url.length : at;
}

function segmentOf(id: unknown): string {
  const isModel =
    typeof id === 'string' && id.length <= MODEL_CHARS_MAX && MODEL_ID.test(id) && !DOTS.test(id);
  if (!isModel) throw new LlmpError('not_found', 'There is no such model.');
  return id.replace(/[/[\]]/g, encodeURIComponent);
}
