// Lets the pages of configured origins call the API from a browser (https://fetch.spec.whatwg.org). As
// Anthropic's API does, it exposes every response header and never allows cookies.

import { headerOf } from '../../../shared/runtime/raw-headers.ts';

export interface Cors {
  readonly isEnabled: boolean;
  /** Raw pairs for any response to this request, errors included. */
  headers(request: readonly string[]): string[];
  /**
   * Raw pairs for the response to a preflight.
   * @param methods that the path has
   * @returns `undefined` for any other request, or for a page that may not call the API
   */
  preflightHeaders(request: readonly string[], methods: readonly string[]): string[] | undefined;
}

/** Named as well: not every browser knows that `*` means all of them. */
const EXPOSED = [
  '*',
  'request-id',
  'retry-after',
  'x-should-retry',
  'x-llmp-scrubbed',
  'x-llmp-unrestored',
  'x-llmp-rag',
  'x-llmp-cache',
  'x-llmp-upstream',
  'x-llmp-model',
].join(', ');

/** How long browsers may remember a preflight: the maximum of Chromium. */
const PREFLIGHT_SECONDS = 7_200;

const TOKENS = /^[\w!#$%&'*+.^`|~, -]{1,8000}$/;

/** @param origins such as `https://chat.example.com`, or `*` for all; none disables CORS */
export function createCors(origins: readonly string[]): Cors {
  const isPublic = origins.includes('*');
  const allowedOrigin = (request: readonly string[]) => {
    const origin = headerOf(request, 'origin');
    if (origin === undefined) return undefined;
    return isPublic ? '*' : origins.find((allowed) => allowed === origin);
  };
  // A cache must not give one page what another one was sent.
  const vary = origins.length === 0 || isPublic ? [] : ['vary', 'origin'];

  return {
    isEnabled: origins.length > 0,
    headers(request) {
      const origin = allowedOrigin(request);
      if (origin === undefined) return vary;
      const allowed = ['access-control-allow-origin', origin];
      return [...allowed, 'access-control-expose-headers', EXPOSED, ...vary];
    },
    preflightHeaders(request, methods) {
      const origin = allowedOrigin(request);
      if (origin === undefined) return undefined;
      if (headerOf(request, 'access-control-request-method') === undefined) return undefined;
      // Named one by one, as `*` does not include `authorization`.
      const wanted = headerOf(request, 'access-control-request-headers') ?? '';
      const names = TOKENS.test(wanted) ? ['access-control-allow-headers', wanted] : [];
      return [
        'access-control-allow-origin',
        origin,
        'access-control-allow-methods',
        methods.filter((method) => method !== 'OPTIONS').join(', '),
        ...names,
        'access-control-max-age',
        String(PREFLIGHT_SECONDS),
        'vary',
        'origin, access-control-request-headers',
      ];
    },
  };
}
