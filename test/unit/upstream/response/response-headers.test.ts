import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { responseHeaders } from '../../../../services/upstream/response/response-headers.ts';
import { replyCases } from '../../../kit/corpus.ts';
import { checkProperty } from '../../../kit/properties.ts';

const KEPT = [
  'Content-Type',
  'retry-after',
  'Retry-After-Ms',
  'X-Should-Retry',
  'anthropic-workspace-id',
  'Anthropic-Beta',
  'x-llmp-upstream',
  'age',
];

const IS_KEPT =
  /^(content-type|retry-after|retry-after-ms|x-should-retry|age|anthropic-(?!ratelimit-|priority-|fast-|organization-id).*|x-llmp-.*)$/i;

describe('responseHeaders', () => {
  it.each(KEPT)('keeps %s', (name) => {
    expect(responseHeaders(200, [name, '1'])).toEqual([name, '1']);
  });

  it.each([
    // They send the client elsewhere.
    'location',
    'Location',
    'content-location',
    'refresh',
    'link',
    'alt-svc',
    'x-accel-redirect',
    'x-sendfile',
    'sourcemap',
    // They bind the client, or ask it for credentials.
    'set-cookie',
    'Set-Cookie2',
    'clear-site-data',
    'www-authenticate',
    'proxy-authenticate',
    'authentication-info',
    'access-control-allow-origin',
    'access-control-allow-credentials',
    'strict-transport-security',
    'public-key-pins',
    'content-security-policy-report-only',
    'reporting-endpoints',
    'service-worker-allowed',
    // The quota of our account is not the client's.
    'anthropic-ratelimit-requests-limit',
    'anthropic-ratelimit-input-tokens-reset',
    'Anthropic-RateLimit-Unified-Status',
    'anthropic-priority-input-tokens-remaining',
    'anthropic-fast-output-tokens-limit',
    'anthropic-organization-id',
    // Headers of the upstream and its edge.
    'request-id',
    'Request-Id',
    'x-request-id',
    'cf-ray',
    'CF-Cache-Status',
    'via',
    'server',
    'x-envoy-upstream-service-time',
    'x-from-the-future',
    // Framing, which the gateway sets itself.
    'content-length',
    'content-encoding',
    'transfer-encoding',
    'connection',
    'Keep-Alive',
    'trailer',
    'upgrade',
    'date',
  ])('drops %s', (name) => {
    const raw = ['content-type', '1', name, '2', name, '3', 'retry-after', '4'];
    expect(responseHeaders(200, raw)).toEqual(['content-type', '1', 'retry-after', '4']);
  });

  it('drops headers listed in the connection header, in any case', () => {
    const raw = ['Anthropic-Hop', '1', 'Connection', 'anthropic-HOP, close', 'Retry-After', '3'];
    expect(responseHeaders(200, raw)).toEqual(['Retry-After', '3']);
  });

  it('keeps one content type, whatever the connection header says', () => {
    const raw = ['Connection', 'content-type', 'Content-Type', 'a/b', 'content-type', 'c/d'];
    expect(responseHeaders(200, raw)).toEqual(['Content-Type', 'a/b']);
  });

  it.each([
    ['no-cache', true],
    ['No-Cache, no-store,private , max-age=0', true],
    ['no-store, must-revalidate', true],
    ['public', false],
    ['max-age=31536000, immutable', false],
    ['private, max-age=60', false],
    ['no-cache="set-cookie"', false],
    ['', false],
  ])('keeps cache-control %j: %s', (value, isKept) => {
    const raw = ['Cache-Control', value];
    expect(responseHeaders(200, raw)).toEqual(isKept ? raw : []);
  });

  it('keeps order, case and repetition of known headers, and drops every other', () => {
    const names = fc.oneof(
      fc.constantFrom(...KEPT),
      fc.constantFrom('request-id', 'VIA', 'Location', 'LINK', 'anthropic-ratelimit-x-limit'),
      fc.stringMatching(/^[a-zA-Z-]{1,20}$/),
      fc.stringMatching(/^(anthropic|access-control|x)-[a-z-]{1,12}$/),
    );
    checkProperty(
      fc.property(fc.array(fc.tuple(names, fc.string())), (pairs) => {
        fc.pre(!pairs.some(([name]) => /^(connection|x-llmp|cache-control)/i.test(name)));
        const isType = ([name]: readonly [string, string]) => /^content-type$/i.test(name);
        const passing = pairs.filter(
          (pair, index) =>
            IS_KEPT.test(pair[0]) && !(isType(pair) && pairs.findIndex(isType) < index),
        );
        expect(responseHeaders(200, pairs.flat())).toEqual(passing.flat());
      }),
    );
  });

  it.each(replyCases().map(({ name, headers }) => [name, headers] as const))(
    'drops quota and edge headers in %s',
    (_, headers) => {
      expect(responseHeaders(200, headers).join('\n')).not.toMatch(
        /ratelimit|organization|cf-ray|^via$/im,
      );
    },
  );

  it('tells clients not to retry a 401, which concerns our credential', () => {
    const advised = ['retry-after', '1', 'x-should-retry', 'false'];
    expect(responseHeaders(401, ['retry-after', '1'])).toEqual(advised);
    expect(responseHeaders(401, ['X-Should-Retry', 'true'])).toEqual(['X-Should-Retry', 'true']);
    expect(responseHeaders(403, ['retry-after', '1'])).toEqual(['retry-after', '1']);
  });
});
